"""Recurring reviews, for commands and clicks alike: the list, and one of them."""

from bot.cadences.recurring import coming_of
from bot.core.errors import UserError
from bot.delivery.meetings import people
from bot.paging.people import accounts_of
from bot.routine import meeting_queries
from bot.routine.figures import figures
from bot.routine.meeting_rows import Meeting
from bot.routine.meetings import KIND
from bot.runtime import Bot
from bot.views import meetings as view
from handlers.request import Answer, Request


async def list_page(bot: Bot, page: int) -> Answer:
    """Those announced and a page of the past ones, counted from 0."""
    async with bot.db.read() as session:
        total = await meeting_queries.count_past(session)
        page = max(0, min(page, -(-total // view.PAGE) - 1))
        opened = await meeting_queries.open_meetings(session)
        past = await meeting_queries.past_meetings(session, limit=view.PAGE, offset=page * view.PAGE)
        coming = await coming_of(session, KIND)
    titles = {one.name: one.title for one in bot.config.recurring_reviews}
    following = sorted(((titles.get(name, name), at) for name, at in coming.items()), key=lambda one: one[1])
    blocks = view.list_blocks(opened, past, total, page, following[: view.COMING_SHOWN])
    return Answer(view.list_text(opened, total), tuple(blocks))


async def meeting_by_number(bot: Bot, number: int) -> Meeting:
    async with bot.db.read() as session:
        return await meeting_queries.by_number(session, number)


async def shown(bot: Bot, number: int) -> Answer:
    """One of them with all that was said."""
    now = bot.clock.now()
    async with bot.db.read() as session:
        row = await meeting_queries.by_number(session, number)
        said = await meeting_queries.said_in(session, row.id)
        accounts = await accounts_of(session, bot.config, people(row))
        counted = (
            await figures(session, bot.config, since=row.since_at, until=min(now, row.starts_at), now=now)
            if row.is_open
            else []
        )
    return Answer(
        view.message_text(row), tuple(view.meeting_blocks(row, said, counted, accounts, whole=True))
    )


def number_in(request: Request) -> int:
    number, _ = request.chosen
    if number is None:
        raise UserError("That button does not say which review it is about.", "Use `/ops meetings` instead.")
    return number
