"""Carrying out a verb on what has a number – an incident, a page, an item of the backlog, maintenance – for whoever
asks, by a command, a form or a button.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from bot.runtime import Bot
from handlers.request import Request, carry_out

Row = TypeVar("Row")
Verb = Callable[..., Awaitable[Row]]


async def work(bot: Bot, request: Request, verb: Verb[Row], number: int, *what: Any, **further: Any) -> Row:
    """Carries out a verb on `number` for who asked; raises Repeated when this request did already."""
    async with carry_out(bot, request) as session:
        return await verb(session, number, *what, by=request.user_id, now=bot.clock.now(), **further)
