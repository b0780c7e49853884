"""What tasks and links have in common for commands, clicks and forms."""

from bot.core.errors import UserError
from bot.delivery.tasks import links_screen, tasks_screen
from bot.incidents.permissions import admits
from bot.runtime import Bot
from bot.views.text import Block, mention
from handlers.authorise import account
from handlers.forms import show
from handlers.request import Request


async def open_tasks(bot: Bot, request: Request, number: int | None) -> None:
    """The tasks of an incident, or the reader's own without a number."""
    await show(bot, request, await tasks_page(bot, request, number, 0))


async def tasks_page(bot: Bot, request: Request, number: int | None, page: int) -> Block:
    async with bot.db.read() as session:
        return await tasks_screen(session, request.viewer, number, page, bot.config)


async def open_links(bot: Bot, request: Request, number: int) -> None:
    async with bot.db.read() as session:
        view = await links_screen(session, request.viewer, number, bot.config)
    await show(bot, request, view)


async def owner_named(bot: Bot, user: str) -> str:
    """Somebody who can have a task; raises UserError for guests, bots and people of other organizations, unless app.yaml
    admits them.
    """
    known = await account(bot, user)
    if known is not None and not admits(bot.config, known):
        raise UserError(
            f"{mention(user)} is a guest, a bot or of another organization, and cannot have a task.",
            "Choose a full member.",
            field="owner",
        )
    return user
