"""Opening and changing modals: the only Slack calls that handlers make, as the answer to a click."""

import asyncio

from bot.delivery.slack import Call, Unclear
from bot.runtime import Bot
from bot.views.text import Block
from handlers.entry import ANSWER_WITHIN
from handlers.request import Request


async def show(bot: Bot, request: Request, view: Block) -> None:
    """Opens a modal, on top of the one that the click was in; raises SlackFailed."""
    in_modal = request.view.get("type") == "modal"
    await _within(
        bot,
        Call("views.push" if in_modal else "views.open", {"trigger_id": request.trigger_id, "view": view}),
    )


async def replace(bot: Bot, request: Request, view: Block) -> None:
    """Changes the modal that the click was in, unless it changed in the meantime; raises SlackFailed."""
    await _within(
        bot,
        Call("views.update", {"view_id": request.view["id"], "hash": request.view.get("hash"), "view": view}),
    )


async def _within(bot: Bot, call: Call) -> None:
    try:
        await asyncio.wait_for(bot.slack.call(call), ANSWER_WITHIN)
    except TimeoutError:
        raise Unclear(call.method, "no answer in time", arrived=True) from None
