"""Plans that are sent as files, for commands and clicks alike."""

from bot.routine import plans
from bot.runtime import Bot
from handlers.request import Answer, Request, carry_out


async def send_plan(bot: Bot, request: Request, number: int) -> Answer:
    """The file leaves by the outbox."""
    async with carry_out(bot, request) as session:
        plan = await plans.finished_by_number(session, number)
        plans.send(session, plan, to=request.user_id, now=bot.clock.now())
    return Answer(f":page_facing_up: Plan #{number} is on its way into your direct messages with me.")
