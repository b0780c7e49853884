"""Ending an override, by command or by button."""

from bot.oncall.standing_in import take_back
from bot.runtime import Bot
from handlers.oncall_text import actor_of
from handlers.request import Answer, Request, carry_out


async def cancel(bot: Bot, request: Request, number: int) -> Answer:
    async with carry_out(bot, request) as session:
        actor = await actor_of(session, bot, request)
        row = await take_back(
            session, number, config=bot.config, actor=actor, by=request.user_id, now=bot.clock.now()
        )
    done = "cancelled" if row.cancelled_at is not None else "ended now"
    return Answer(f":white_check_mark: Override #{row.id} is {done}.")
