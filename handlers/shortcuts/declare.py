"""Declaring from the lightning menu, and from a message, which is kept and linked."""

import json
from typing import Any

from bot.runtime import Bot
from bot.views.forms import about, declare_form
from handlers.forms import show
from handlers.incident_text import title_and_summary
from handlers.permitted import refuse_unpermitted
from handlers.registrations import Shortcut
from handlers.request import Answer, Request

# Of the 3,000 characters of a form's private_metadata; channel, time and response_url need some too.
MOST_CARRIED = 2400


async def from_menu(bot: Bot, request: Request) -> Answer | None:
    await refuse_unpermitted(bot, request, "declare")
    await show(bot, request, declare_form(bot.config, metadata=about()))
    return None


async def from_message(bot: Bot, request: Request) -> Answer | None:
    """The message's first line becomes the title, the whole of it the summary; both can be changed."""
    await refuse_unpermitted(bot, request, "declare")
    message = request.body.get("message") or {}
    title, summary = title_and_summary(message.get("text") or "")
    view = declare_form(
        bot.config,
        metadata=about(
            channel=request.channel_id,
            source=f"{request.channel_id}/{message.get('ts')}",
            said=_said(message),
            response_url=request.response_url,
        ),
        title=title,
        summary=summary,
    )
    await show(bot, request, view)
    return None


def _said(message: dict[str, Any]) -> dict[str, str]:
    """Author and text, as much as a form can carry: the bot may not be in that channel to read them itself."""
    text = message.get("text") or ""
    while len(json.dumps(text)) > MOST_CARRIED:
        text = text[: len(text) * 9 // 10]
    return {"text": text, **({"user": message["user"]} if message.get("user") else {})}


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
