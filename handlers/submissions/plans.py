"""The forms of the planning interview, sent."""

from bot.routine import plans
from bot.runtime import Bot
from handlers.registrations import Submission
from handlers.request import Answer, Request
from handlers.working import work


async def answer(bot: Bot, request: Request) -> Answer | None:
    """The message below shows the next question."""
    said = {
        "text": request.words("text"),
        "todo": request.words("todo"),
        "again": request.words("again"),
        "risks": request.words("risks"),
    }
    number, position = request.form_number("plan"), request.form_number("position")
    await work(bot, request, plans.answer, number, position, said)
    return None


async def make(bot: Bot, request: Request) -> Answer | None:
    items, risks = request.value("items") or (), request.value("risks_made") or ()
    await work(bot, request, plans.make, request.form_number("plan"), items, risks, config=bot.config)
    return None


SUBMISSIONS = (Submission("plan_answer", answer), Submission("plan_make", make))
