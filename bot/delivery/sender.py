"""What every kind of outbox row brings: a sender.

compose   the call, built from the rows as they are now       (in a reading transaction)
find      did an earlier, doubtful attempt arrive?             (network)
send      the call itself                                      (network)
besides   other methods that `send` calls, for the rate limits
arrived   what follows from its success                        (in the transaction that finishes the row)
refused   what follows from a refusal that means something     (in the transaction that puts it back)
stumbled  what follows from any other failure                   (in the same)
lock      what these two will change, in the order of all locks  (in the same, before them)
held      what follows from a wait that Slack asked for        (in the transaction that puts it off)
dropped   what follows from there being nothing to send        (in the transaction that finishes the row)
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.outbox import OutboxItem
from bot.core.viewer import PROGRAM
from bot.delivery.slack import Call, Refused, Slack, SlackFailed
from bot.incidents.queries import by_number, locked
from bot.incidents.rows import Incident

METADATA = "tocsin_outbox"
AT_ONCE = timedelta()


@dataclass(frozen=True)
class Stale:
    """Nothing to tell any more; `fulfilled` when what it was to bring about is so already.

    `sent_before` is a message that an earlier attempt may have posted: if it is in doubt it is looked for, and what
    follows from its arrival is done. Otherwise it would stand there for ever as it was.
    """

    reason: str
    fulfilled: bool = False
    sent_before: Call | None = None


@dataclass(frozen=True)
class Later:
    """Something that must come first has not happened yet."""

    reason: str
    wait: timedelta = timedelta(seconds=2)


# In an archived channel nothing can be said. That of a reopened incident is about to be opened, or people are asked to.
ARCHIVED = Stale("its channel is archived")
UNTIL_UNARCHIVED = Later("its channel is archived", wait=timedelta(minutes=1))


class Sender:
    """The base of all senders: sends what `compose` gives, once it is known that it did not arrive before."""

    kind: ClassVar[str]
    # What it is, for the timeline: "the channel's topic". Empty: failures are only logged.
    what: ClassVar[str] = ""

    def __init__(self, config: Config) -> None:
        self.config = config

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        raise NotImplementedError

    async def reads_much(self, session: AsyncSession, item: OutboxItem) -> bool:
        """Whether `compose` reads so much for this intent, as it stands now, that others must not wait for it."""
        return False

    async def find(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        """The answer of an earlier attempt that did arrive; None when sending (again) is right."""
        return None

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        return await slack.call(call)

    def besides(self, call: Call) -> tuple[str, ...]:
        """The methods that `send` calls on its way, beside the call's own: they are paced with it."""
        return ()

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        """Records what came of it."""

    async def lock(self, session: AsyncSession, item: OutboxItem) -> None:
        """Locks what the outcome concerns: an incident before its pages, and of several the first one first."""
        if item.incident_id is not None:
            await locked(session, item.incident_id, PROGRAM)

    async def dropped(self, session: AsyncSession, item: OutboxItem, reason: str, now: datetime) -> None:
        """Called when `compose` found nothing to send, and said why."""

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        """Reacts to a refusal that has a remedy of its own; returns the wait before the next attempt, or None."""
        return None

    async def stumbled(
        self, session: AsyncSession, item: OutboxItem, failure: SlackFailed, now: datetime
    ) -> None:
        """Called at each failure that is no refusal with a remedy, news or not."""

    async def held(self, session: AsyncSession, item: OutboxItem, wait: timedelta, now: datetime) -> None:
        """Called when it cannot even be tried, as Slack has asked to wait for so long."""

    async def failed(self, session: AsyncSession, item: OutboxItem, now: datetime) -> None:
        """Called once, at the first failure worth telling: what else should go on without waiting for this."""

    def what_of(self, item: OutboxItem) -> str:
        """What failed, in words for the timeline."""
        return self.what


class ChannelPartSender(Sender):
    """What lives in an incident's channel. That the channel is there asks for each of them, so before it there is
    nothing to do; a sender whose intent is written earlier says `until_then`: later.
    """

    until_then: ClassVar[Stale | Later] = Stale("there is no channel yet")

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        incident = await incident_of(session, item)
        if incident.channel_id is None:
            return self.until_then
        if incident.archived_at is not None:
            return ARCHIVED if incident.is_closed else UNTIL_UNARCHIVED
        return await self.within(session, item, incident, incident.channel_id, now)

    async def within(
        self, session: AsyncSession, item: OutboxItem, incident: Incident, channel: str, now: datetime
    ) -> Call | Stale | Later:
        """What `compose` gives once the channel is there."""
        raise NotImplementedError


async def incident_of(session: AsyncSession, item: OutboxItem) -> Incident:
    """The incident that an intent is about."""
    return await by_number(session, int(item.incident_id or 0), PROGRAM)


async def locked_incident_of(session: AsyncSession, item: OutboxItem) -> Incident:
    """The same, locked until the transaction ends."""
    return await locked(session, int(item.incident_id or 0), PROGRAM)


def key_of(item: OutboxItem) -> str:
    """Names an intent for ever: row numbers alone begin again with a new database on an old workspace."""
    return f"{item.id}-{int(item.created_at.timestamp() * 1_000_000):x}"


def new_message(item: OutboxItem, args: dict[str, Any]) -> Call:
    """Posting a message, with the intent's key in its metadata; links in it are not unfolded."""
    signature = {"event_type": METADATA, "event_payload": {"key": key_of(item)}}
    return Call(
        "chat.postMessage", {**args, "metadata": signature, "unfurl_links": False, "unfurl_media": False}
    )


async def find_message(
    slack: Slack, item: OutboxItem, call: Call, *, key: str | None = None
) -> dict[str, Any] | None:
    """Looks for the message of an earlier attempt, by the key in its metadata, among the newest of its place.

    `key` is another intent's, whose message it is.
    """
    channel = call.args["channel"]
    async for message in messages_of(slack, key or key_of(item), channel, call.args.get("thread_ts")):
        payload = message["metadata"]["event_payload"]
        return {"channel": channel, "ts": message["ts"], "found": True, "payload": payload}
    return None


async def messages_of(
    slack: Slack, key: str, channel: str, thread: str | None
) -> AsyncIterator[dict[str, Any]]:
    """The messages that carry this key, among the thousand newest of a channel or thread."""
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
            if payload.get("key") == key:
                yield message
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return


async def or_fine(slack: Slack, call: Call, *fine: str, alone: bool = True) -> dict[str, Any]:
    """Some refusals say that it is as it should be already."""
    try:
        return await slack.call(call)
    except Refused as refusal:
        if alone and refusal.code in fine:
            return {"ok": True}
        raise
