"""Clicks on the backlog and on the alert review."""

from collections.abc import Callable

from bot.alerts.review import MOST_WEEKS
from bot.alerts.tuning import tune as tune_rule
from bot.backlog import items
from bot.core.errors import NotFound, UserError
from bot.incidents import backlog
from bot.runtime import Bot
from bot.views.alert_review import rule_of
from bot.views.backlog import add_form, change_form, decline_form, judge_form, split_form, which_of
from handlers.alert_review import review_of, review_page
from handlers.backlog import (
    ask,
    ask_for_matrix,
    change,
    health_now,
    item_now,
    list_page,
    put_first,
    show_item,
)
from handlers.forms import show as show_form
from handlers.registrations import Action
from handlers.request import Answer, Request, carry_out
from handlers.words import LAST_PAGE
from handlers.working import work


def _number(request: Request) -> int:
    return request.number("which item", "Use `/ops backlog` instead.")


async def show(bot: Bot, request: Request) -> Answer | None:
    return await show_item(bot, request, _number(request))


async def plan(bot: Bot, request: Request) -> Answer | None:
    return await change(bot, request, backlog.change, _number(request), items.plan)


async def done(bot: Bot, request: Request) -> Answer | None:
    return await change(bot, request, backlog.change, _number(request), items.finish)


async def reopen(bot: Bot, request: Request) -> Answer | None:
    return await change(bot, request, backlog.reopen, _number(request))


async def first(bot: Bot, request: Request) -> Answer | None:
    return await put_first(bot, request, _number(request))


async def keep_in_grooming(bot: Bot, request: Request) -> Answer | None:
    return await _groom(bot, request, items.keep)


async def plan_in_grooming(bot: Bot, request: Request) -> Answer | None:
    return await _groom(bot, request, items.plan)


async def _groom(bot: Bot, request: Request, verb: Callable[..., None]) -> Answer | None:
    """Everybody sees in the message what comes next, so there is nothing more to say."""
    await work(bot, request, backlog.change, _number(request), verb)
    return None


async def judge(bot: Bot, request: Request) -> Answer | None:
    return await ask(bot, request, _number(request), judge_form)


async def change_by_form(bot: Bot, request: Request) -> Answer | None:
    return await ask(bot, request, _number(request), change_form)


async def split(bot: Bot, request: Request) -> Answer | None:
    return await ask(bot, request, _number(request), split_form)


async def matrix(bot: Bot, request: Request) -> Answer | None:
    return await ask_for_matrix(bot, request, "backlog")


async def fares(bot: Bot, request: Request) -> Answer | None:
    return await health_now(bot, request)


async def decline(bot: Bot, request: Request) -> Answer | None:
    return await ask(bot, request, _number(request), decline_form)


async def add(bot: Bot, request: Request) -> Answer | None:
    service = bot.config.service(str(request.action.get("value", "")))
    name = service.name if service else None
    await show_form(bot, request, add_form(bot.config, service=name, channel=request.channel_id))
    return None


async def turn(bot: Bot, request: Request) -> Answer | None:
    page, which = request.chosen
    return await list_page(bot, request, which_of(which), page=min(page or 0, LAST_PAGE))


async def turn_review(bot: Bot, request: Request) -> Answer | None:
    page, which = request.chosen
    weeks, _, service = which.partition(":")
    return await review_page(
        bot, weeks=_weeks(weeks), service=service or None, page=min(page or 0, LAST_PAGE)
    )


async def tune(bot: Bot, request: Request) -> Answer | None:
    """Into the backlog, or shows the item that is there."""
    asked = rule_of(str(request.action.get("value", "")))
    if asked is None:
        raise UserError("That button does not say what is to be tuned.", "Use `/ops alerts` instead.")
    rule, weeks = asked
    found = await review_of(bot, rule, _weeks(str(weeks)))
    if not found.rules:
        raise NotFound(
            "No such alert came in this time any more.", "`/ops alerts` shows those that there are."
        )
    async with carry_out(bot, request) as session:
        item, made = await tune_rule(session, found.rules[0], found, by=request.user_id, now=bot.clock.now())
    news = (
        f":white_check_mark: Item #{item.id} is in the backlog."
        if made
        else f":notebook: It is in the backlog already, as item #{item.id}."
    )
    return await item_now(bot, item, news)


def _weeks(word: str) -> int:
    return max(1, min(int(word), MOST_WEEKS)) if word.isascii() and word.isdigit() and len(word) < 5 else 1


ACTIONS = (
    Action("backlog.show", show),
    Action("backlog.plan", plan),
    Action("backlog.done", done),
    Action("backlog.decline", decline),
    Action("backlog.reopen", reopen),
    Action("backlog.add", add),
    Action("backlog.judge", judge),
    Action("backlog.split", split),
    Action("backlog.change", change_by_form),
    Action("backlog.first", first),
    Action("backlog.matrix", matrix),
    Action("backlog.health", fares),
    Action("groom.keep", keep_in_grooming),
    Action("groom.plan", plan_in_grooming),
    Action("backlog.older", turn),
    Action("backlog.newer", turn),
    Action("review.tune", tune),
    Action("review.back", turn_review),
    Action("review.more", turn_review),
)
