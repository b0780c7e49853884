"""The form of maintenance, sent."""

from datetime import UTC, datetime

from bot.core.errors import UserError
from bot.runtime import Bot
from bot.views.forms import message_form
from handlers import maintenance
from handlers.registrations import Submission
from handlers.request import Answer, Request


async def start(bot: Bot, request: Request) -> Answer | None:
    services = request.value("services") or []
    if not services:
        raise UserError("Choose at least one service.", field="services")
    begins, ends = (request.value("starts_at"), request.value("ends_at"))
    if not isinstance(begins, int) or not isinstance(ends, int):
        raise UserError("Say from when to when.", "Choose a day and a time.", field="ends_at")
    answer = await maintenance.start(
        bot,
        request,
        services,
        datetime.fromtimestamp(begins, UTC),
        datetime.fromtimestamp(ends, UTC),
        reason=request.words("reason"),
    )
    return Answer(view=message_form("Maintenance", answer.text))


SUBMISSIONS = (Submission("maintenance_start", start),)
