"""Closes an incident's channel and opens it again."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.outbox import OutboxItem, retry_now
from bot.delivery.incident_messages import PrivateSender
from bot.delivery.sender import Later, Sender, Stale, incident_of, new_message, or_fine
from bot.delivery.slack import Call, Refused, Slack
from bot.incidents import archiving, telling
from bot.views import messages as view

# Slack takes bots out of a channel that is archived, and lets only members open it again.
ONLY_PEOPLE_MAY = ("not_in_channel", "not_authorized", "not_allowed_token_type", "restricted_action")
BY_HAND = "cannot_unarchive"


class ArchiveSender(Sender):
    """Archives the channel of a closed incident."""

    kind = "incident.archive"
    what = "archiving the channel"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        incident = await incident_of(session, item)
        if incident.channel_id is None:
            return Stale("it has no channel")
        if not incident.is_closed:
            # Where nobody was left to write down that it was carried out, nothing else would open the channel.
            opened = Call("conversations.unarchive", {"channel": incident.channel_id})
            return opened if item.doubtful else Stale("the incident is open again")
        if incident.archived_at is not None:
            return Stale("the channel is archived", fulfilled=True)
        return Call("conversations.archive", {"channel": incident.channel_id})

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        try:
            return await or_fine(slack, call, "already_archived", "is_archived", "not_archived")
        except Refused as refusal:
            if call.method != "conversations.unarchive" or refusal.code not in ONLY_PEOPLE_MAY:
                raise
            return {"ok": False}

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        if call.method == "conversations.unarchive" and answer["ok"]:
            await retry_now(session, int(item.incident_id or 0), now=now)  # what found it archived
            return
        await archiving.was_archived(session, int(item.incident_id or 0), by=None, now=now)
        incident = await incident_of(session, item)
        if not incident.is_closed:  # while Slack was asked
            telling.unarchive(session, incident, by="", now=now)


class UnarchiveSender(Sender):
    """Opens the channel of an incident that was reopened; where Slack refuses, people are told how to."""

    kind = "incident.unarchive"
    what = "unarchiving the channel"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        incident = await incident_of(session, item)
        if incident.archived_at is None:
            return Stale("the channel is open", fulfilled=True)
        if incident.is_closed:
            return Stale("the incident is closed again")
        return Call("conversations.unarchive", {"channel": incident.channel_id})

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        try:
            return await or_fine(slack, call, "not_archived")
        except Refused as refusal:
            if refusal.code not in ONLY_PEOPLE_MAY:
                raise
            raise Refused(call.method, BY_HAND, refusal.answer) from refusal

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        await archiving.was_unarchived(session, int(item.incident_id or 0), by=None, now=now)

    async def failed(self, session: AsyncSession, item: OutboxItem, now: datetime) -> None:
        """Nobody reads it in the channel: it is said under the announcement, and to whoever reopened the incident."""
        incident = await incident_of(session, item)
        telling.post_to_announcement(session, incident, entry_number=incident.timeline_length, now=now)
        if item.about["by"]:
            telling.unarchive_by_hand(session, incident, item.about["by"], now=now)


class UnarchiveByHandSender(PrivateSender):
    """Tells whoever reopened an incident, in private, how its channel is opened."""

    kind = "incident.unarchive_by_hand"
    what = "telling how the channel is unarchived"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        incident = await incident_of(session, item)
        if incident.archived_at is None or incident.is_closed:
            return Stale("there is nothing to unarchive any more", fulfilled=True)
        text = view.unarchive_by_hand(incident, self.config)
        return new_message(item, {"channel": item.about["user"], "text": text})
