"""The subcommands that only show: list, show, timeline, export."""

from bot.core.errors import UserError
from bot.core.slack_text import as_typed
from bot.delivery.record import FORMS
from bot.delivery.timeline import timeline_screen
from bot.runtime import Bot
from handlers.forms import show as show_form
from handlers.incident_lists import list_page
from handlers.incident_text import addressed
from handlers.reading import card_answer, card_of, send_export
from handlers.request import Answer, Request


async def list_incidents(bot: Bot, request: Request) -> Answer | None:
    """The open ones; words say which others (bot.incidents.filters)."""
    return await list_page(bot, request, as_typed(request.text))


async def show(bot: Bot, request: Request) -> Answer | None:
    async with bot.db.read() as session:
        found = await addressed(session, request, request.text)
        around = await card_of(
            session, found.incident, bot.config, now=bot.clock.now(), viewer=request.viewer
        )
    return card_answer(around, bot.config)


async def timeline(bot: Bot, request: Request) -> Answer | None:
    async with bot.db.read() as session:
        found = await addressed(session, request, request.text)
        view = await timeline_screen(session, found.incident, bot.config)
    await show_form(bot, request, view)
    return None


async def export(bot: Bot, request: Request) -> Answer | None:
    """As Markdown, or in the form that is named, before or behind the number."""
    words = as_typed(request.text).split()
    forms = [word.lower() for word in words if word.lower() in FORMS]
    rest = " ".join(word for word in words if word.lower() not in FORMS)
    async with bot.db.read() as session:
        found = await addressed(session, request, rest)
    if found.words or len(forms) > 1:
        raise UserError(
            f"“{found.words or ' '.join(forms)}” does not fit here.",
            "Choose one of md, json and html: `/incident export html`.",
        )
    return await send_export(bot, request, found.incident, *forms)
