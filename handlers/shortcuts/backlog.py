"""Ideas for the backlog, from the lightning menu and from a message."""

from bot.backlog.rows import FEATURE
from bot.core.texts import LONGEST_TEXT
from bot.runtime import Bot
from bot.views.backlog import add_form
from bot.views.text import shorten
from handlers.forms import show
from handlers.incident_text import title_and_summary
from handlers.registrations import Shortcut
from handlers.request import Answer, Request


async def from_menu(bot: Bot, request: Request) -> Answer | None:
    await show(bot, request, add_form(bot.config, kind=FEATURE))
    return None


async def from_message(bot: Bot, request: Request) -> Answer | None:
    """The message's first line becomes the title, the whole of it the description; both can be changed."""
    message = request.body.get("message") or {}
    title, text = title_and_summary(message.get("text") or "")
    author = message.get("user")
    said = f"<@{author}>: {text or title}" if author else text or title
    view = add_form(
        bot.config,
        title=title,
        description=shorten(said, LONGEST_TEXT),
        kind=FEATURE,
        channel=request.channel_id,
    )
    await show(bot, request, view)
    return None


SHORTCUTS = (
    Shortcut(
        "idea", "Add to the backlog", "An idea, a bug, a debt: to be done some day", "global", from_menu
    ),
    Shortcut("idea_message", "Add to the backlog", "Make an item from this message", "message", from_message),
)
