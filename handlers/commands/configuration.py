"""The words of `/ops config`."""

from bot.core.errors import UserError
from bot.runtime import Bot
from handlers.commands.subcommands import Subcommand
from handlers.configuration import difference, history
from handlers.numbered import number_said
from handlers.request import Answer, Request
from handlers.words import as_number


async def listed(bot: Bot, request: Request) -> Answer | None:
    return await history(bot, request)


async def diff(bot: Bot, request: Request) -> Answer | None:
    """One version: what it changed; two: from the one to the other."""
    number, rest = number_said(request, "/ops config diff 3", "/ops config")
    if not rest:
        return await difference(bot, request, None, number)
    second = as_number(rest)
    if second is None:
        raise UserError(f"“{rest[:60]}” is not a version.", "For example `/ops config diff 1 3`.")
    return await difference(bot, request, number, second)


SUBCOMMANDS = (
    Subcommand("config", "", "which configurations were active, to look at and to roll back to", listed),
    Subcommand("config diff", "<version> [version]", "what a version changed, or from one to another", diff),
)
