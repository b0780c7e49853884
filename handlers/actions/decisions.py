"""Clicks on decisions."""

from collections.abc import Callable

from bot.routine.decision_rows import Decision
from bot.runtime import Bot
from bot.views.decisions import change_form, decide_form, drop_form
from bot.views.text import Block
from handlers.decisions import decision_now, decision_of, form_to_ask, list_page
from handlers.forms import show as show_form
from handlers.registrations import Action
from handlers.request import Answer, Handle, Request
from handlers.words import LAST_PAGE


def _number(request: Request) -> int:
    return request.number("which decision", "Use `/ops decisions` instead.")


async def show(bot: Bot, request: Request) -> Answer | None:
    return decision_now(bot, await decision_of(bot, _number(request)))


async def add(bot: Bot, request: Request) -> Answer | None:
    await show_form(bot, request, form_to_ask(bot, request))
    return None


def opens(form: Callable[[Decision], Block]) -> Handle:
    """A click that opens this form."""

    async def handle(bot: Bot, request: Request) -> Answer | None:
        await show_form(bot, request, form(await decision_of(bot, _number(request))))
        return None

    return handle


async def turn(bot: Bot, request: Request) -> Answer | None:
    page, which = request.chosen
    return await list_page(bot, everything=which == "all", page=min(page or 0, LAST_PAGE))


ACTIONS = (
    Action("decision.show", show),
    Action("decision.add", add),
    Action("decision.decide", opens(decide_form)),
    Action("decision.change", opens(change_form)),
    Action("decision.drop", opens(drop_form)),
    Action("decision.before", turn),
    Action("decision.further", turn),
)
