"""What is said about an incident: card, announcement, posts in both places, words for one person."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.queries import with_alerts
from bot.core.db import insert_missing
from bot.core.outbox import OutboxItem, enqueue, hasten
from bot.core.standing import is_redacted
from bot.core.timeline import TimelineEntry
from bot.delivery.sender import (
    ARCHIVED,
    AT_ONCE,
    ChannelPartSender,
    Later,
    Sender,
    Stale,
    find_message,
    incident_of,
    locked_incident_of,
    new_message,
)
from bot.delivery.slack import Call, Refused, Slack
from bot.incidents import paging, telling
from bot.incidents.homes import refresh_homes
from bot.incidents.queries import Situation, situation
from bot.incidents.relations import with_relations
from bot.incidents.rows import Incident, Post
from bot.incidents.similar import with_similar
from bot.incidents.task_queries import with_tasks
from bot.reviews.action_queries import with_actions
from bot.runbooks.library import with_runbooks
from bot.views import announcement as announcement_view
from bot.views import card as card_view
from bot.views import messages as message_view

GONE = ("message_not_found", "cant_update_message", "edit_window_closed")


class MessageSender(Sender):
    """A message that must not appear twice: a doubtful attempt is looked for before it is repeated."""

    async def find(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        return await find_message(slack, item, call) if call.method == "chat.postMessage" else None


@dataclass(frozen=True)
class _Similar:
    """The numbers of earlier incidents that were like one, while it had this title and summary."""

    title: str
    summary: str
    numbers: tuple[int, ...]

    @classmethod
    def of(cls, around: Situation) -> "_Similar":
        numbers = tuple(one.id for one in around.similar)
        return cls(around.incident.title, around.incident.summary, numbers)

    def keep(self, incident: Incident) -> None:
        """So that they need not be looked for with each change of the card."""
        if (incident.title, incident.summary) == (self.title, self.summary):
            incident.similar = list(self.numbers)


class CardSender(MessageSender, ChannelPartSender):
    """Posts the card once, then edits it in place."""

    kind = "incident.card"
    what = "posting the card"
    # It leads the lane: whatever is to be said in the channel waits with it. The channel brings it forward.
    until_then = Later("the channel is not there yet", wait=timedelta(seconds=10))

    async def reads_much(self, session: AsyncSession, item: OutboxItem) -> bool:
        """The first one looks for earlier incidents that were like it, among all that there ever were."""
        incident = await incident_of(session, item)
        return incident.channel_id is not None and incident.similar is None

    async def within(
        self, session: AsyncSession, item: OutboxItem, incident: Incident, channel: str, now: datetime
    ) -> Call | Stale | Later:
        around = await paging.situation(session, incident, config=self.config, now=now)
        around = await with_alerts(session, around)
        around = await with_actions(session, around)
        around = await with_runbooks(session, around, self.config)
        around = await with_tasks(session, around)
        around = await with_relations(session, around)
        around = await with_similar(session, around)
        args = {
            "channel": channel,
            "text": card_view.card_text(incident, self.config),
            "blocks": card_view.card(around, self.config, source_link=await _source_link(session, incident)),
        }
        similar = _Similar.of(around) if incident.similar is None else None
        if incident.card_ts is None:
            return replace(new_message(item, args), noted=similar)
        return Call("chat.update", {**args, "ts": incident.card_ts}, noted=similar)

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        if isinstance(call.noted, _Similar):
            call.noted.keep(await locked_incident_of(session, item))
        if call.method == "chat.postMessage":
            incident = await locked_incident_of(session, item)
            incident.card_ts = answer["ts"]
            enqueue(session, "incident.pin", now=now, incident_id=incident.id)
            if answer.get("found"):
                telling.card(session, incident, now=now)  # it may show an older state
        await refresh_homes(session, now=now)

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        """Somebody deleted the card: post a new one."""
        if code not in GONE:
            return None
        incident = await locked_incident_of(session, item)
        incident.card_ts = None
        return AT_ONCE


class AnnouncementSender(MessageSender):
    """One message per incident in the announcement channel, kept current."""

    kind = "incident.announcement"
    what = "announcing the incident"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        incident = await incident_of(session, item)
        if not incident.is_announced:
            return Stale("it is not announced")
        around = await situation(session, incident)
        args = {
            "text": announcement_view.announcement_text(around, self.config),
            "blocks": announcement_view.announcement(around, self.config),
        }
        if incident.announcement_ts is None:
            place = f"#{self.config.channels.announcements}"
            return new_message(item, {**args, "channel": place})
        return Call(
            "chat.update",
            {**args, "channel": incident.announcement_channel_id, "ts": incident.announcement_ts},
        )

    async def find(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        """The channel is known by its name only until the first message arrived there."""
        if call.method != "chat.postMessage":
            return None
        channel = await find_channel(slack, self.config.channels.announcements)
        if channel is None:
            return None
        return await find_message(slack, item, Call(call.method, {**call.args, "channel": channel["id"]}))

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        if call.method == "chat.postMessage":
            incident = await locked_incident_of(session, item)
            incident.announcement_channel_id, incident.announcement_ts = answer["channel"], answer["ts"]
            await hasten(session, incident.id, ("incident.announcement_reply",), now=now)
            if answer.get("found"):
                telling.announcement(session, incident, now=now)

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        if code not in GONE:
            return None
        incident = await locked_incident_of(session, item)
        incident.announcement_ts = None
        return AT_ONCE

    def what_of(self, item: OutboxItem) -> str:
        return f"announcing the incident in #{self.config.channels.announcements}"


async def find_channel(slack: Slack, name: str) -> dict[str, Any] | None:
    """A channel that the bot can see, by its name. Pages through the whole list: for rare doubts only."""
    cursor = None
    while True:
        args = {"types": "public_channel,private_channel", "limit": 999}
        answer = await slack.call(Call("conversations.list", {**args, "cursor": cursor} if cursor else args))
        for channel in answer.get("channels", ()):
            if channel.get("name") == name:
                return dict(channel)
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return None


async def _posted(session: AsyncSession, item: OutboxItem, answer: dict[str, Any]) -> None:
    """Notes where an entry was said."""
    said = {"channel_id": answer["channel"], "ts": answer["ts"]}
    await insert_missing(
        session, Post, [{"incident_id": item.incident_id, "entry": item.about["entry"], **said}]
    )


class PostSender(MessageSender, ChannelPartSender):
    """Says in the incident's channel what a timeline entry says."""

    kind = "incident.post"
    what = "posting in the channel"
    until_then = Later("the channel is not there yet")

    async def within(
        self, session: AsyncSession, item: OutboxItem, incident: Incident, channel: str, now: datetime
    ) -> Call | Stale | Later:
        entry = await entry_of(session, item)
        args = {
            "channel": channel,
            "text": message_view.entry_text(entry, incident, self.config),
            "blocks": message_view.entry_blocks(entry, incident, self.config),
        }
        return new_message(item, args)

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        await _posted(session, item, answer)


