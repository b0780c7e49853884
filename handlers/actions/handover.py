"""Clicks of those who hand over, and of those who come new."""

from bot.incidents.lifecycle import refuse_if_closed
from bot.incidents.queries import by_number, situation
from bot.runtime import Bot
from bot.views.catch_up import handover_form
from handlers.actions.card import number_of, open_timeline
from handlers.catch_up import open_catch_up
from handlers.forms import show
from handlers.own_card import keeps_current, opened_from
from handlers.registrations import Action
from handlers.request import Answer, Request


async def handover(bot: Bot, request: Request) -> Answer | None:
    async with bot.db.read() as session:
        incident = await by_number(session, number_of(request), request.viewer)
        around = await situation(session, incident)
    refuse_if_closed(incident)
    form = handover_form(around, bot.config, request.user_id)
    await show(bot, request, opened_from(request, incident, form))
    return None


async def catch_up(bot: Bot, request: Request) -> Answer | None:
    await open_catch_up(bot, request, number_of(request))
    return None


async def timeline(bot: Bot, request: Request) -> Answer | None:
    await open_timeline(bot, request)
    return None


ACTIONS = (
    Action("incident.handover", keeps_current(handover, number_of)),
    Action("incident.catch_up", catch_up),
    Action("incident.timeline", timeline),
)
