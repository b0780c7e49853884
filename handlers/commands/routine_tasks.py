"""The words of `/ops tasks` and `/ops evidence`: what is done again and again, and what shows that it was."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.config import near
from bot.config.near import folded
from bot.core.errors import UserError
from bot.core.slack_text import as_title, as_typed
from bot.core.wall import moment_of
from bot.routine import planned, tasks
from bot.routine.task_queries import LISTS, TODAY
from bot.runtime import Bot
from handlers.commands.subcommands import Subcommand
from handlers.request import Answer, Request, carry_out
from handlers.routine_tasks import evidence_page, list_page, planned_page, shown, task_by_number
from handlers.words import as_number, as_page, first_word

PLANNED = "planned"


async def list_tasks(bot: Bot, request: Request) -> Answer | None:
    """What is to be done; `overdue`, `all`, `planned`, a number for a further page."""
    which, page = TODAY, 1
    for word in as_typed(request.text).split():
        if word.lower() in (*LISTS, PLANNED):
            which = word.lower()
        elif (asked := as_page(word)) is not None:
            page = asked
        else:
            meant = near(word, [*LISTS, PLANNED, "show", "done", "skip"])
            guess = f"Did you mean `/ops tasks {meant}`? " if meant else ""
            raise UserError(
                f"`/ops tasks` does not know “{word[:60]}”.", f"{guess}`/ops help` shows all that there is."
            )
    return await (planned_page(bot, page - 1) if which == PLANNED else list_page(bot, which, page - 1))


async def show_one(bot: Bot, request: Request) -> Answer | None:
    number, _ = _numbered(request, "show")
    return await shown(bot, request, await task_by_number(bot, number))


async def done(bot: Bot, request: Request) -> Answer | None:
    number, _ = _numbered(request, "done")
    async with carry_out(bot, request) as session:
        row = await tasks.finish(session, number, by=request.user_id, now=bot.clock.now())
    return await shown(bot, request, row)


async def skip(bot: Bot, request: Request) -> Answer | None:
    number, why = _numbered(request, "skip")
    async with carry_out(bot, request) as session:
        row = await tasks.skip(session, number, why, by=request.user_id, now=bot.clock.now())
    return await shown(bot, request, row)


async def show_evidence(bot: Bot, request: Request) -> Answer | None:
    """Of all tasks or one, of all time or between two days, both included."""
    async with bot.db.read() as session:
        known = {folded(name): name for name in await planned.titles(session, bot.config)}
    task: str | None = None
    days: list[date] = []
    for word in as_title(request.text).split():
        day = _day(word)
        if day is not None and len(days) < 2:
            days.append(day)
        elif word.lower() in ("from", "to", "until", "-", "–"):
            continue
        elif task is None and folded(word) in known:
            task = known[folded(word)]
        else:
            meant = near(word, known.values())
            guess = f"Did you mean `/ops evidence {meant}`? " if meant else ""
            raise UserError(
                f"“{word[:60]}” is neither a routine task nor a day.",
                f"{guess}For example `/ops evidence backups-verified 2026-01-01 2026-03-31`.",
            )
    since = _begin(days[0], bot.config.zone) if days else None
    until = _begin(days[-1] + timedelta(days=1), bot.config.zone) if len(days) == 2 else None
    return await evidence_page(bot, task, since, until)


def _day(word: str) -> date | None:
    try:
        found = date.fromisoformat(word)
    except ValueError:
        return None
    return found if 2000 <= found.year < 2100 else None


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return moment_of(datetime.combine(day, time()), zone)


def _numbered(request: Request, word: str) -> tuple[int, str]:
    head, rest = first_word(request.text)
    number = as_number(as_title(head))
    if number is None:
        why = " the reason" if word == "skip" else ""
        raise UserError(
            "Say which task.", f"For example `/ops tasks {word} 12{why}`; `/ops tasks` shows the numbers."
        )
    return number, as_typed(rest)


SUBCOMMANDS = (
    Subcommand(
        "tasks",
        "[today|overdue|all|planned] [page]",
        "what of the routine is to be done, what comes next, what plans made",
        list_tasks,
    ),
    Subcommand("tasks show", "<number>", "one task, with its buttons", show_one),
    Subcommand("tasks done", "<number>", "it is done", done),
    Subcommand("tasks skip", "<number> <reason>", "it is not done this time", skip),
    Subcommand(
        "evidence",
        "[task] [from] [to]",
        "what was done, when, by whom and how",
        show_evidence,
    ),
)
