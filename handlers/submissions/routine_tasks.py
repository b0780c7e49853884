"""The forms of routine tasks, sent."""

from bot.core.errors import UserError
from bot.routine import tasks
from bot.runtime import Bot
from handlers.forms import member_chosen
from handlers.registrations import Submission
from handlers.request import Answer, Request, carry_out


def _number(request: Request) -> int:
    number = request.about.get("task")
    if not isinstance(number, int):
        raise UserError("This form does not say which task it is about.", "Close it and open it again.")
    return number


async def skip(bot: Bot, request: Request) -> Answer | None:
    async with carry_out(bot, request) as session:
        await tasks.skip(
            session, _number(request), request.words("reason"), by=request.user_id, now=bot.clock.now()
        )
    return None


async def hand_over(bot: Bot, request: Request) -> Answer | None:
    refusal = "Guests and bots have no tasks of the routine."
    to = await member_chosen(bot, request, "person", ask="Say who does it.", refusal=refusal)
    async with carry_out(bot, request) as session:
        await tasks.hand_over(
            session, _number(request), to, config=bot.config, by=request.user_id, now=bot.clock.now()
        )
    return None


SUBMISSIONS = (Submission("task_skip", skip), Submission("task_hand_over", hand_over))
