"""Who comes to an incident's channel takes part; who leaves does no more."""

from bot.core.viewer import PROGRAM
from bot.incidents import roles
from bot.incidents.queries import by_channel
from bot.runtime import Bot
from handlers.events.origin import by_a_bot
from handlers.registrations import Event
from handlers.request import Answer, Request, carry_out


async def joined(bot: Bot, request: Request) -> Answer | None:
    if by_a_bot(request) or not request.channel_id:
        return None
    async with carry_out(bot, request) as session:
        incident = await by_channel(session, request.channel_id, PROGRAM)
        if incident is not None:
            await roles.came(session, incident.id, request.user_id, now=bot.clock.now())
    return None


async def left(bot: Bot, request: Request) -> Answer | None:
    if by_a_bot(request) or not request.channel_id:
        return None
    async with carry_out(bot, request) as session:
        incident = await by_channel(session, request.channel_id, PROGRAM)
        if incident is not None:
            await roles.went(session, incident.id, request.user_id, now=bot.clock.now())
    return None


_SCOPES = {
    "channels:read": "who comes to an incident's channel takes part in it",
    "groups:read": "the same for private incidents",
}

EVENTS = (
    Event("member_joined_channel", joined, _SCOPES),
    Event("member_left_channel", left, _SCOPES),
)