class AmendedPostSender(Sender):
    """Has what was posted of an entry say what the entry says by now."""

    kind = "incident.amended_post"
    what = "bringing a post up to date with its amended entry"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        incident, entry = await incident_of(session, item), await entry_of(session, item)
        channel = item.about["channel"]
        said = await session.get(Post, (incident.id, entry.number, channel))
        if said is None:
            return Stale("it was not said there")
        if channel == incident.channel_id and incident.archived_at is not None and not is_redacted(entry):
            return ARCHIVED  # words that are to be gone are asked for all the same: people must know where they still stand
        args = {
            "channel": channel,
            "ts": said.ts,
            "text": message_view.entry_text(entry, incident, self.config),
            "blocks": message_view.entry_blocks(entry, incident, self.config),
        }
        return Call("chat.update", args)

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        try:
            return await slack.call(call)
        except Refused as refusal:
            if refusal.code not in GONE:
                raise
            return {}  # somebody deleted it: nothing is left that could be outdated


class AnnouncementReplySender(MessageSender):
    """Says it in the thread under the announcement."""

    kind = "incident.announcement_reply"
    what = "posting under the announcement"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        incident = await incident_of(session, item)
        if incident.announcement_ts is None:
            return Later("the announcement is not there yet")
        entry = await entry_of(session, item)
        channel = self.config.channels.announcements
        args = {
            "channel": incident.announcement_channel_id,
            "thread_ts": incident.announcement_ts,
            "text": message_view.entry_text(entry, incident, self.config),
            "blocks": message_view.entry_blocks(entry, incident, self.config),
        }
        return replace(new_message(item, args), place=f"#{channel}")

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        await _posted(session, item, answer)


class PrivateSender(MessageSender):
    """Something about an incident that one person is told, by user id, in their direct messages."""

    async def find(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any] | None:
        return await find_message(slack, item, await in_dm(slack, call))

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        return await slack.call(await in_dm(slack, call))

    def besides(self, call: Call) -> tuple[str, ...]:
        return ("conversations.open",)


class InstructionsSender(PrivateSender):
    """Tells the one who was assigned, in private, what the role asks of them."""

    kind = "incident.instructions"
    what = "sending a role's instructions"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        incident = await incident_of(session, item)
        around = await situation(session, incident)
        user, role = item.about["user"], self.config.role(item.about["role"])
        if role is None or around.roles.get(role.name) != user:
            return Stale("somebody else has the role by now")
        blocks = message_view.instructions(role, incident, self.config, by=item.about["by"], to=user)
        text = message_view.instructions_text(role, incident)
        return new_message(item, {"channel": user, "text": text, "blocks": blocks})

    def what_of(self, item: OutboxItem) -> str:
        return f"sending <@{item.about['user']}> the instructions for {item.about['role']}"


async def in_dm(slack: Slack, call: Call) -> Call:
    """The call with a person's direct message channel in the place of the person."""
    opened = await slack.call(Call("conversations.open", {"users": call.args["channel"]}))
    return Call(call.method, {**call.args, "channel": opened["channel"]["id"]})


async def entry_of(session: AsyncSession, item: OutboxItem) -> TimelineEntry:
    """The timeline entry that an intent is about."""
    found = await session.scalar(
        select(TimelineEntry).where(
            TimelineEntry.incident_id == item.incident_id, TimelineEntry.number == item.about["entry"]
        )
    )
    if found is None:
        raise LookupError(f"incident {item.incident_id} has no timeline entry {item.about['entry']}")
    return found


async def _source_link(session: AsyncSession, incident: Incident) -> str | None:
    """The permalink of the message that the incident was declared from, once it is known."""
    if incident.source is None:
        return None
    entry = await session.scalar(
        select(TimelineEntry).where(
            TimelineEntry.incident_id == incident.id, TimelineEntry.source == incident.source
        )
    )
    return entry.data.get("permalink") if entry else None
