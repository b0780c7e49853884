"""Working an incident, from wherever it is asked for: commands, forms and buttons lead here."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.incidents.rows import Incident
from bot.runtime import Bot
from handlers.request import Request, carry_out

Verb = Callable[..., Awaitable[Incident]]


async def work(bot: Bot, request: Request, verb: Verb, number: int, *what: Any, **further: Any) -> Incident:
    """Carries out a verb on incident `number` for who asked; raises Repeated when this request did already."""
    async with carry_out(bot, request) as session:
        return await verb(session, number, *what, by=request.user_id, now=bot.clock.now(), **further)
