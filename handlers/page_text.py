"""Reading the words behind `/page`: whom, which page, when, and what is wrong."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.config.fields import duration
from bot.config.problems import Refused
from bot.core.errors import UserError
from bot.core.slack_text import as_typed, mentioned_user
from bot.incidents.paging import open_pages
from bot.oncall.when import moment
from bot.paging.people import person_of
from bot.paging.status import statuses
from bot.paging.targets import Wanted
from bot.paging.targets import wanted as named
from bot.runtime import Bot
from handlers.authorise import account
from handlers.request import Request
from handlers.words import as_number, first_word

# Phones make one dash of two.
_DRY_RUN = re.compile(r"(?<!\S)(?:--|—|–)dry-?run(?!\S)", re.IGNORECASE)
_AT = re.compile(
    r"(?<!\S)(?:--|—|–)at[ =]\s*(?:[\"“”„](?P<quoted>[^\"“”]*)[\"“”]|(?P<bare>.*?))(?=\s+(?:--|—|–)|\s*$)",
    re.IGNORECASE,
)
_GROUP = re.compile(r"<!subteam\^[A-Z0-9]+(?:\|@?([^>]*))?>")
_CHANNEL = re.compile(r"<#[A-Z0-9]+(?:\|([^>]*))?>")
# "channel:#ops" as it arrives, with the channel as a mention, which says by itself what it is.
_KIND_OF_MENTION = re.compile(r"^(?:person|group|channel):(?=<[@!#])", re.IGNORECASE)
# Open pages that are looked through for one that rings somebody.
LOOKED_THROUGH = 200


@dataclass(frozen=True)
class Trial:
    """A page on trial is asked for, at a moment; `words` are those without the options."""

    words: str
    at: datetime | None


def trial(bot: Bot, text: str) -> Trial | None:
    """`--dry-run` and `--at TIME`; the time alone is enough. None: the page is meant."""
    at = _AT.search(text)
    rest = _AT.sub(" ", text) if at else text
    if not at and not _DRY_RUN.search(rest):
        return None
    rest = " ".join(_DRY_RUN.sub(" ", rest).split())
    said = as_typed(at["quoted"] or at["bare"] or "") if at else ""
    when = moment(said, bot.config.zone, now=bot.clock.now()) if at else None
    return Trial(rest, when)


async def whom(bot: Bot, word: str) -> Wanted:
    """Whom a word names, a mention too. Raises UserError."""
    word = _KIND_OF_MENTION.sub("", word)
    user_id = mentioned_user(word)
    if user_id is not None:
        return await _member(bot, user_id)
    if group := _GROUP.fullmatch(word):
        return named(bot.config, f"group:{(group[1] or '').lower()}")
    if channel := _CHANNEL.fullmatch(word):
        if not channel[1]:
            raise UserError(
                "Slack did not say the channel's name.", "Write channel:name instead.", field="to"
            )
        return named(bot.config, f"channel:{channel[1]}")
    return named(bot.config, as_typed(word))


async def _member(bot: Bot, user_id: str) -> Wanted:
    known = await account(bot, user_id)
    if known is not None and known.is_no_member:
        raise UserError(
            f"<@{user_id}> is a guest, a bot or of another organization, and cannot be paged.",
            "Choose a full member.",
            field="to",
        )
    async with bot.db.read() as session:
        name = await person_of(session, bot.config, user_id)
    return Wanted(f"person:{name}", f"<@{user_id}>")


async def numbered(bot: Bot, request: Request) -> tuple[int, Request]:
    """The page that the first word names, and the request with the words behind it.

    Without a number it is the one open page that has rung this person; raises UserError when that is in doubt.
    """
    head, rest = first_word(request.text)
    number = as_number(head)
    if number is not None:
        return number, replace(request, text=rest)
    async with bot.db.read() as session:
        found = await open_pages(session, request.viewer, limit=LOOKED_THROUGH)
        known = await statuses(session, found, config=bot.config, now=bot.clock.now())
    own = [
        one.page.id
        for one in known
        if one.page.acknowledged_by == request.user_id
        or any(told.user_id == request.user_id for told in one.notifications)
    ]
    if len(own) == 1:
        return own[0], request
    which = f"You have {len(own)} open pages" if own else "No open page has rung you"
    raise UserError(
        f"{which}, so say which one you mean.", "`/page list` shows their numbers: `/page ack 7`."
    )


def length(text: str) -> timedelta:
    """How long to snooze; raises UserError."""
    try:
        return duration(as_typed(text) or "30m")
    except Refused:
        raise UserError(
            f"“{as_typed(text)}” is not a length of time.", "Write 30m, 2h or 1d.", field="length"
        ) from None
