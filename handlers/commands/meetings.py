"""The words of `/ops meetings`: recurring reviews."""

from bot.core.errors import UserError
from bot.core.slack_text import as_title, as_typed
from bot.runtime import Bot
from handlers.commands.subcommands import Subcommand
from handlers.meetings import list_page, shown
from handlers.request import Answer, Request
from handlers.words import as_number, as_page, first_word


async def list_meetings(bot: Bot, request: Request) -> Answer | None:
    """Those announced, running, postponed, held and missed; a number for a further page."""
    word = as_typed(request.text).strip()
    page = as_page(word or "1")
    if page is None:
        raise UserError(
            f"`/ops meetings` does not know “{word[:60]}”.",
            "For example `/ops meetings`, or `/ops meetings 2`.",
        )
    return await list_page(bot, page - 1)


async def show_one(bot: Bot, request: Request) -> Answer | None:
    head, _ = first_word(request.text)
    number = as_number(as_title(head))
    if number is None:
        raise UserError(
            "Say which review.", "For example `/ops meetings show 3`; `/ops meetings` has the numbers."
        )
    return await shown(bot, number)


SUBCOMMANDS = (
    Subcommand(
        "meetings",
        "[page]",
        "those announced, running, postponed, held and missed",
        list_meetings,
    ),
    Subcommand("meetings show", "<number>", "one of them, with all that was said", show_one),
)
