"""Starting, extending and ending maintenance, from the command, the form and the buttons."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.alerts import windows
from bot.runtime import Bot
from bot.views import maintenance as view
from handlers.request import Answer, Request, carry_out
from handlers.working import work

EXTENDED_BY = timedelta(hours=1)


async def start(
    bot: Bot,
    request: Request,
    services: Sequence[str],
    starts_at: datetime,
    ends_at: datetime,
    *,
    reason: str,
    zone: str | None = None,
) -> Answer:
    """`services` are names, none for all; `zone` is where the times were read, if they were typed."""
    now = bot.clock.now()
    async with carry_out(bot, request) as session:
        row = await windows.start(
            session,
            config=bot.config,
            services=services,
            starts_at=starts_at,
            ends_at=ends_at,
            reason=reason,
            by=request.user_id,
            now=now,
        )
    return Answer(view.answer_text(row, bot.config, now=now, zone=zone))


async def extend(bot: Bot, request: Request, number: int, length: timedelta = EXTENDED_BY) -> Answer:
    row = await work(bot, request, windows.extend, number, length, config=bot.config)
    return Answer(view.answer_text(row, bot.config, now=bot.clock.now()))


async def end(bot: Bot, request: Request, number: int) -> Answer:
    row = await work(bot, request, windows.end, number)
    return Answer(view.ended_text(row, bot.config))


async def show_all(bot: Bot) -> Answer:
    now = bot.clock.now()
    async with bot.db.read() as session:
        found = await windows.standings(session, bot.config, now=now)
        usage = await windows.usage(session, bot.config, now=now)
    blocks = view.list_blocks(found, usage, bot.config, now=now)
    return Answer(view.list_text(found), tuple(blocks))


def number_of(request: Request) -> int:
    """The number that a button carries; raises UserError."""
    return request.number("what", "`/check maintenance` has newer ones.")
