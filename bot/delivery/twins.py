"""A message that was sent again in doubt may arrive a second time, later than anybody looked: then one of them goes."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.outbox import OutboxItem, enqueue
from bot.delivery.sender import Later, Sender, Stale, key_of, messages_of
from bot.delivery.slack import Call, Refused, Slack

# Tocsin closes the connection of a call that takes too long; what was in it may lie in a queue of Slack's for a while.
LOOKED_FOR_AFTER = (timedelta(seconds=30), timedelta(minutes=5))


async def look_later(
    session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], *, now: datetime
) -> None:
    """After the message of `item` arrived: looks for another one of it, if more than one call may have posted it."""
    sent_once = answer.get("found") and item.attempts <= 2
    posted = call.method == "chat.postMessage" and "ts" in answer  # nothing was, where one only looked
    if not posted or not item.doubtful or sent_once:
        return
    kept = {"key": key_of(item), "channel": answer["channel"], "ts": answer["ts"]}
    if "thread_ts" in call.args:
        kept["thread"] = call.args["thread_ts"]
    for delay in LOOKED_FOR_AFTER:
        enqueue(session, "message.twin", now=now, about=kept, delay=delay)


class TwinSender(Sender):
    """Deletes what carries the key of a message and is not the one that Tocsin knows of."""

    kind = "message.twin"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        return Call("chat.delete", {"channel": item.about["channel"]})

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        about = item.about
        async for message in messages_of(slack, about["key"], about["channel"], about.get("thread")):
            if message["ts"] != about["ts"]:
                await _delete(slack, Call(call.method, {**call.args, "ts": message["ts"]}))
        return {}

    def besides(self, call: Call) -> tuple[str, ...]:
        return ("conversations.history",)


async def _delete(slack: Slack, call: Call) -> None:
    try:
        await slack.call(call)
    except Refused as refusal:
        if refusal.code != "message_not_found":  # somebody was quicker
            raise
