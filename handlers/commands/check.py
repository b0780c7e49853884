"""`/check`: how all services stand, running their checks now, and maintenance."""

from dataclasses import replace

from bot.alerts.windows import standings as maintenance_standings
from bot.checks.evaluation import FAILING
from bot.checks.queries import standings
from bot.config import near
from bot.core.errors import UserError
from bot.core.slack_text import as_typed
from bot.runtime import Bot
from bot.views.checks import board, board_text
from handlers.checking import run_now
from handlers.commands import maintenance
from handlers.incident_text import first_word
from handlers.registrations import Command
from handlers.request import Answer, Request

MAINTENANCE = "maintenance"


async def check(bot: Bot, request: Request) -> Answer | None:
    """The board; with the name of a service or a check its checks run."""
    first, rest = first_word(request.text)
    if first.lower() == MAINTENANCE:
        return await maintenance.about_maintenance(bot, replace(request, text=rest))
    word = as_typed(request.text).strip()
    if word.lower() == "help":
        return Answer(USAGE)
    if word:
        _refuse_near_maintenance(bot, first, rest)
        return await run_now(bot, request, word[:100])
    return await _board(bot)


async def _board(bot: Bot) -> Answer:
    now = bot.clock.now()
    async with bot.db.read() as session:
        found = await standings(session, now=now)
        silent = [one for one in await maintenance_standings(session, bot.config, now=now) if one.is_running]
    failing = sum(
        1
        for one in bot.config.checks
        if (state := found.states.get(one.name)) is not None and state.state == FAILING
    )
    blocks = board(found.states, found.uptime, bot.config, now=now, maintenance=silent)
    return Answer(board_text(failing, len(bot.config.checks)), tuple(blocks))


def _refuse_near_maintenance(bot: Bot, word: str, rest: str) -> None:
    """A slip of the pen must not read as the name of a service."""
    typed = as_typed(word)
    names = [one.name for one in bot.config.services] + [one.name for one in bot.config.checks]
    if near(typed, [MAINTENANCE, *names]) == MAINTENANCE:
        raise UserError(
            f"There is no check “{typed}”, and no service of this name.",
            f"Did you mean `/check {MAINTENANCE}{' ' + as_typed(rest)[:100] if rest else ''}`?",
        )


USAGE = "\n".join(
    (
        "*Status checks*",
        "`/check` shows how all services stand",
        "`/check payments` runs the checks of a service now, or the check of this name, and shows its last day",
        "",
        "*Maintenance*",
        *maintenance.usage(),
        "Times are read in your own time zone. What stands behind them is the reason.",
    )
)

COMMANDS = (
    Command(
        name="/check",
        description="How services stand, running their checks now, maintenance",
        hint="[service or check] | maintenance | help",
        handle=check,
    ),
)
