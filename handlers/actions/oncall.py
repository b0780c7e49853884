"""Clicks about shifts: on a request to cover or swap, on an override, on a calendar link."""

from bot.oncall import requests
from bot.runtime import Bot
from handlers import oncall_feed
from handlers.oncall_text import actor_of
from handlers.overriding import cancel
from handlers.registrations import Action
from handlers.request import Answer, Request, carry_out


def _number(request: Request) -> int:
    return request.number("what", "Use a newer message.")


async def agree(bot: Bot, request: Request) -> Answer | None:
    async with carry_out(bot, request) as session:
        actor = await actor_of(session, bot, request)
        await requests.agree(
            session,
            _number(request),
            config=bot.config,
            actor=actor,
            by=request.user_id,
            now=bot.clock.now(),
        )
    return Answer(":white_check_mark: Thank you: the shift is yours. `/oncall me` shows it.")


async def decline(bot: Bot, request: Request) -> Answer | None:
    async with carry_out(bot, request) as session:
        actor = await actor_of(session, bot, request)
        await requests.decline(session, _number(request), config=bot.config, actor=actor, now=bot.clock.now())
    return None


async def withdraw(bot: Bot, request: Request) -> Answer | None:
    async with carry_out(bot, request) as session:
        actor = await actor_of(session, bot, request)
        await requests.withdraw(
            session,
            _number(request),
            config=bot.config,
            actor=actor,
            by=request.user_id,
            now=bot.clock.now(),
        )
    return None


async def cancel_override(bot: Bot, request: Request) -> Answer | None:
    return await cancel(bot, request, _number(request))


async def renew_feed(bot: Bot, request: Request) -> Answer | None:
    schedule = str(request.action.get("value", ""))
    return await oncall_feed.renew(bot, request, None if schedule == "me:" else schedule)


async def revoke_feed(bot: Bot, request: Request) -> Answer | None:
    return await oncall_feed.revoke_by_id(bot, request, _number(request))


ACTIONS = (
    Action("oncall.request.agree", agree),
    Action("oncall.request.decline", decline),
    Action("oncall.request.withdraw", withdraw),
    Action("oncall.override.cancel", cancel_override),
    Action("oncall.feed.renew", renew_feed),
    Action("oncall.feed.revoke", revoke_feed),
)
