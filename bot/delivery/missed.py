"""Reads back what was missed while nobody heard Slack: an incident's pins, its channel page by page, its threads.

Each answer is one row of the outbox, and asks for the next: after a kill it goes on where it stood. There is no hurry:
one call is under way at a time, at half the rate that Slack allows, and after all else that waits.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.errors import NotFound
from bot.core.outbox import OutboxItem
from bot.core.standing import is_deleted, is_redacted
from bot.core.timeline import TimelineEntry
from bot.delivery.kept_messages import GONE, files_of, text_of
from bot.delivery.people import look_up_person
from bot.delivery.sender import Later, Sender, Stale, incident_of, locked_incident_of
from bot.delivery.slack import Call, Refused, Slack
from bot.incidents import missed
from bot.incidents.amendments import slack_said
from bot.incidents.missed import Mark, marks_in

# Slack recommends no more.
PAGE = 200
# Who is not known by then is believed, as when they act while Slack does not say who they are.
STRANGERS_KNOWN_AFTER = timedelta(minutes=1)
ANEW_AFTER = timedelta(seconds=6)


class MissedSender(Sender):
    """One part, which `about` names; with a `cursor`, from there on."""

    kind = "timeline.missed"
    what = "reading back what was missed while Tocsin was away"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        try:
            incident = await incident_of(session, item)
        except NotFound:
            return Stale("the incident is gone")
        if incident.channel_id is None or not incident.is_open:
            return Stale("it is over")
        args: dict[str, Any] = {"channel": incident.channel_id}
        if item.about["part"] == "pins":
            return Call("pins.list", args)
        args |= {"limit": PAGE} | ({"cursor": item.about["cursor"]} if "cursor" in item.about else {})
        if item.about["part"] == "thread":
            return Call("conversations.replies", args | {"ts": item.about["thread"]})
        return Call("conversations.history", args)

    async def send(self, slack: Slack, item: OutboxItem, call: Call) -> dict[str, Any]:
        try:
            return await slack.call(call)
        except Refused as refusal:
            if item.about["part"] != "thread" or refusal.code not in GONE:
                raise
            return {"messages": []}  # somebody deleted it since

    async def arrived(
        self, session: AsyncSession, item: OutboxItem, call: Call, answer: dict[str, Any], now: datetime
    ) -> None:
        incident, part = await locked_incident_of(session, item), item.about["part"]
        messages = answer.get("messages", ())
        marks = _pins(answer.get("items", ())) if part == "pins" else marks_in(messages)
        marks = await missed.missing(session, incident, marks)
        strangers = await missed.strangers(session, {user for mark in marks for user in mark.by})
        if strangers and "asked" not in item.about:
            for user in sorted(strangers):
                look_up_person(session, user, now=now)
            again = item.about | {"asked": True}
            missed.read_on(session, incident.id, again, now=now, delay=STRANGERS_KNOWN_AFTER)
            return
        await missed.keep_missed(session, self.config, incident, marks, now=now)
        if part == "pins":
            return
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        below = item.about.get("below")
        if part == "channel":
            kept = await missed.kept_entries(session, incident.id)
            channel = str(call.args["channel"])
            changed = _changed(kept, messages, channel, below=below, is_last=not cursor)
            await missed.reread(session, channel, changed, now=now)
            for thread in (m["ts"] for m in messages if m.get("reply_count")):
                missed.read_on(session, incident.id, {"part": "thread", "thread": thread}, now=now)
        if cursor:
            rest = {key: item.about[key] for key in ("part", "thread") if key in item.about}
            oldest = min((m["ts"] for m in messages), default=below)
            missed.read_on(session, incident.id, rest | {"cursor": cursor, "below": oldest}, now=now)

    async def refused(
        self, session: AsyncSession, item: OutboxItem, code: str, now: datetime
    ) -> timedelta | None:
        """A cursor does not live for ever: from the beginning, then."""
        held = await session.get(OutboxItem, item.id)
        if code != "invalid_cursor" or held is None or "cursor" not in held.about:
            return None
        held.about = {key: held.about[key] for key in ("part", "thread") if key in held.about}
        await session.flush()
        return ANEW_AFTER


def _pins(items: Iterable[dict[str, Any]]) -> list[Mark]:
    """What people pinned; what an app pinned of its own is no news."""
    found = []
    for pin in items:
        message, by = pin.get("message") or {}, pin.get("created_by")
        is_own = bool(message.get("bot_id")) and message.get("user") == by
        if pin.get("type") == "message" and message.get("ts") and by and not is_own:
            found.append(Mark(message["ts"], (by,), "pin"))
    return found


def _changed(
    kept: Sequence[TimelineEntry],
    messages: Sequence[dict[str, Any]],
    channel: str,
    *,
    below: str | None,
    is_last: bool,
) -> list[str]:
    """The kept messages that this page has with other words than the timeline, or that should be in it and are not:
    they were deleted, or are replies, which a channel's history does not hold.
    """
    by_ts = {message["ts"]: message for message in messages}
    oldest = "" if is_last else min(by_ts, default="")
    found = []
    for entry in kept:
        place, _, ts = str(entry.source).partition("/")
        if place != channel or is_redacted(entry) or is_deleted(entry):
            continue
        message = by_ts.get(ts)
        if message is None:
            is_news = oldest <= ts and (below is None or ts < below)
        else:
            is_news = (text_of(message)[:3000], files_of(message)) != slack_said(entry)
        if is_news:
            found.append(ts)
    return found
