"""Routine tasks, for commands, clicks and forms alike: the list, one task, and the evidence."""

from datetime import datetime

from bot.cadences.recurring import coming_of
from bot.core.errors import UserError
from bot.delivery.routine_tasks import owners
from bot.paging.people import accounts_of
from bot.routine import evidence, planned, task_queries
from bot.routine.task_rows import KIND, RoutineOccurrence
from bot.runtime import Bot
from bot.views import planned_tasks
from bot.views import routine_tasks as view
from handlers.forms import replace, show
from handlers.request import Answer, Request

COMING_SHOWN = 5
NO_MEMBER = "Guests and bots have no tasks of the routine."


async def list_page(bot: Bot, which: str, page: int) -> Answer:
    """A page of the list, counted from 0."""
    now = bot.clock.now()
    async with bot.db.read() as session:
        total = await task_queries.count(session, which, now=now)
        page = max(0, min(page, -(-total // view.PAGE) - 1))
        rows = await task_queries.listed(session, which, now=now, limit=view.PAGE, offset=page * view.PAGE)
        accounts = await accounts_of(session, bot.config, owners(rows))
        coming = await coming_of(session, KIND)
        titles = await planned.titles(session, bot.config)
    following = sorted(((titles.get(name, name), at) for name, at in coming.items()), key=lambda one: one[1])
    blocks = view.list_blocks(rows, which, total, page, accounts, following[:COMING_SHOWN], now=now)
    return Answer(view.list_text(which, total), tuple(blocks))


async def planned_page(bot: Bot, page: int, news: str | None = None) -> Answer:
    """A page of the tasks that plans made, counted from 0; `news` is what has just become of one."""
    async with bot.db.read() as session:
        total = await planned.count(session, bot.config)
        page = max(0, min(page, -(-total // planned_tasks.PAGE) - 1))
        rows = await planned.listed(
            session, bot.config, limit=planned_tasks.PAGE, offset=page * planned_tasks.PAGE
        )
        coming = await coming_of(session, KIND)
    blocks = planned_tasks.list_blocks(rows, total, page, coming, news=news)
    return Answer(news or planned_tasks.list_text(total), tuple(blocks))


def number_in(request: Request) -> int:
    number, _ = request.chosen
    if number is None:
        raise UserError("That button does not say which task it is about.", "Use `/ops tasks` instead.")
    return number


async def task_by_number(bot: Bot, number: int) -> RoutineOccurrence:
    async with bot.db.read() as session:
        return await task_queries.by_number(session, number)


async def shown(bot: Bot, request: Request, row: RoutineOccurrence) -> Answer | None:
    """The task as it is now, where the reader looks at it; the channel's message is kept current by the verbs."""
    now = bot.clock.now()
    async with bot.db.read() as session:
        accounts = await accounts_of(session, bot.config, owners([row]))
    if request.view:
        form = view.task_form(row, accounts, bot.config, now=now)
        await (replace if request.view.get("type") == "modal" else show)(bot, request, form)
        return None
    return Answer(
        view.line(row, accounts, now=now), tuple(view.task_blocks(row, accounts, bot.config, now=now))
    )


async def after(bot: Bot, request: Request, row: RoutineOccurrence) -> Answer | None:
    """What whoever clicked sees then: nothing more where the message that all see says it."""
    container = request.body.get("container") or {}
    if request.view or container.get("is_ephemeral"):
        return await shown(bot, request, row)
    return None


async def evidence_page(bot: Bot, task: str | None, since: datetime | None, until: datetime | None) -> Answer:
    async with bot.db.read() as session:
        rows = await evidence.evidence_of(
            session, task=task, since=since, until=until, limit=view.EVIDENCE_SHOWN + 1
        )
        titles = await planned.titles(session, bot.config)
    more = len(rows) > view.EVIDENCE_SHOWN
    blocks = view.evidence_blocks(
        rows[-view.EVIDENCE_SHOWN :], titles, broken=evidence.altered(rows), more=more
    )
    return Answer("Evidence of the routine", tuple(blocks))
