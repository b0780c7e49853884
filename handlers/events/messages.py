"""A 📌 reaction or a pin puts a message on the timeline."""

from bot.incidents.queries import by_channel
from bot.incidents.updates import keep_message
from bot.runtime import Bot
from handlers.authorise import authorise
from handlers.events.origin import by_a_bot
from handlers.registrations import Event
from handlers.request import Answer, Request, carry_out

# What Slack calls 📌 and 📍.
MARKS = frozenset({"pushpin", "round_pushpin"})


async def reaction(bot: Bot, request: Request) -> Answer | None:
    event = request.body["event"]
    item = event.get("item") or {}
    if event.get("reaction") in MARKS and item.get("type") == "message":
        await _keep(bot, request, item.get("ts"), "reaction")
    return None


async def pin(bot: Bot, request: Request) -> Answer | None:
    item = request.body["event"].get("item") or {}
    if item.get("type") == "message":
        await _keep(bot, request, (item.get("message") or {}).get("ts"), "pin")
    return None


async def _keep(bot: Bot, request: Request, ts: str | None, how: str) -> None:
    if by_a_bot(request) or not request.channel_id or not ts:
        return
    await authorise(bot, request)
    async with carry_out(bot, request) as session:
        incident = await by_channel(session, request.channel_id, request.viewer)
        if incident is not None and ts != incident.card_ts:
            await keep_message(
                session,
                incident,
                channel=request.channel_id,
                ts=ts,
                by=request.user_id,
                how=how,
                now=bot.clock.now(),
            )


EVENTS = (
    Event("reaction_added", reaction, {"reactions:read": "a 📌 reaction puts a message on the timeline"}),
    Event("pin_added", pin, {"pins:read": "a pinned message goes on the timeline"}),
)
