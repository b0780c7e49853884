"""Answers to what an incident asks its people for."""

import re
from datetime import timedelta

from bot.core.errors import UserError
from bot.incidents import nudging
from bot.runtime import Bot
from handlers.registrations import Action
from handlers.request import Answer, Request
from handlers.working import work


def _asked(request: Request) -> tuple[int, str]:
    """The incident and the kind of question that a button belongs to; raises UserError."""
    number, kind = request.chosen
    if number is None or kind not in nudging.KINDS:
        raise UserError("That button does not say what it answers.", "`/incident update` posts an update.")
    return number, kind


async def snooze(bot: Bot, request: Request) -> Answer | None:
    number, kind = _asked(request)
    minutes = int(str(request.action["action_id"]).rpartition(".")[2])
    await work(bot, request, nudging.snooze, number, kind, timedelta(minutes=minutes))
    return None


async def goes_on(bot: Bot, request: Request) -> Answer | None:
    """It is not over: it is asked again when it was silent for as long again."""
    number, kind = _asked(request)
    await work(bot, request, nudging.snooze, number, kind, bot.config.nudges.quiet_after or timedelta(days=1))
    return None


async def stop(bot: Bot, request: Request) -> Answer | None:
    number, kind = _asked(request)
    await work(bot, request, nudging.stop, number, kind)
    return None


ACTIONS = (
    Action(re.compile(r"nudge\.snooze\.\d{1,3}"), snooze),
    Action("nudge.goes_on", goes_on),
    Action("nudge.stop", stop),
)
