"""An incident's channel that somebody archived or opened again in Slack itself."""

from collections.abc import Awaitable, Callable

from bot.core.viewer import PROGRAM
from bot.incidents import archiving
from bot.incidents.queries import by_channel
from bot.runtime import Bot
from handlers.events.origin import by_a_bot
from handlers.registrations import Event
from handlers.request import Answer, Handle, Request, carry_out


def _noted(verb: Callable[..., Awaitable[None]]) -> Handle:
    async def handle(bot: Bot, request: Request) -> Answer | None:
        if by_a_bot(request) or not request.channel_id:
            return None
        async with carry_out(bot, request) as session:
            incident = await by_channel(session, request.channel_id, PROGRAM)
            if incident is not None:
                await verb(session, incident.id, by=request.user_id, now=bot.clock.now())
        return None

    return handle


archived, unarchived = _noted(archiving.was_archived), _noted(archiving.was_unarchived)

_PUBLIC = {"channels:read": "knows when somebody archives an incident's channel, or opens it again"}
_PRIVATE = {"groups:read": "the same for private incidents"}

EVENTS = (
    Event("channel_archive", archived, _PUBLIC),
    Event("channel_unarchive", unarchived, _PUBLIC),
    Event("group_archive", archived, _PRIVATE),
    Event("group_unarchive", unarchived, _PRIVATE),
)
