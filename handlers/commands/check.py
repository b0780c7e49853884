"""`/check`: how all services stand, and running their checks now."""

from bot.checks.evaluation import FAILING
from bot.checks.queries import standings
from bot.core.slack_text import as_typed
from bot.runtime import Bot
from bot.views.checks import board, board_text
from handlers.checking import run_now
from handlers.registrations import Command
from handlers.request import Answer, Request


async def check(bot: Bot, request: Request) -> Answer | None:
    """The board; with the name of a service or a check its checks run."""
    word = as_typed(request.text).strip()
    if word.lower() == "help":
        return Answer(USAGE)
    if word:
        return await run_now(bot, request, word[:100])
    now = bot.clock.now()
    async with bot.db.read() as session:
        found = await standings(session, now=now)
    failing = sum(
        1
        for one in bot.config.checks
        if (state := found.states.get(one.name)) is not None and state.state == FAILING
    )
    blocks = board(found.states, found.uptime, bot.config, now=now)
    return Answer(board_text(failing, len(bot.config.checks)), tuple(blocks))


USAGE = "\n".join(
    (
        "*Status checks*",
        "`/check` shows how all services stand",
        "`/check payments` runs the checks of a service now, or the check of this name, and shows its last day",
    )
)

COMMANDS = (
    Command(
        name="/check",
        description="How services stand, and running their checks now",
        hint="[service or check] | help",
        handle=check,
    ),
)
