"""Clicks on routine tasks: in the channel's message, on a list, at Home."""

from bot.core.errors import RuleRefused, UserError
from bot.core.receipts import is_about
from bot.incidents.declaring import Declaration, declare
from bot.routine import planned, tasks
from bot.routine.task_queries import LISTS, TODAY, by_number
from bot.runtime import Bot
from bot.views import planned_tasks
from bot.views.routine_tasks import hand_over_form, skip_form
from handlers.forms import show as show_form
from handlers.permitted import refuse_unpermitted
from handlers.registrations import Action
from handlers.request import Answer, Request, carry_out
from handlers.routine_tasks import after, list_page, number_in, planned_page, shown, task_by_number
from handlers.words import LAST_PAGE
from handlers.working import work


async def show(bot: Bot, request: Request) -> Answer | None:
    return await shown(bot, request, await task_by_number(bot, number_in(request)))


async def turn(bot: Bot, request: Request) -> Answer | None:
    page, which = request.chosen
    return await list_page(bot, which if which in LISTS else TODAY, min(page or 0, 100_000))


async def done(bot: Bot, request: Request) -> Answer | None:
    async with carry_out(bot, request) as session:
        row = await tasks.finish(session, number_in(request), by=request.user_id, now=bot.clock.now())
    return await after(bot, request, row)


async def skip(bot: Bot, request: Request) -> Answer | None:
    await show_form(bot, request, skip_form(await task_by_number(bot, number_in(request))))
    return None


async def hand_over(bot: Bot, request: Request) -> Answer | None:
    await show_form(bot, request, hand_over_form(await task_by_number(bot, number_in(request))))
    return None


async def run(bot: Bot, request: Request) -> Answer | None:
    async with carry_out(bot, request) as session:
        row = await tasks.run_again(
            session, number_in(request), config=bot.config, by=request.user_id, now=bot.clock.now()
        )
    return await after(bot, request, row)


async def tick(bot: Bot, request: Request) -> Answer | None:
    """What differs from what was shown is ticked, or taken back."""
    _, _, where = str(request.action.get("block_id", "")).partition("task.points.")
    number, _, mask = where.partition(".")
    if not (number.isascii() and number.isdigit()):
        raise UserError("That checklist does not say which task it is about.", "Use `/ops tasks` instead.")
    chosen = {str(one.get("value")) for one in request.action.get("selected_options") or ()}
    before = {str(index) for index, mark in enumerate(mask) if mark == "1"}
    now = bot.clock.now()
    async with carry_out(bot, request) as session:
        for points, on in ((chosen - before, True), (before - chosen, False)):
            indexes = [int(one) for one in points if one.isascii() and one.isdigit()]
            row = await tasks.tick(session, int(number[:18]), indexes, on=on, by=request.user_id, now=now)
    return await after(bot, request, row)


async def drill(bot: Bot, request: Request) -> Answer | None:
    """Declares the drill's incident, once."""
    await refuse_unpermitted(bot, request, "declare")
    now = bot.clock.now()
    async with carry_out(bot, request) as session:
        row = await by_number(session, number_in(request), lock=True)
        tasks.refuse_second_drill(row)
        task = bot.config.routine_task(row.task)
        wanted = task.drill if task is not None else None
        severity = bot.config.severity(wanted.severity) if wanted is not None else None
        if wanted is None or severity is None:
            raise RuleRefused(
                "app.yaml has no drill for this task any more.", "Declare one with `/incident declare`."
            )
        service = bot.config.service(wanted.service) if wanted.service else None
        said = Declaration(
            title=wanted.title,
            severity=severity,
            service=service,
            summary=f"A drill of the routine: {row.title}.",
            drill=True,
        )
        incident = await declare(session, said, config=bot.config, by=request.user_id, now=now)
        is_about(session, incident.id)
        await tasks.drill_declared(session, row, incident.id, by=request.user_id, now=now)
    return await after(bot, request, row)


async def turn_planned(bot: Bot, request: Request) -> Answer | None:
    page, _ = request.chosen
    return await planned_page(bot, min(page or 0, LAST_PAGE))


async def change_planned(bot: Bot, request: Request) -> Answer | None:
    async with bot.db.read() as session:
        row = await planned.by_number(session, number_in(request), config=bot.config)
    await show_form(bot, request, planned_tasks.change_form(row))
    return None


async def end_planned(bot: Bot, request: Request) -> Answer | None:
    row = await work(bot, request, planned.end, number_in(request), config=bot.config)
    return await planned_page(bot, 0, planned_tasks.ended_text(row))


ACTIONS = (
    Action("task.show", show),
    Action("task.back", turn),
    Action("task.more", turn),
    Action("task.done", done),
    Action("task.skip", skip),
    Action("task.hand_over", hand_over),
    Action("task.run", run),
    Action("task.tick", tick),
    Action("task.drill", drill),
    Action("planned.before", turn_planned),
    Action("planned.further", turn_planned),
    Action("planned.change", change_planned),
    Action("planned.end", end_planned),
)
