"""A reader's own card – an ephemeral message or a modal – and their list of tasks or links or page of the timeline, after a
click on it: it shows what is so by now.

Slack lets it be changed only in answer to a click, for half an hour. So each click on it, and each form that
was opened from it, leads to one more look at the rows, also when it was refused: the card was out of date then.
"""

from collections.abc import Callable
from typing import Any

import structlog

from bot.core.db import is_unreachable
from bot.core.outbox import Priority, enqueue
from bot.incidents.rows import Incident
from bot.runtime import Bot
from bot.views.forms import about
from bot.views.text import Block
from handlers.request import Answer, Handle, Request

log = structlog.get_logger(__name__)


# The modals that are lists, which show a page.
LISTS = ("tasks", "links", "timeline")


def keeps_current(handle: Handle, number: Callable[[Request], int | None]) -> Handle:
    """The handler of a click on a card or list, or of a form that one opens; `number` tells which incident, none for
    the list of one's own tasks.
    """

    async def handled(bot: Bot, request: Request) -> Answer | None:
        try:
            return await handle(bot, request)
        finally:
            if (place := place_of(request)) is not None:
                await _bring_up_to_date(bot, request, number(request), place)

    return handled


def opened_from(request: Request, incident: Incident, form: Block, **further: Any) -> Block:
    """The form, which remembers the reader's own card or list that opened it, and what else it is about."""
    return {**form, "private_metadata": about(incident=incident.id, card=place_of(request), **further)}


def place_of(request: Request) -> dict[str, Any] | None:
    """Where the reader's own card stands; None for the card that all see, which the verbs keep current."""
    if request.kind == "submission":
        return request.about.get("card")
    container = request.body.get("container") or {}
    if container.get("is_ephemeral") and request.response_url is not None:
        place = f"{container.get('channel_id')}/{container.get('message_ts')}"
        return {"response_url": request.response_url, "place": place}
    if request.view.get("type") == "modal":
        opened: dict[str, Any] = {"view": request.view["id"], "place": request.view["id"]}
        if (shows := request.view.get("callback_id")) in LISTS:
            opened |= {"shows": shows, "of": request.about.get("incident"), "page": request.about.get("page")}
        return opened
    return None


async def _bring_up_to_date(bot: Bot, request: Request, number: int | None, place: dict[str, Any]) -> None:
    try:
        async with bot.db.begin() as session:
            enqueue(
                session,
                "own_card",
                now=bot.clock.now(),
                about={"incident": number, "user": request.user_id, **place},
                fold=f"own_card:{place['place']}",
                priority=Priority.ANSWER,
            )
    except Exception as error:
        if not is_unreachable(error):
            raise
        # The click has its own answer, which must stay true: what it changed was committed before.
        log.warning("The database does not answer; a reader's own card stays as it is")
