"""Somebody opened App Home."""

from bot.incidents.homes import home_opened
from bot.runtime import Bot
from handlers.registrations import Event
from handlers.request import Answer, Request, carry_out


async def opened(bot: Bot, request: Request) -> Answer | None:
    if request.body["event"].get("tab", "home") != "home" or not request.user_id:
        return None
    async with carry_out(bot, request) as session:
        await home_opened(session, request.user_id, now=bot.clock.now())
    return None


EVENTS = (Event("app_home_opened", opened),)
