"""Clicks on action items."""

from bot.core.errors import UserError
from bot.incidents.queries import by_number
from bot.reviews import action_course, issues
from bot.reviews.action_queries import item_by_number
from bot.runtime import Bot
from bot.views.action_items import add_form, change_form, drop_form, which_of
from handlers.action_items import changed, day, exported, item_now, list_page, show_item
from handlers.forms import show as show_form
from handlers.registrations import Action
from handlers.request import Answer, Request, carry_out


def _number(request: Request) -> int:
    number, _ = request.chosen
    if number is None:
        raise UserError("That button does not say which item it is about.", "Use `/ops actions` instead.")
    return number


async def show(bot: Bot, request: Request) -> Answer | None:
    return await show_item(bot, request, _number(request))


async def start(bot: Bot, request: Request) -> Answer | None:
    async with carry_out(bot, request) as session:
        item = await action_course.start(session, _number(request), by=request.user_id, now=bot.clock.now())
    return item_now(bot, item, changed(item))


async def done(bot: Bot, request: Request) -> Answer | None:
    async with carry_out(bot, request) as session:
        item = await action_course.finish(session, _number(request), by=request.user_id, now=bot.clock.now())
    return item_now(bot, item, changed(item))


async def reopen(bot: Bot, request: Request) -> Answer | None:
    async with carry_out(bot, request) as session:
        item = await action_course.reopen(
            session, _number(request), config=bot.config, by=request.user_id, now=bot.clock.now()
        )
    return item_now(bot, item, changed(item))


async def issue(bot: Bot, request: Request) -> Answer | None:
    async with carry_out(bot, request) as session:
        item = await issues.want(
            session, _number(request), config=bot.config, by=request.user_id, now=bot.clock.now()
        )
    return item_now(bot, item, exported(item, bot.config))


async def change(bot: Bot, request: Request) -> Answer | None:
    async with bot.db.read() as session:
        item = await item_by_number(session, _number(request), request.viewer)
    await show_form(bot, request, change_form(item, bot.config, today=day(bot)))
    return None


async def drop(bot: Bot, request: Request) -> Answer | None:
    async with bot.db.read() as session:
        item = await item_by_number(session, _number(request), request.viewer)
    await show_form(bot, request, drop_form(item, bot.config, today=day(bot)))
    return None


async def add(bot: Bot, request: Request) -> Answer | None:
    """Of an incident, where the button names one."""
    number, _ = request.chosen
    service = None
    if number is not None:
        async with bot.db.read() as session:
            service = (await by_number(session, number, request.viewer)).service
    form = add_form(bot.config, user=request.user_id, today=day(bot), incident_id=number, service=service)
    await show_form(bot, request, form)
    return None


async def turn(bot: Bot, request: Request) -> Answer | None:
    page, which = request.chosen
    asked = which_of(which, user=request.user_id, today=day(bot))
    return await list_page(bot, request, asked, min(page or 0, 100_000))


ACTIONS = (
    Action("action.show", show),
    Action("action.start", start),
    Action("action.done", done),
    Action("action.reopen", reopen),
    Action("action.issue", issue),
    Action("action.change", change),
    Action("action.drop", drop),
    Action("action.add", add),
    Action("action.sooner", turn),
    Action("action.later", turn),
    Action("action.mine", turn),
)
