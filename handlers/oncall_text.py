"""Reading the words behind `/oncall`: which schedule, which person, which time."""

from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.errors import NotFound, UserError
from bot.core.people import person
from bot.core.slack_text import as_title, mentioned_user
from bot.oncall.overrides import known_person, known_schedule
from bot.paging.people import person_of
from bot.runtime import Bot
from handlers.authorise import account
from handlers.request import Request
from handlers.words import first_word


async def actor_of(session: AsyncSession, bot: Bot, request: Request) -> str:
    """The name in app.yaml of whoever acts; their account where they have none."""
    return await person_of(session, bot.config, request.user_id)


async def zone_of(session: AsyncSession, bot: Bot, request: Request) -> ZoneInfo:
    """Where whoever acts lives, as Slack says; the organization's zone until it does."""
    known = await person(session, request.user_id)
    try:
        return ZoneInfo(known.timezone) if known is not None and known.timezone else bot.config.zone
    except (LookupError, ValueError, OSError):
        return bot.config.zone


def refuse_without_schedules(config: Config) -> None:
    if not config.schedules:
        raise NotFound("app.yaml has no schedules.", "docs/on-call.md tells how to write one.")


def schedule_first(config: Config, words: str) -> tuple[str, str]:
    """The schedule in front and the words behind it; where there is only one it need not be named."""
    refuse_without_schedules(config)
    word, rest = first_word(words)
    if config.schedule(as_title(word)) is not None:
        return known_schedule(config, as_title(word)), rest
    if len(config.schedules) == 1:
        return config.schedules[0].name, words
    return known_schedule(config, as_title(word)), rest


async def person_named(bot: Bot, request: Request, word: str) -> str | None:
    """A person of app.yaml by mention, by name, or `me`; None where the word names nobody. Raises UserError for
    somebody whom app.yaml does not know.
    """
    if word.lower() in ("me", "myself"):
        async with bot.db.read() as session:
            return await actor_of(session, bot, request)
    user = mentioned_user(word)
    if user is not None:
        return await person_behind(bot, user)
    if word.startswith("@"):
        return known_person(bot.config, as_title(word))
    known = bot.config.person(as_title(word))
    return known.name if known is not None else None


async def person_behind(bot: Bot, user: str) -> str:
    """The person of app.yaml with this Slack account, asking Slack about one that is new; raises UserError."""
    await account(bot, user)
    async with bot.db.read() as session:
        name = await person_of(session, bot.config, user)
    if bot.config.person(name) is None:
        raise UserError(
            f"<@{user}> is not among the people of app.yaml, so nobody can page them.",
            "Whoever keeps it can add them under `people`, with the e-mail address that they have in Slack.",
            field="person",
        )
    return name
