"""The forms of the planning interview, sent."""

from bot.routine import plans
from bot.runtime import Bot
from handlers.numbered import number_of_form
from handlers.registrations import Submission
from handlers.request import Answer, Request, carry_out


async def answer(bot: Bot, request: Request) -> Answer | None:
    """The message below shows the next question."""
    said = {
        "text": request.words("text"),
        "todo": request.words("todo"),
        "again": request.words("again"),
        "risks": request.words("risks"),
    }
    number, position = number_of_form(request, "plan"), number_of_form(request, "position")
    async with carry_out(bot, request) as session:
        await plans.answer(session, number, position, said, by=request.user_id, now=bot.clock.now())
    return None


async def make(bot: Bot, request: Request) -> Answer | None:
    items, risks = request.value("items") or (), request.value("risks_made") or ()
    async with carry_out(bot, request) as session:
        await plans.make(
            session,
            number_of_form(request, "plan"),
            items,
            risks,
            by=request.user_id,
            now=bot.clock.now(),
            config=bot.config,
        )
    return None


SUBMISSIONS = (Submission("plan_answer", answer), Submission("plan_make", make))
