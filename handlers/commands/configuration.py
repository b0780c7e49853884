"""The words of `/ops config`."""

from bot.core.errors import UserError
from bot.core.slack_text import as_typed
from bot.runtime import Bot
from handlers.commands.subcommands import Subcommand
from handlers.configuration import history, shown
from handlers.numbered import number_said
from handlers.request import Answer, Request
from handlers.words import as_number


async def listed(bot: Bot, request: Request) -> Answer | None:
    if request.text.strip():
        raise UserError(
            f"“{as_typed(request.text)[:60]}” is not understood here.",
            "`/ops config` lists the versions, `/ops config show 3` tells what one changed.",
        )
    return await history(bot, request)


async def show(bot: Bot, request: Request) -> Answer | None:
    """One version: what it changed; two: from the one to the other."""
    number, rest = number_said(request, "/ops config show 3", "/ops config")
    other = as_number(rest) if rest else None
    if rest and other is None:
        raise UserError(f"“{rest[:60]}” is not a version.", "For example `/ops config show 1 3`.")
    return await shown(bot, request, number, other)


SUBCOMMANDS = (
    Subcommand("config", "", "which configurations were active, to look at and to roll back to", listed),
    Subcommand("config show", "<version> [version]", "what a version changed, or from one to another", show),
)
