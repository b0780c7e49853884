"""The forms of the planning interview, sent."""

from bot.routine import plans
from bot.routine.plans import Chosen
from bot.runtime import Bot
from handlers.forms import member_if_chosen
from handlers.registrations import Submission
from handlers.request import Answer, Request
from handlers.routine_tasks import NO_MEMBER
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
    chosen = Chosen(
        items=request.value("items") or (),
        risks=request.value("risks_made") or (),
        tasks=request.value("tasks") or (),
        owner=await member_if_chosen(bot, request, "owner", refusal=NO_MEMBER),
    )
    await work(bot, request, plans.make, request.form_number("plan"), chosen, config=bot.config)
    return None


SUBMISSIONS = (Submission("plan_answer", answer), Submission("plan_make", make))
