"""What people look for, for the command, clicks and the form alike."""

from bot.runtime import Bot
from bot.search.finding import Results, search
from bot.views.search import result_blocks, search_text
from handlers.request import Answer, Request


async def results_of(bot: Bot, request: Request, typed: str, *, page: int = 0) -> Results:
    """A page of what this person finds; `page` counts from 0."""
    async with bot.db.read_much() as session:
        return await search(session, typed, request.viewer, page=page)


async def result_page(bot: Bot, request: Request, typed: str, *, page: int = 0) -> Answer:
    results = await results_of(bot, request, typed, page=page)
    return Answer(search_text(results), tuple(result_blocks(results, typed, bot.config)))
