"""Opening and changing modals, the only Slack calls that handlers make, as the answer to a click; and what several
of them ask for.
"""

import asyncio

from bot.config import Config, Service
from bot.core.errors import UserError
from bot.delivery.slack import Call, Unclear
from bot.runtime import Bot
from bot.views.text import Block
from handlers.authorise import account
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


def service_chosen(config: Config, request: Request) -> Service | None:
    """The service that was chosen in a form, if any was; raises UserError for one that is no longer in app.yaml."""
    name = request.value("service")
    service = config.service(name) if name else None
    if name and service is None:
        raise UserError(
            f"The service “{name}” is not in app.yaml any more.", "Choose another.", field="service"
        )
    return service


async def member_chosen(bot: Bot, request: Request, field: str, *, ask: str, refusal: str) -> str:
    """The full member whom a form's field names; raises UserError where nobody is chosen, and for guests and bots."""
    user = request.value(field)
    if not isinstance(user, str) or not user:
        raise UserError(ask, "Choose somebody.", field=field)
    known = await account(bot, user)
    if known is not None and known.is_no_member:
        raise UserError(refusal, "Choose a member.", field=field)
    return user


async def member_if_chosen(bot: Bot, request: Request, field: str, *, refusal: str) -> str | None:
    """The same where a field may be left empty."""
    return await member_chosen(bot, request, field, ask="", refusal=refusal) if request.value(field) else None


async def _within(bot: Bot, call: Call) -> None:
    try:
        await asyncio.wait_for(bot.slack.call(call), ANSWER_WITHIN)
    except TimeoutError:
        raise Unclear(call.method, "no answer in time", arrived=True) from None
