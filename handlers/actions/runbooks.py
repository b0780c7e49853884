"""Clicks on runbooks: the list, the steps in an incident's channel, their commands."""

from bot.core.errors import UserError
from bot.incidents.queries import by_number
from bot.runbooks import commands, library
from bot.runbooks.checklists import tick as tick_step
from bot.runbooks.rows import Checklist
from bot.runtime import Bot
from bot.views.runbooks import run_form
from bot.views.text import literal
from handlers.forms import show as show_form
from handlers.registrations import Action
from handlers.request import Answer, Request, carry_out
from handlers.runbooks import choose, list_page, post_steps, show_runbook
from handlers.words import LAST_PAGE
from handlers.working import work


def _number(request: Request, what: str) -> int:
    return request.number(what, "Use `/incident runbook` instead.")


def _step(request: Request) -> tuple[int, int]:
    """The checklist and its step that a button is about."""
    number, rest = request.chosen
    if number is None or not (rest.isascii() and rest.isdigit()):
        raise UserError(
            "That button does not say which step it is about.", "Use `/incident runbook` instead."
        )
    return number, int(rest[:9])


async def choose_one(bot: Bot, request: Request) -> Answer | None:
    return await choose(bot, request, _number(request, "which incident"))


async def post(bot: Bot, request: Request) -> Answer | None:
    _, name = request.chosen
    return await post_steps(bot, request, _number(request, "which incident"), name)


async def tick(bot: Bot, request: Request) -> Answer | None:
    number, step = _step(request)
    await work(bot, request, tick_step, number, step, True)
    return None


async def untick(bot: Bot, request: Request) -> Answer | None:
    number, step = _step(request)
    await work(bot, request, tick_step, number, step, False)
    return None


async def run(bot: Bot, request: Request) -> Answer | None:
    """Shows what would run, to those who may run it."""
    number, step = _step(request)
    async with bot.db.read() as session:
        checklist = await session.get(Checklist, number)
        if checklist is None:
            raise UserError("There is no such checklist.", "Post it anew: `/incident runbook`.")
        incident = await by_number(session, checklist.incident_id, request.viewer)
        found = await commands.carried(
            session, checklist, step, config=bot.config, by=request.user_id, now=bot.clock.now()
        )
    await show_form(
        bot, request, run_form(found.command, checklist, step, found.digest, bot.config, drill=incident.drill)
    )
    return None


async def approve(bot: Bot, request: Request) -> Answer | None:
    await work(bot, request, commands.approve, _number(request, "which run"), config=bot.config)
    return None


async def decline(bot: Bot, request: Request) -> Answer | None:
    await work(bot, request, commands.decline, _number(request, "which run"), config=bot.config)
    return None


async def tested(bot: Bot, request: Request) -> Answer | None:
    """Somebody has tried its steps."""
    name = str(request.action.get("value", ""))
    today = bot.clock.now().astimezone(bot.config.zone).date()
    async with carry_out(bot, request) as session:
        row = await library.tested(session, name, on=today, by=request.user_id, config=bot.config)
    return Answer(f":white_check_mark: “{literal(row.title, 200)}” was tested today, {today.isoformat()}.")


async def show(bot: Bot, request: Request) -> Answer | None:
    return await show_runbook(bot, str(request.action.get("value", "")))


async def turn(bot: Bot, request: Request) -> Answer | None:
    page, _ = request.chosen
    return await list_page(bot, min(page or 0, LAST_PAGE))


ACTIONS = (
    Action("runbook.choose", choose_one),
    Action("runbook.post", post),
    Action("runbook.tick", tick),
    Action("runbook.untick", untick),
    Action("runbook.run", run),
    Action("runbook.approve", approve),
    Action("runbook.decline", decline),
    Action("runbook.tested", tested),
    Action("runbook.show", show),
    Action("runbook.back", turn),
    Action("runbook.more", turn),
)
