"""The subcommands that only show: list, show, timeline, export."""

from bot.core.errors import UserError
from bot.core.slack_text import as_typed
from bot.runtime import Bot
from handlers.forms import show as show_form
from handlers.incident_text import addressed
from handlers.reading import card_answer, card_of, list_page, send_export, timeline_view
from handlers.request import Answer, Request
from handlers.words import as_page


async def list_incidents(bot: Bot, request: Request) -> Answer | None:
    """The open ones; `all` for all; a number for a further page."""
    only_open, page = True, 1
    for word in as_typed(request.text).lower().split():
        if word in ("all", "open"):
            only_open = word == "open"
        elif (asked := as_page(word)) is not None:
            page = asked
        else:
            raise UserError(
                f"“{word}” does not fit here.",
                "Use `/incident list`, `/incident list all` or `/incident list all 2`.",
            )
    return await list_page(bot, request, only_open=only_open, page=page - 1)


async def show(bot: Bot, request: Request) -> Answer | None:
    async with bot.db.read() as session:
        found = await addressed(session, request, request.text)
        around = await card_of(session, found.incident, bot.config, now=bot.clock.now())
    return card_answer(around, bot.config)


async def timeline(bot: Bot, request: Request) -> Answer | None:
    async with bot.db.read() as session:
        found = await addressed(session, request, request.text)
        view = await timeline_view(session, found.incident, bot.config)
    await show_form(bot, request, view)
    return None


async def export(bot: Bot, request: Request) -> Answer | None:
    async with bot.db.read() as session:
        found = await addressed(session, request, request.text)
    return await send_export(bot, request, found.incident)
