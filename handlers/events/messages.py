"""A 📌 reaction or a pin puts a message on the timeline; what becomes of it in Slack follows it there."""

from bot.incidents.missed import MARKS
from bot.incidents.queries import by_channel
from bot.incidents.updates import keep_message, reread_message, timelines_with
from bot.runtime import Bot
from handlers.authorise import authorise
from handlers.events.origin import by_a_bot, is_ours
from handlers.registrations import Event
from handlers.request import Answer, Request, carry_out


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


async def changed(bot: Bot, request: Request) -> Answer | None:
    """A message was edited or deleted. Nearly none of them stands on a timeline, and nothing is written then."""
    event, channel = request.body["event"], request.channel_id
    if event.get("subtype") not in ("message_changed", "message_deleted") or not channel:
        return None
    before, after = event.get("previous_message") or {}, event.get("message") or {}
    if event["subtype"] == "message_changed" and all(
        before.get(part) == after.get(part) for part in ("text", "files", "attachments", "subtype")
    ):
        return None  # a link was unfolded, or somebody answered in the thread
    ts = after.get("ts") or event.get("deleted_ts") or before.get("ts")
    if not ts or is_ours(request, after.get("user") or before.get("user")):
        return None
    async with bot.db.read() as session:
        if not await timelines_with(session, channel, ts):
            return None
    async with carry_out(bot, request) as session:
        await reread_message(session, channel=channel, ts=ts, now=bot.clock.now())
    return None


_READS = {
    "channels:history": "sees when a message of the timeline is edited or deleted",
    "groups:history": "the same in private incidents",
}

EVENTS = (
    Event("message", changed, _READS, subscriptions=("message.channels", "message.groups")),
    Event("reaction_added", reaction, {"reactions:read": "a 📌 reaction puts a message on the timeline"}),
    Event("pin_added", pin, {"pins:read": "a pinned message goes on the timeline"}),
)
