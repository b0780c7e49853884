"""Clicks on what was found."""

from bot.runtime import Bot
from bot.views.search import search_form
from handlers.forms import show as show_form
from handlers.registrations import Action
from handlers.request import Answer, Request
from handlers.search import result_page
from handlers.words import LAST_PAGE


async def turn(bot: Bot, request: Request) -> Answer | None:
    page, typed = request.chosen
    return await result_page(bot, request, typed, page=min(page or 0, LAST_PAGE))


async def again(bot: Bot, request: Request) -> Answer | None:
    _, typed = request.chosen
    await show_form(bot, request, search_form(typed))
    return None


ACTIONS = (
    Action("search.before", turn),
    Action("search.further", turn),
    Action("search.again", again),
)
