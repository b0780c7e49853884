"""The word `/ops search`."""

from bot.core.slack_text import as_title
from bot.runtime import Bot
from bot.views.search import search_form
from handlers.commands.subcommands import Subcommand
from handlers.forms import show as show_form
from handlers.request import Answer, Request
from handlers.search import result_page


async def look(bot: Bot, request: Request) -> Answer | None:
    """Without words a form asks for them."""
    typed = as_title(request.text)
    if not typed:
        await show_form(bot, request, search_form())
        return None
    return await result_page(bot, request, typed)


SUBCOMMANDS = (
    Subcommand(
        "search",
        "[words]",
        "in incidents, timelines, reviews, runbooks and all that is to be done or decided",
        look,
        also=("find",),
    ),
)
