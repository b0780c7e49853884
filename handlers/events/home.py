"""Somebody opened App Home."""

from bot.incidents.homes import home_opened
from bot.runtime import Bot
from handlers.authorise import account
from handlers.registrations import Event
from handlers.request import Answer, Request, carry_out


async def opened(bot: Bot, request: Request) -> Answer | None:
    if request.body["event"].get("tab", "home") != "home" or not request.user_id:
        return None
    await account(bot, request.user_id)  # so that a guest's Home is one from the first time on
    async with carry_out(bot, request) as session:
        await home_opened(session, request.user_id, now=bot.clock.now())
    return None


EVENTS = (Event("app_home_opened", opened),)
