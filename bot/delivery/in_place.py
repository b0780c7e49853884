"""Messages that are posted once and then edited in place; where somebody deleted one, a new one takes its place."""

from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.outbox import OutboxItem
from bot.delivery.incident_messages import GONE, MessageSender, find_channel
from bot.delivery.sender import AT_ONCE, find_message, new_message
from bot.delivery.slack import Call, Slack


class Posted(Protocol):
    """A row that has a message."""

    message_ts: Any


class Kept(Posted, Protocol):
    """A row that has a message in a channel which it knows."""

    channel_id: Any


PostedRow = TypeVar("PostedRow", bound=Posted)


class EditedInPlace(MessageSender, Generic[PostedRow]):
    """A message of a row: posted once, then edited where it stands."""

    async def row(self, session: AsyncSession, item: OutboxItem) -> PostedRow | None:
        """What the message is of, as its outcome is written down."""
        raise NotImplementedError

    def stands(self, row: PostedRow, answer: dict[str, Any]) -> None:
        """Notes where it was posted."""
        row.message_ts = answer["ts"]

    def tell_again(self, session: AsyncSession, row: PostedRow, now: datetime) -> None:
        """Called for a message of an earlier attempt that was found: it may show an older state."""

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        row = await self.row(session, item)
        if row is not None and call.method == "chat.postMessage":
            self.stands(row, answer)
            if answer.get("found"):
                self.tell_again(session, row, now)

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        """Somebody deleted it: post a new one."""
        row = await self.row(session, item)
        if code not in GONE or row is None:
            return None
        row.message_ts = None
        return AT_ONCE


class KeptInChannel(EditedInPlace[Kept]):
    """A message in a channel that is known by its name."""

    async def find(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        if call.method != "chat.postMessage":
            return None
        channel = await find_channel(slack, str(call.args["channel"]).removeprefix("#"))
        if channel is None:
            return None
        return await find_message(slack, item, Call(call.method, {**call.args, "channel": channel["id"]}))

    def said(self, item: OutboxItem, row: Kept, channel: str, args: dict[str, Any]) -> Call:
        """The first time in the channel of this name, then where it stands."""
        if row.message_ts is None:
            return new_message(item, {**args, "channel": f"#{channel}"})
        return Call("chat.update", {**args, "channel": row.channel_id, "ts": row.message_ts})

    def stands(self, row: Kept, answer: dict[str, Any]) -> None:
        row.channel_id, row.message_ts = answer["channel"], answer["ts"]
