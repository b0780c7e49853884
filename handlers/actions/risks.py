"""Clicks on risks."""

from bot.routine import risks
from bot.routine.risk_rows import KINDS
from bot.runtime import Bot
from bot.views.risks import change_form
from handlers.backlog import ask_for_matrix
from handlers.forms import show as show_form
from handlers.registrations import Action
from handlers.request import Answer, Request
from handlers.risks import form_to_add, form_to_review, list_page, risk_now, risk_of
from handlers.words import LAST_PAGE
from handlers.working import work


def _number(request: Request) -> int:
    return request.number("which risk", "Use `/ops risks` instead.")


async def show(bot: Bot, request: Request) -> Answer | None:
    return risk_now(bot, await risk_of(bot, _number(request)))


async def add(bot: Bot, request: Request) -> Answer | None:
    await show_form(bot, request, form_to_add(bot, request))
    return None


async def review(bot: Bot, request: Request) -> Answer | None:
    risk = await risk_of(bot, _number(request))
    await show_form(bot, request, form_to_review(bot, risk))
    return None


async def change(bot: Bot, request: Request) -> Answer | None:
    await show_form(bot, request, change_form(await risk_of(bot, _number(request))))
    return None


async def close(bot: Bot, request: Request) -> Answer | None:
    risk = await work(bot, request, risks.close, _number(request))
    return risk_now(bot, risk, f":white_check_mark: Risk #{risk.id} is closed.")


async def turn(bot: Bot, request: Request) -> Answer | None:
    page, which = request.chosen
    everything, _, kind = which.partition(":")
    return await list_page(
        bot,
        everything=everything == "all",
        kind=kind if kind in KINDS else None,
        page=min(page or 0, LAST_PAGE),
    )


async def matrix(bot: Bot, request: Request) -> Answer | None:
    return await ask_for_matrix(bot, request, "risks")


ACTIONS = (
    Action("risk.show", show),
    Action("risk.add", add),
    Action("risk.review", review),
    Action("risk.change", change),
    Action("risk.close", close),
    Action("risk.before", turn),
    Action("risk.further", turn),
    Action("risk.matrix", matrix),
)
