"""The forms of routine tasks, sent."""

from bot.core.errors import UserError
from bot.routine import planned, tasks
from bot.runtime import Bot
from bot.views import planned_tasks as view
from bot.views.forms import message_form
from handlers.forms import member_chosen, member_if_chosen
from handlers.registrations import Submission
from handlers.request import Answer, Request, carry_out
from handlers.routine_tasks import NO_MEMBER


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
    to = await member_chosen(bot, request, "person", ask="Say who does it.", refusal=NO_MEMBER)
    async with carry_out(bot, request) as session:
        await tasks.hand_over(
            session, _number(request), to, config=bot.config, by=request.user_id, now=bot.clock.now()
        )
    return None


async def change_planned(bot: Bot, request: Request) -> Answer | None:
    owner = await member_if_chosen(bot, request, "owner", refusal=NO_MEMBER)
    async with carry_out(bot, request) as session:
        row = await planned.change(
            session,
            _number(request),
            title=request.words("title"),
            description=request.words("text"),
            rhythm=request.words("cadence"),
            owner=owner,
            config=bot.config,
            by=request.user_id,
            now=bot.clock.now(),
        )
    return Answer(view=message_form("Changed", view.changed_text(row)))


SUBMISSIONS = (
    Submission("task_skip", skip),
    Submission("task_hand_over", hand_over),
    Submission("planned_change", change_planned),
)
