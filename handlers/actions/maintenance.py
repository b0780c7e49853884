"""Clicks under maintenance: start, one hour more, end."""

from bot.runtime import Bot
from bot.views.maintenance import start_form
from handlers import maintenance
from handlers.forms import show
from handlers.registrations import Action
from handlers.request import Answer, Request


async def start(bot: Bot, request: Request) -> Answer | None:
    await show(bot, request, start_form(bot.config, (), now=bot.clock.now()))
    return None


async def extend(bot: Bot, request: Request) -> Answer | None:
    return await maintenance.extend(bot, request, maintenance.number_of(request))


async def end(bot: Bot, request: Request) -> Answer | None:
    return await maintenance.end(bot, request, maintenance.number_of(request))


ACTIONS = (
    Action("maintenance.start", start),
    Action("maintenance.extend", extend),
    Action("maintenance.end", end),
)
