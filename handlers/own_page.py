"""After a click on a page: what shows it is brought up to date, also when the click was refused, as it was stale then.

A message that all see is edited through the outbox by the verb; a reader's own (`/page show`, the own card) and a
message whose click was refused are brought up to date here.
"""

import structlog

from bot.core.db import is_unreachable
from bot.core.errors import UserError
from bot.core.outbox import Priority, enqueue
from bot.incidents.paging import changed, locked_page
from bot.runtime import Bot
from bot.views.forms import about
from bot.views.page_buttons import ON_CARD
from bot.views.text import Block
from handlers.own_card import place_of
from handlers.request import Answer, Handle, Request

log = structlog.get_logger(__name__)


def page_number(request: Request) -> int:
    """The page that a clicked element or a sent form names."""
    number = request.about.get("page") if request.kind == "submission" else request.chosen[0]
    if isinstance(number, int):
        return number
    raise UserError("That does not say which page it is about.", "`/page list` shows those that are open.")


def keeps_current(handle: Handle) -> Handle:
    """The handler of a click on a page, or of a form that one opened."""

    async def handled(bot: Bot, request: Request) -> Answer | None:
        refused = False
        try:
            return await handle(bot, request)
        except UserError:
            refused = True
            raise
        finally:
            await _bring_up_to_date(bot, request, refused=refused)

    return handled


def opened_from(request: Request, number: int, form: Block) -> Block:
    """The form, which remembers the reader's own message that opened it."""
    return {**form, "private_metadata": about(page=number, card=place_of(request), on=_surface(request))}


def _surface(request: Request) -> str | None:
    if request.kind == "submission":
        return request.about.get("on")
    return "card" if str(request.action.get("block_id", "")).startswith(ON_CARD) else None


async def _bring_up_to_date(bot: Bot, request: Request, *, refused: bool) -> None:
    place = place_of(request)
    if place is None and not refused:
        return
    try:
        async with bot.db.begin() as session:
            page, record_on = await locked_page(session, page_number(request), request.viewer)
            now = bot.clock.now()
            if place is None:
                await changed(session, page, record_on, now=now)
            elif _surface(request) == "card":
                enqueue(
                    session,
                    "own_card",
                    now=now,
                    about={"incident": page.incident_id, "user": request.user_id, **place},
                    fold=f"own_card:{place['place']}",
                    priority=Priority.ANSWER,
                )
            elif "response_url" in place:
                enqueue(
                    session,
                    "own_page",
                    now=now,
                    about={"page": page.id, "user": request.user_id, **place},
                    fold=f"own_page:{place['place']}",
                    priority=Priority.ANSWER,
                )
    except UserError:
        return  # there is no such page for this person; the handler has said so
    except Exception as error:
        if not is_unreachable(error):
            raise
        # The click has its own answer, which must stay true: what it changed was committed before.
        log.warning("The database does not answer; what shows the page stays as it is")
