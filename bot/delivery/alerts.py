"""What is said of alerts: in the thread of an incident's card, in a channel, and of a storm that was held back.

Each is read anew when it leaves, so that many alerts make few messages.
"""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import queries, storms
from bot.alerts.routing import alert_channel
from bot.alerts.rows import Alert, AlertStorm
from bot.core.outbox import OutboxItem
from bot.delivery.in_place import KeptInChannel
from bot.delivery.incident_messages import MessageSender
from bot.delivery.sender import ChannelPartSender, Later, Stale, locked_incident_of, new_message
from bot.delivery.slack import Call
from bot.incidents import telling
from bot.incidents.rows import Incident
from bot.views import alerts as view

SHOWN = 10


class AlertThreadSender(MessageSender, ChannelPartSender):
    """Tells in the thread of the card which alerts have joined since, and has the card count them."""

    kind = "incident.alerts"
    what = "telling of alerts in the thread of the card"
    until_then = Later("the channel is not there yet")

    async def within(
        self, session: AsyncSession, item: OutboxItem, incident: Incident, channel: str, now: datetime
    ) -> Call | Stale | Later:
        if incident.card_ts is None:
            return Later("the card is not there yet")
        shown, count, last = await queries.untold(session, incident, limit=SHOWN)
        if not count:
            return Stale("the thread tells of all alerts", fulfilled=True)
        args = {
            "channel": channel,
            "thread_ts": incident.card_ts,
            "text": view.joined_text(count),
            "blocks": view.joined_blocks(shown, count, self.config),
        }
        call = new_message(item, args)
        call.args["metadata"]["event_payload"]["last"] = last
        return call

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        # Of a message that was found, what it told when it was posted.
        last = int(answer.get("payload", call.args["metadata"]["event_payload"])["last"])
        place = {"channel_id": call.args["channel"], "message_ts": answer["ts"]}
        # An alert before its incident, as signals lock them.
        await queries.note_told(session, int(item.incident_id or 0), last, **place)
        telling.card(session, await locked_incident_of(session, item), now=now)

    async def dropped(self, session: AsyncSession, item: OutboxItem, reason: str, now: datetime) -> None:
        """Nothing joined: some have ended."""
        telling.card(session, await locked_incident_of(session, item), now=now)


class AlertMessageSender(KeptInChannel):
    """A message about the alerts of one group."""

    kind = "alert.message"

    async def row(self, session: AsyncSession, item: OutboxItem) -> Alert | None:
        return await session.get(Alert, int(item.about["alert"]))

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        root = await self.row(session, item)
        if root is None:
            return Stale("the alert is gone")
        if root.message_ts is None and root.outcome != "message":
            return Stale("it became something else before it was told")
        all_of = await queries.gathered(session, root, limit=SHOWN)
        route = next((one for one in self.config.routes if one.name == root.route), None)
        args = {
            "text": view.message_text(root, all_of),
            "blocks": view.message_blocks(root, all_of, self.config),
        }
        return self.said(item, root, (route and route.channel) or alert_channel(self.config), args)


class StormSender(KeptInChannel):
    """A message about what the brake holds back of one service."""

    kind = "alert.storm"

    async def row(self, session: AsyncSession, item: OutboxItem) -> AlertStorm | None:
        return await session.get(AlertStorm, int(item.about["storm"]))

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        row = await self.row(session, item)
        if row is None:
            return Stale("the storm is gone")
        firing, shown = await storms.held_back_now(session, row)
        args = {
            "text": view.storm_text(row, self.config),
            "blocks": view.storm_blocks(row, firing, shown, self.config),
        }
        return self.said(item, row, alert_channel(self.config), args)
