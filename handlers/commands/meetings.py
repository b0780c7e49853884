"""The words of `/ops meetings`: recurring reviews."""

from bot.core.errors import UserError
from bot.core.slack_text import as_title, as_typed
from bot.runtime import Bot
from handlers.incident_text import first_word, incident_number
from handlers.meetings import list_page, shown
from handlers.request import Answer, Request


async def list_meetings(bot: Bot, request: Request) -> Answer | None:
    """Those announced, running, postponed, held and missed; a number for a further page."""
    word = as_typed(request.text).strip()
    if word and not (word.isascii() and word.isdigit() and 0 < int(word[:9]) <= 100_000):
        raise UserError(
            f"`/ops meetings` does not know “{word[:60]}”.",
            "For example `/ops meetings`, or `/ops meetings 2`.",
        )
    return await list_page(bot, int(word[:9]) - 1 if word else 0)


async def show_one(bot: Bot, request: Request) -> Answer | None:
    head, _ = first_word(request.text)
    number = incident_number(as_title(head))
    if number is None:
        raise UserError(
            "Say which review.", "For example `/ops meetings show 3`; `/ops meetings` has the numbers."
        )
    return await shown(bot, number)
