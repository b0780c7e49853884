"""Clicks on the backlog and on the alert review."""

from bot.alerts.review import MOST_WEEKS
from bot.alerts.tuning import tune as tune_rule
from bot.core.errors import NotFound, UserError
from bot.incidents import backlog
from bot.incidents.backlog import item_by_number
from bot.runtime import Bot
from bot.views.alert_review import rule_of
from bot.views.backlog import add_form, decline_form
from handlers.alert_review import review_of, review_page
from handlers.backlog import change, item_now, list_page, show_item
from handlers.forms import show as show_form
from handlers.registrations import Action
from handlers.request import Answer, Request, carry_out
from handlers.words import LAST_PAGE


def _number(request: Request) -> int:
    return request.number("which item", "Use `/ops backlog` instead.")


async def show(bot: Bot, request: Request) -> Answer | None:
    return await show_item(bot, request, _number(request))


async def plan(bot: Bot, request: Request) -> Answer | None:
    return await change(bot, request, backlog.plan, _number(request))


async def done(bot: Bot, request: Request) -> Answer | None:
    return await change(bot, request, backlog.finish, _number(request))


async def reopen(bot: Bot, request: Request) -> Answer | None:
    return await change(bot, request, backlog.reopen, _number(request))


async def decline(bot: Bot, request: Request) -> Answer | None:
    async with bot.db.read() as session:
        item = await item_by_number(session, _number(request), request.viewer)
    await show_form(bot, request, decline_form(item, bot.config))
    return None


async def add(bot: Bot, request: Request) -> Answer | None:
    service = bot.config.service(str(request.action.get("value", "")))
    await show_form(bot, request, add_form(bot.config, service=service.name if service else None))
    return None


async def turn(bot: Bot, request: Request) -> Answer | None:
    page, which = request.chosen
    kind, _, service = which.partition(":")
    return await list_page(
        bot, request, service=service or None, everything=kind == "all", page=min(page or 0, LAST_PAGE)
    )


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
    Action("backlog.older", turn),
    Action("backlog.newer", turn),
    Action("review.tune", tune),
    Action("review.back", turn_review),
    Action("review.more", turn_review),
)
