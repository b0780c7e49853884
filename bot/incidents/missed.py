"""What happened in the channels of open incidents while nobody heard Slack: they are read back once.

An event that nobody heard is gone; the messages themselves, their pins and reactions are not. What is found is kept as if
it had been heard: in its place, with who marked it, and once. A mark may sit on any message, however old, and Slack
does not say when it was made: so channels are read whole.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.outbox import OutboxItem, Priority, enqueue
from bot.core.people import Person
from bot.core.timeline import TimelineEntry
from bot.incidents.permissions import admits
from bot.incidents.queries import is_open
from bot.incidents.rows import Incident
from bot.incidents.updates import keep_message, reread_message

# What Slack calls 📌 and 📍.
MARKS = frozenset({"pushpin", "round_pushpin"})
# One call after the other for all channels: whatever else waits for Slack finds room between two of them.
LANE = "missed"


@dataclass(frozen=True)
class Mark:
    """A message that people pinned or gave a 📌, the first of them first."""

    ts: str
    by: tuple[str, ...]
    how: str


async def read_back(session: AsyncSession, *, now: datetime) -> None:
    """Has the channel of each open incident read, its pins first: they are few.

    What an earlier gap still has read begins anew, rather than to be read beside it: it is the same channel.
    """
    query = select(Incident).where(is_open(), Incident.channel_id.is_not(None)).order_by(Incident.id)
    incidents = (await session.scalars(query)).all()
    under_way = select(OutboxItem).where(
        OutboxItem.kind == "timeline.missed",
        OutboxItem.incident_id.in_(incident.id for incident in incidents),
        OutboxItem.due_at.is_not(None),
        OutboxItem.claimed_until.is_(None),
    )
    # In one order: another replica may come back at the same moment.
    for item in await session.scalars(under_way.order_by(OutboxItem.id).with_for_update()):
        item.about = {key: item.about[key] for key in ("part", "thread") if key in item.about}
    for incident in incidents:
        read_on(session, incident.id, {"part": "pins"}, now=now)
        read_on(session, incident.id, {"part": "channel"}, now=now)


def read_on(
    session: AsyncSession,
    incident_id: int,
    about: Mapping[str, Any],
    *,
    now: datetime,
    delay: timedelta = timedelta(),
) -> None:
    """Asks for one part: the pins, or a page of the channel or of a thread, from a cursor on."""
    enqueue(
        session,
        "timeline.missed",
        now=now,
        incident_id=incident_id,
        about=dict(about),
        lane=LANE,
        fold=f"missed:{incident_id}:{about['part']}:{about.get('thread', '')}",
        priority=Priority.DIGEST,
        delay=delay,
    )


def marks_in(messages: Iterable[Mapping[str, Any]]) -> list[Mark]:
    """Those of messages as Slack lists them, pure. That one is pinned stands there, too, but not by whom."""
    return [
        Mark(message["ts"], tuple(reaction["users"]), "reaction")
        for message in messages
        for reaction in message.get("reactions", ())
        if reaction.get("name") in MARKS and reaction.get("users")
    ]


async def missing(session: AsyncSession, incident: Incident, marks: Sequence[Mark]) -> list[Mark]:
    """Those whose message stands on no timeline. The card is pinned, and no news."""
    sources = [f"{incident.channel_id}/{mark.ts}" for mark in marks]
    there = set(
        await session.scalars(
            select(TimelineEntry.source).where(
                TimelineEntry.incident_id == incident.id, TimelineEntry.source.in_(sources)
            )
        )
    )
    found = zip(marks, sources, strict=True)
    return [mark for mark, source in found if source not in there and mark.ts != incident.card_ts]


async def strangers(session: AsyncSession, user_ids: Collection[str]) -> set[str]:
    """Those of whom Slack has not said yet who they are."""
    known = await session.scalars(
        select(Person.user_id).where(Person.user_id.in_(user_ids), Person.looked_up_at.is_not(None))
    )
    return set(user_ids) - set(known)


async def keep_missed(
    session: AsyncSession, config: Config, incident: Incident, marks: Sequence[Mark], *, now: datetime
) -> None:
    """Asks for the marked messages to be put on the timeline, for the first who marked each and may do so."""
    users = {user for mark in marks for user in mark.by}
    people = await session.scalars(select(Person).where(Person.user_id.in_(users)))
    refused = {person.user_id for person in people if not admits(config, person)}
    for mark in marks:
        by = next((user for user in mark.by if user not in refused), None)
        if by is not None:
            await keep_message(
                session,
                incident,
                channel=str(incident.channel_id),
                ts=mark.ts,
                by=by,
                how=mark.how,
                now=now,
                lane=LANE,
            )


async def kept_entries(session: AsyncSession, incident_id: int) -> Sequence[TimelineEntry]:
    """The entries that were taken from messages."""
    found = await session.scalars(
        select(TimelineEntry).where(
            TimelineEntry.incident_id == incident_id, TimelineEntry.source.is_not(None)
        )
    )
    return found.all()


async def reread(session: AsyncSession, channel: str, times: Iterable[str], *, now: datetime) -> None:
    """Asks for messages to be read again that do not say what the timeline says, or are not where they were."""
    for ts in times:
        await reread_message(session, channel=channel, ts=ts, now=now, lane=LANE)
