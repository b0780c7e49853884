"""The forms that change an incident, sent."""

from bot.core.errors import UserError
from bot.incidents import lifecycle, updates
from bot.runtime import Bot
from handlers.incident_text import severity_named, status_named
from handlers.registrations import Submission
from handlers.request import Answer, Request, carry_out


def _number(request: Request) -> int:
    number = request.about.get("incident")
    if not isinstance(number, int):
        raise UserError("This form does not say which incident it is about.", "Close it and open it again.")
    return number


async def update(bot: Bot, request: Request) -> Answer | None:
    async with carry_out(bot, request) as session:
        await updates.post_update(
            session,
            _number(request),
            request.words("text"),
            impact=request.words("impact"),
            by=request.user_id,
            now=bot.clock.now(),
        )
    return None


async def status(bot: Bot, request: Request) -> Answer | None:
    wanted = status_named(bot.config, request.words("status"))
    async with carry_out(bot, request) as session:
        await lifecycle.set_status(
            session,
            _number(request),
            wanted,
            config=bot.config,
            by=request.user_id,
            now=bot.clock.now(),
            text=request.words("text"),
        )
    return None


async def severity(bot: Bot, request: Request) -> Answer | None:
    wanted = severity_named(bot.config, request.words("severity"))
    async with carry_out(bot, request) as session:
        await lifecycle.set_severity(
            session,
            _number(request),
            wanted,
            config=bot.config,
            by=request.user_id,
            now=bot.clock.now(),
            text=request.words("text"),
        )
    return None


async def resolve(bot: Bot, request: Request) -> Answer | None:
    async with carry_out(bot, request) as session:
        await lifecycle.resolve(
            session,
            _number(request),
            config=bot.config,
            by=request.user_id,
            now=bot.clock.now(),
            text=request.words("text"),
        )
    return None


async def details(bot: Bot, request: Request) -> Answer | None:
    """Title and summary in one form; only what was changed is."""
    async with carry_out(bot, request) as session:
        await updates.describe(
            session,
            _number(request),
            title=request.words("title"),
            summary=request.words("summary"),
            by=request.user_id,
            now=bot.clock.now(),
        )
    return None


async def note(bot: Bot, request: Request) -> Answer | None:
    async with carry_out(bot, request) as session:
        await updates.note(
            session, _number(request), request.words("text"), by=request.user_id, now=bot.clock.now()
        )
    return None


SUBMISSIONS = (
    Submission("update", update),
    Submission("status", status),
    Submission("severity", severity),
    Submission("resolve", resolve),
    Submission("details", details),
    Submission("note", note),
)
