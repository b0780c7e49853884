"""Reading the words behind `/incident`: which incident, which person, which severity, and what is said."""

import re
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config, Severity, Status, near
from bot.core.errors import NotFound, UserError
from bot.core.slack_text import as_typed, mentioned_user
from bot.incidents.queries import by_channel, by_number
from bot.incidents.rows import Incident
from handlers.request import Request

_NUMBER = re.compile(r"#?(\d{1,18})")


@dataclass(frozen=True)
class Addressed:
    """The incident that a command is about, and the words that are left."""

    incident: Incident
    words: str


async def addressed(
    session: AsyncSession, request: Request, words: str, *, free_text: bool = False
) -> Addressed:
    """Finds the incident: a number in front says which; without one it is the channel's.

    In an incident's channel, `title 500 errors` is about that channel: where free text follows, only "#500"
    is a number there. Raises NotFound with what to do.
    """
    head, _, rest = words.partition(" ")
    here = await by_channel(session, request.channel_id, request.viewer) if request.channel_id else None
    match = _NUMBER.fullmatch(head)
    if match and (here is None or not free_text or head.startswith("#")):
        return Addressed(await by_number(session, int(match[1]), request.viewer), rest.strip())
    if here is None:
        raise NotFound(
            "This channel does not belong to an incident that you can see.",
            "Say which one you mean, for example `/incident show 12`; `/incident list` shows the open ones.",
        )
    return Addressed(here, words)


def severity_named(config: Config, word: str) -> Severity:
    """The severity of this name or alias; raises UserError with what is allowed."""
    found = config.severity(word)
    if found is None:
        raise UserError(
            *_unknown(
                "severity",
                word,
                [s.name for s in config.severities],
                [n for s in config.severities for n in s.names],
            ),
            field="severity",
        )
    return found


def status_named(config: Config, word: str) -> Status:
    found = config.status(word)
    if found is None:
        names = [s.name for s in config.statuses]
        raise UserError(*_unknown("status", word, names, names), field="status")
    return found


def _unknown(what: str, word: str, allowed: list[str], known: list[str]) -> tuple[str, str]:
    meant = near(word, known)
    guess = f"Did you mean *{meant}*? " if meant else ""
    said = f"“{word}” is not a {what}." if word else f"Say which {what}."
    return said, f"{guess}Choose one of {', '.join(allowed)}."


def user_named(words: str) -> str | None:
    """The person who is mentioned, None when nobody is named; raises UserError when it is no mention."""
    if not words:
        return None
    user = mentioned_user(words.split()[0])
    if user is None:
        raise UserError(
            f"“{as_typed(words)}” is not a person that Slack knows.",
            "Type @ and choose the person from Slack's list.",
        )
    return user
