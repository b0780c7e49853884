"""What every kind of outbox row brings: a sender.

compose   the call, built from the rows as they are now       (in a reading transaction)
find      did an earlier, doubtful attempt arrive?             (network)
send      the call itself                                      (network)
arrived   what follows from its success                        (in the transaction that finishes the row)
refused   what follows from a refusal that means something     (in the transaction that puts it back)
stumbled  what follows from any other failure                   (in the same)
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.outbox import OutboxItem
from bot.delivery.slack import Call, Slack, SlackFailed

METADATA = "tocsin_outbox"


@dataclass(frozen=True)
class Stale:
    """Nothing to tell any more; `fulfilled` when what it was to bring about is so already."""

    reason: str
    fulfilled: bool = False


@dataclass(frozen=True)
class Later:
    """Something that must come first has not happened yet."""

    reason: str
    wait: timedelta = timedelta(seconds=2)


class Sender:
    """The base of all senders: sends what `compose` gives, once it is known that it did not arrive before."""

    kind: ClassVar[str]
    # What it is, for the timeline: "the channel's topic". Empty: failures are only logged.
    what: ClassVar[str] = ""

    def __init__(self, config: Config) -> None:
        self.config = config

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        raise NotImplementedError

    async def find(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        """The answer of an earlier attempt that did arrive; None when sending (again) is right."""
        return None

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        return await slack.call(call)

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        """Records what came of it."""

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        """Reacts to a refusal that has a remedy of its own; returns the wait before the next attempt, or None."""
        return None

    async def stumbled(
        self, session: AsyncSession, item: OutboxItem, failure: SlackFailed, now: datetime
    ) -> None:
        """Called at each failure that is no refusal with a remedy, news or not."""

    async def failed(self, session: AsyncSession, item: OutboxItem, now: datetime) -> None:
        """Called once, at the first failure worth telling: what else should go on without waiting for this."""

    def what_of(self, item: OutboxItem) -> str:
        """What failed, in words for the timeline."""
        return self.what


def key_of(item: OutboxItem) -> str:
    """Names an intent for ever: row numbers alone begin again with a new database on an old workspace."""
    return f"{item.id}-{int(item.created_at.timestamp() * 1_000_000):x}"


def signed(item: OutboxItem, args: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a new message, with the intent's key in its metadata."""
    return {**args, "metadata": {"event_type": METADATA, "event_payload": {"key": key_of(item)}}}


async def find_message(slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
    """Looks for the message of an earlier attempt, by the key in its metadata, among the newest of its place."""
    channel = call.args["channel"]
    thread = call.args.get("thread_ts")
    cursor: str | None = None
    for _ in range(5):
        args: dict[str, Any] = {"channel": channel, "limit": 200, "include_all_metadata": True}
        if cursor:
            args["cursor"] = cursor
        if thread:
            answer = await slack.call(Call("conversations.replies", {**args, "ts": thread}))
        else:
            answer = await slack.call(Call("conversations.history", args))
        for message in answer.get("messages", ()):
            payload = (message.get("metadata") or {}).get("event_payload") or {}
            if payload.get("key") == key_of(item):
                return {"channel": channel, "ts": message["ts"], "found": True}
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            break
    return None
