"""Declaring from the lightning menu, and from a message, which is kept and linked."""

from bot.core.slack_text import as_title, as_typed
from bot.incidents.lifecycle import LONGEST_TEXT, LONGEST_TITLE
from bot.runtime import Bot
from bot.views.forms import about, declare_form
from bot.views.text import shorten
from handlers.forms import show
from handlers.registrations import Shortcut
from handlers.request import Answer, Request


async def from_menu(bot: Bot, request: Request) -> Answer | None:
    await show(bot, request, declare_form(bot.config, metadata=about()))
    return None


async def from_message(bot: Bot, request: Request) -> Answer | None:
    """The message's first line becomes the title, the whole of it the summary; both can be changed."""
    message = request.body.get("message") or {}
    text = message.get("text") or ""
    lines = as_title(text).splitlines()
    view = declare_form(
        bot.config,
        metadata=about(
            channel=request.channel_id,
            source=f"{request.channel_id}/{message.get('ts')}",
            response_url=request.response_url,
        ),
        title=shorten(lines[0], LONGEST_TITLE) if lines else "",
        summary=shorten(as_typed(text), LONGEST_TEXT) if len(lines) > 1 else "",
    )
    await show(bot, request, view)
    return None


SHORTCUTS = (
    Shortcut("declare", "Declare an incident", "Something is wrong: start an incident", "global", from_menu),
    Shortcut(
        "declare_message",
        "Declare an incident",
        "Start an incident from this message",
        "message",
        from_message,
    ),
)
