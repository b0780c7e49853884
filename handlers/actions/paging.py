"""Clicks on pages: acknowledge one, acknowledge all of a message, still on it."""

from bot.core.errors import RuleRefused, UserError
from bot.incidents import paging
from bot.paging.ringing import bundle_of
from bot.runtime import Bot
from handlers.registrations import Action
from handlers.request import Answer, Request, carry_out


def _number(request: Request) -> int:
    value = str(request.action.get("value", ""))
    if not (value.isascii() and value.isdigit()):
        raise UserError("That button does not say which page it is about.", "Use a newer message.")
    return int(value[:18])


async def acknowledge(bot: Bot, request: Request) -> Answer | None:
    async with carry_out(bot, request) as session:
        await paging.acknowledge(
            session, _number(request), config=bot.config, by=request.user_id, now=bot.clock.now()
        )
    return None


async def acknowledge_all(bot: Bot, request: Request) -> Answer | None:
    """Those of the message that still ring; each is a page of its own."""
    async with carry_out(bot, request) as session:
        numbers = {one.page_id for one in await bundle_of(session, _number(request))}
        done = await paging.acknowledge_all(
            session, numbers, config=bot.config, by=request.user_id, now=bot.clock.now()
        )
        if not done:
            raise RuleRefused("None of these pages rings any more.")
    return None


async def still_on_it(bot: Bot, request: Request) -> Answer | None:
    """Answers the question: that is progress enough for now."""
    async with carry_out(bot, request) as session:
        page = await paging.confirm(session, _number(request), by=request.user_id, now=bot.clock.now())
    return Answer(f":white_check_mark: Noted. Page #{page.id} goes on as acknowledged.")


ACTIONS = (
    Action("page.acknowledge", acknowledge),
    Action("page.acknowledge_all", acknowledge_all),
    Action("page.still_on_it", still_on_it),
)
