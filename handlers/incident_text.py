"""Reading the words behind `/incident`: which incident, which person, which severity, and what is said."""

import re
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import CloseReason, Config, Role, Severity, Status, near
from bot.core.errors import NotFound, UserError
from bot.core.slack_text import as_title, as_typed, mentioned_user
from bot.core.texts import LONGEST_TEXT, LONGEST_TITLE
from bot.incidents.queries import by_channel, by_number, open_incidents, recent_incidents
from bot.incidents.rows import Incident
from bot.views.text import shorten
from handlers.request import Request
from handlers.words import as_number, first_word

_INSTEAD = re.compile(r"(?:(?:of|by)\s+#?|#)(\d{1,18})(?!\w)[.,:;]?(.*)", re.IGNORECASE | re.DOTALL)

# So many incidents are offered to whoever did not say which.
OFFERED = 5
# What is done with an incident that is not open any more.
OF_WHAT_IS_OVER = ("/incident close", "/incident reopen", "/incident review", "/incident export")


@dataclass(frozen=True)
class Addressed:
    """The incident that a command is about, and the words that are left."""

    incident: Incident
    words: str


async def addressed(
    session: AsyncSession,
    request: Request,
    words: str,
    *,
    free_text: bool = False,
    behind: str | None = None,
    other: int | None = None,
) -> Addressed:
    """Finds the incident: a number in front says which; without one it is the channel's.

    In an incident's channel, `title 500 errors` is about that channel: where free text follows, only "#500"
    is a number there. A number that is the channel's own stays part of the text: no word is lost. Raises
    NotFound with what to type instead – the words, or what stands `behind` the number –, and UserError where another
    incident could be meant. It is not the `other` one that the words name.
    """
    head, rest = first_word(words)
    here = await by_channel(session, request.channel_id, request.viewer) if request.channel_id else None
    number = as_number(head)
    is_text = here is not None and free_text and rest and not head.startswith("#")
    if number is not None and not is_text:
        return Addressed(await by_number(session, number, request.viewer), rest)
    if number is not None and here is not None and number != here.id:
        await _refuse_doubt(session, request, number)
    if here is None:
        raise await _nowhere(session, request, words if behind is None else behind, other)
    return Addressed(here, words)


async def _nowhere(session: AsyncSession, request: Request, words: str, other: int | None) -> NotFound:
    """No incident's channel: what is to be typed for those that may be meant, the newest first."""
    look = recent_incidents if request.form in OF_WHAT_IS_OVER else open_incidents
    looked = await look(session, request.viewer, limit=OFFERED + 2)
    found = [incident for incident in looked if incident.id != other][: OFFERED + 1]
    what = "This channel does not belong to an incident that you can see."
    if not found:
        return NotFound(what, "No incident is open that you can see; `/incident list all` shows the others.")
    said = " ".join(as_typed(words).replace("`", "'").split())
    lines = [
        f"`{request.form} {incident.id}{f' {shorten(said, 60)}' if said else ''}` for “{shorten(incident.title, 80)}”"
        for incident in found[:OFFERED]
    ]
    if len(found) == 1:
        return NotFound(what, f"Type {lines[0]}.")
    more = ["`/incident list` shows more."] if len(found) > OFFERED else []
    return NotFound(what, "\n".join(["Say which one:", *(f"• {one}" for one in lines), *more]))


async def _refuse_doubt(session: AsyncSession, request: Request, number: int) -> None:
    """`resolve 12 rolled back` in another incident's channel: to guess would end the wrong one."""
    try:
        meant = await by_number(session, number, request.viewer)
    except NotFound:
        return
    if not meant.is_closed:
        raise UserError(
            f"“{number}” may be incident #{number} or part of your words, so nothing was done.",
            f"Write “#{number} …” for that incident, or begin with another word for this one.",
        )


def title_and_summary(text: str) -> tuple[str, str]:
    """Slack's text as a title; what does not fit one short line goes, whole, into the summary."""
    lines = as_title(text).strip().splitlines()
    title = shorten(lines[0].strip(), LONGEST_TITLE) if lines else ""
    is_all = len(lines) < 2 and len(lines[0] if lines else "") <= LONGEST_TITLE
    return title, "" if is_all else shorten(as_typed(text), LONGEST_TEXT)


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


def close_reason_and_words(config: Config, text: str) -> tuple[CloseReason | None, str]:
    """A close reason of one word or two ("false positive") in front, and the words behind it; or words alone."""
    words = text.split()
    for count in (2, 1):
        if len(words) >= count and (found := config.close_reason(" ".join(words[:count]))) is not None:
            behind = text.split(maxsplit=count)
            return found, behind[count] if len(behind) > count else ""
    return None, text


def instead_and_words(text: str) -> tuple[int | None, str]:
    """The incident that tells of it instead, where "#12" or "of 12" stands in front, and the words behind it."""
    match = _INSTEAD.match(text.strip())
    return (int(match[1]), match[2].strip()) if match else (None, text)


def close_reason_named(config: Config, name: str | None) -> CloseReason | None:
    """The reason that was chosen in a form, if any was; raises UserError for one that is no longer in app.yaml."""
    if not name:
        return None
    found = config.close_reason(name)
    if found is None:
        names = [one.name for one in config.close_reasons]
        raise UserError(*_unknown("reason", name, names, names), field="reason")
    return found


def role_named(config: Config, word: str) -> Role:
    found = config.role(word)
    if found is None:
        names = [role.name for role in config.roles]
        raise UserError(*_unknown("role", word, names, names))
    return found


def _unknown(what: str, word: str, allowed: list[str], known: list[str]) -> tuple[str, str]:
    meant = near(word, known)
    guess = f"Did you mean *{meant}*? " if meant else ""
    said = f"“{word}” is not a {what}." if word else f"Say which {what}."
    return said, f"{guess}Choose one of {', '.join(allowed)}."


def user_named(words: str) -> str | None:
    """The person who is mentioned, None when nobody is named; raises UserError when it is no mention."""
    if not words.strip():
        return None
    user = mentioned_user(words.split()[0])
    if user is None:
        raise UserError(
            f"“{as_typed(words)}” is not a person that Slack knows.",
            "Type @ and choose the person from Slack's list.",
        )
    return user
