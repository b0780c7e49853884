"""The form that hands roles over, sent."""

from bot.incidents.handover import hand_over
from bot.runtime import Bot
from handlers.forms import member_chosen
from handlers.own_card import keeps_current
from handlers.registrations import Submission
from handlers.request import Answer, Request
from handlers.working import work


def _number(request: Request) -> int:
    return request.form_number("incident")


async def handover(bot: Bot, request: Request) -> Answer | None:
    number = _number(request)
    user = await member_chosen(
        bot,
        request,
        "user",
        ask="Somebody must take over.",
        refusal="This is a guest, a bot, of another organization, or has left, and cannot have a role.",
    )
    which = request.words("which").removeprefix("role:")
    await work(
        bot, request, hand_over, number, user, which=which, text=request.words("text"), config=bot.config
    )
    return None


SUBMISSIONS = (Submission("handover", keeps_current(handover, _number)),)
