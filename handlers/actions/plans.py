"""Clicks in the planning interview, and on plans."""

from bot.core.people import names_of
from bot.routine import plans
from bot.routine.plan_rows import MaintenancePlan
from bot.routine.plans import Chosen
from bot.runtime import Bot
from bot.views.plans import answer_form, choose_form
from handlers.forms import show as show_form
from handlers.plans import send_plan
from handlers.registrations import Action
from handlers.request import Answer, Handle, Request, carry_out
from handlers.working import Verb, work


def _number(request: Request) -> int:
    return request.number("which plan", "Use `/ops plan` instead.")


def _position(request: Request) -> int:
    _, position = request.chosen
    return int(position) if position.isascii() and position.isdigit() and len(position) < 4 else -1


async def answer(bot: Bot, request: Request) -> Answer | None:
    async with bot.db.read() as session:
        plan = await plans.asked(session, _number(request), _position(request), by=request.user_id)
    await show_form(bot, request, answer_form(plan))
    return None


async def skip(bot: Bot, request: Request) -> Answer | None:
    await work(bot, request, plans.skip, _number(request), _position(request))
    return None


def changes(verb: Verb[MaintenancePlan]) -> Handle:
    """A click after which the message itself shows what is so by then."""

    async def handle(bot: Bot, request: Request) -> Answer | None:
        await work(bot, request, verb, _number(request))
        return None

    return handle


async def refine(bot: Bot, request: Request) -> Answer | None:
    _, area = request.chosen
    await work(bot, request, plans.refine, _number(request), area)
    return None


async def complete(bot: Bot, request: Request) -> Answer | None:
    number, by = _number(request), request.user_id
    async with carry_out(bot, request) as session:
        names = await names_of(session, {by})
        await plans.complete(session, number, by=by, name=names.get(by, by), now=bot.clock.now())
    return None


async def choose(bot: Bot, request: Request) -> Answer | None:
    async with bot.db.read() as session:
        plan = await plans.own(session, _number(request), request.user_id)
        tasks = await plans.new_tasks(session, plan, bot.config)
    await show_form(bot, request, choose_form(plan, tasks))
    return None


async def nothing(bot: Bot, request: Request) -> Answer | None:
    await work(bot, request, plans.make, _number(request), Chosen(), config=bot.config)
    return None


async def send(bot: Bot, request: Request) -> Answer | None:
    return await send_plan(bot, request, _number(request))


ACTIONS = (
    Action("plan.answer", answer),
    Action("plan.skip", skip),
    Action("plan.previous", changes(plans.back)),
    Action("plan.pause", changes(plans.pause)),
    Action("plan.resume", changes(plans.resume)),
    Action("plan.drop", changes(plans.drop)),
    Action("plan.refine", refine),
    Action("plan.complete", complete),
    Action("plan.choose", choose),
    Action("plan.nothing", nothing),
    Action("plan.send", send),
)
