"""`/check`: how all services stand, running their checks now, and maintenance."""

from bot.alerts.windows import running_now
from bot.checks.queries import standings
from bot.core.errors import UserError
from bot.core.slack_text import as_typed
from bot.runtime import Bot
from bot.views.checks import board, board_text, count_failing
from handlers.checking import run_now
from handlers.commands import maintenance
from handlers.commands.subcommands import Subcommand, Subcommands
from handlers.registrations import Command
from handlers.request import Answer, Request
from handlers.words import first_word

SUBCOMMANDS = Subcommands(
    "/check",
    {
        "Maintenance": (
            Subcommand(
                "maintenance",
                "",
                "shows the maintenance that runs and that comes, with the hours of the month",
                maintenance.about_maintenance,
            ),
        )
    },
)


async def check(bot: Bot, request: Request) -> Answer | None:
    """The board; with the name of a service or a check its checks run."""
    return await SUBCOMMANDS.answer(bot, request, otherwise=_otherwise)


async def _otherwise(bot: Bot, request: Request) -> Answer | None:
    word = as_typed(request.text).strip()
    if word.lower() == "help":
        return Answer(usage())
    if word:
        _refuse_near_subcommand(bot, request.text)
        return await run_now(bot, request, word[:100])
    return await _board(bot)


async def _board(bot: Bot) -> Answer:
    now = bot.clock.now()
    async with bot.db.read() as session:
        found = await standings(session, now=now)
        silent = await running_now(session, bot.config, now=now)
    blocks = board(found.states, found.uptime, bot.config, now=now, maintenance=silent)
    text = board_text(count_failing(found.states, bot.config), len(bot.config.checks))
    return Answer(text, tuple(blocks))


def _refuse_near_subcommand(bot: Bot, text: str) -> None:
    """A slip of the pen must not read as the name of a service."""
    word, rest = first_word(text)
    typed = as_typed(word)
    names = [one.name for one in bot.config.services] + [one.name for one in bot.config.checks]
    meant = SUBCOMMANDS.nearest(typed, names)
    if meant in SUBCOMMANDS.names:
        raise UserError(
            f"There is no check “{typed}”, and no service of this name.",
            f"Did you mean `/check {meant}{' ' + as_typed(rest)[:100] if rest else ''}`?",
        )


def usage() -> str:
    """Every form of the command, a line each."""
    lines = [
        "*Status checks*",
        "`/check` shows how all services stand",
        "`/check payments` runs the checks of a service now, or the check of this name, and shows its last day",
        "",
        *SUBCOMMANDS.paragraphs(),
        *maintenance.SUBCOMMANDS.paragraphs(),
        "Times are read in your own time zone. What stands behind them is the reason.",
    ]
    return "\n".join(lines)


COMMANDS = (
    Command(
        name="/check",
        description="How services stand, running their checks now, maintenance",
        hint="[service or check] | maintenance | help",
        handle=check,
    ),
)
