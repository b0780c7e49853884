"""The words of `/incident runbook` and `/ops runbooks`."""

from bot.core.errors import UserError
from bot.core.slack_text import as_typed
from bot.runtime import Bot
from handlers.commands.subcommands import Subcommand
from handlers.incident_text import addressed
from handlers.request import Answer, Request
from handlers.runbooks import choose, list_page, post_steps, show_runbook
from handlers.words import as_page


async def post(bot: Bot, request: Request) -> Answer | None:
    """Posts the steps of the runbook that is named; without a name those that fit are offered."""
    async with bot.db.read() as session:
        found = await addressed(session, request, request.text)
    name = as_typed(found.words)
    if not name:
        return await choose(bot, request, found.incident.id)
    return await post_steps(bot, request, found.incident.id, name)


async def list_runbooks(bot: Bot, request: Request) -> Answer | None:
    """All of them; a number for a further page."""
    typed = as_typed(request.text)
    page = as_page(typed) if typed else 1
    if page is None:
        raise UserError(
            f"“{typed[:60]}” does not fit here.",
            "`/ops runbooks` lists all of them; `/ops runbooks show cache-refresh` shows one, `/incident runbook cache-refresh` posts its steps in an incident's channel.",
        )
    return await list_page(bot, page - 1)


async def show_one(bot: Bot, request: Request) -> Answer | None:
    name = as_typed(request.text)
    if not name:
        raise UserError("Which runbook?", "For example `/ops runbooks show cache-refresh`.")
    return await show_runbook(bot, name)


SUBCOMMANDS = (
    Subcommand(
        "runbooks",
        "[page]",
        "what is written, who keeps it, when it was last tested",
        list_runbooks,
        also=("runbook",),
    ),
    Subcommand("runbooks show", "<name>", "one of them, to be read", show_one),
)
