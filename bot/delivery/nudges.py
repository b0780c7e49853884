"""What incidents ask their people for: in the channel, and in private where nobody answered there."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.outbox import OutboxItem
from bot.delivery.incident_messages import GONE, MessageSender, PrivateSender
from bot.delivery.sender import (
    AT_ONCE,
    ChannelPartSender,
    Later,
    Stale,
    incident_of,
    locked_incident_of,
    new_message,
)
from bot.delivery.slack import Call
from bot.incidents import telling
from bot.incidents.nudging import SNOOZED
from bot.incidents.queries import roles_of
from bot.incidents.rows import Incident, Nudge
from bot.views import nudge as view
from bot.views.text import context


class NudgeSender(MessageSender, ChannelPartSender):
    """Asks in the channel; the message says later what became of it. What was answered before it was asked is not."""

    kind = "incident.nudge"
    what = "asking in the channel"
    until_then = Later("the channel is not there yet")

    async def within(
        self, session: AsyncSession, item: OutboxItem, incident: Incident, channel: str, now: datetime
    ) -> Call | Stale | Later:
        row = await session.get(Nudge, (incident.id, item.about["kind"]))
        if row is None:
            return Stale("it asks for this no more")
        args: dict[str, Any] = {"channel": channel, "text": view.nudge_text(row.kind, incident)}
        if "ts" in item.about:
            return Call("chat.update", {"channel": channel, "ts": item.about["ts"], **_became(view.AGAIN)})
        if row.message_ts is not None and row.answer is not None:
            return Call(
                "chat.update", {"channel": channel, "ts": row.message_ts, **_became(view.answered(row))}
            )
        roles = await roles_of(session, incident.id)
        args["blocks"] = view.question(row, incident, roles, self.config)
        if row.message_ts is not None:
            return Call("chat.update", {**args, "ts": row.message_ts})
        message = new_message(item, args)
        if row.answer is not None or not row.asked or not incident.is_open:
            return Stale("it was answered before it was asked", sent_before=message)
        return message

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        if call.method != "chat.postMessage":
            return
        incident = await locked_incident_of(session, item)
        row = await session.get(Nudge, (incident.id, item.about["kind"]), populate_existing=True)
        if row is not None and row.message_ts is None:
            row.message_ts = answer["ts"]
            if row.answer is not None or answer.get("found"):
                telling.nudge(session, incident, row.kind, now=now)  # what became of it meanwhile

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        """Somebody deleted the question: it is asked anew, unless it was answered."""
        if code not in GONE:
            return None
        incident = await locked_incident_of(session, item)
        row = await session.get(Nudge, (incident.id, item.about["kind"]), populate_existing=True)
        if row is None or "ts" in item.about or row.message_ts is None:
            return None
        row.message_ts = None
        return AT_ONCE


def _became(words: str) -> dict[str, Any]:
    """A message that a question becomes."""
    return {"text": words, "blocks": [context(words)]}


class NudgeInPersonSender(PrivateSender):
    """Tells whoever leads, or else declared it, that nobody answers."""

    kind = "incident.nudge_in_person"
    what = "asking whoever leads"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        incident = await incident_of(session, item)
        row = await session.get(Nudge, (incident.id, item.about["kind"]))
        if row is None or not row.asked or not incident.is_open or row.answer == SNOOZED:
            return Stale("it was answered meanwhile")
        text = view.in_person(row.kind, incident, self.config, now=now)
        return new_message(item, {"channel": item.about["user"], "text": text})
