"""Clicks on decisions."""

from collections.abc import Callable

from bot.routine.decision_rows import Decision
from bot.runtime import Bot
from bot.views.decisions import change_form, decide_form, drop_form
from bot.views.text import Block
from handlers.decisions import decision_now, decision_of, form_to_ask, list_page
from handlers.forms import show as show_form
from handlers.numbered import number_clicked
from handlers.registrations import Action
from handlers.request import Answer, Handle, Request

INSTEAD = "/ops decisions"


async def show(bot: Bot, request: Request) -> Answer | None:
    return decision_now(bot, await decision_of(bot, number_clicked(request, INSTEAD)))


async def add(bot: Bot, request: Request) -> Answer | None:
    await show_form(bot, request, form_to_ask(bot, request))
    return None


def opens(form: Callable[[Decision], Block]) -> Handle:
    """A click that opens this form."""

    async def handle(bot: Bot, request: Request) -> Answer | None:
        await show_form(bot, request, form(await decision_of(bot, number_clicked(request, INSTEAD))))
        return None

    return handle


async def turn(bot: Bot, request: Request) -> Answer | None:
    page, which = request.chosen
    return await list_page(bot, everything=which == "all", page=min(page or 0, 100_000))


ACTIONS = (
    Action("decision.show", show),
    Action("decision.add", add),
    Action("decision.decide", opens(decide_form)),
    Action("decision.change", opens(change_form)),
    Action("decision.drop", opens(drop_form)),
    Action("decision.before", turn),
    Action("decision.further", turn),
)
