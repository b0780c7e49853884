"""The timeline: what happened, in order, numbered per incident and chained by hashes.

Entries are only ever added, in the transaction of the change that they tell of. Each carries the hash of
the one before, so that a later edit of the database shows (bot.core.chain). An amendment is an entry, too, and what
it is about says from then on what is true now (bot.core.standing).
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, Protocol, cast

from sqlalchemy import (
    Connection,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    Update,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm.attributes import set_committed_value

from bot.core.chain import digest, digest_of_data
from bot.core.db import Base, RowId, at_commit, only
from bot.core.search_text import ENTRY, add_text

# What people do about an incident. As SQL, word for word that of the index: neither database uses a partial index for a
# condition with parameters.
ACTS = (
    "kind IN ('page_acknowledged', 'page_reassigned', 'page_snoozed', 'reopened', 'resolved', 'role', 'severity',"
    " 'status', 'update') AND author IS NOT NULL"
)
# Those of them that they do when they are at work on it.
AT_WORK = f"{ACTS} AND kind IN ('page_acknowledged', 'role', 'status', 'update')"

# What people write, and what is searched. All else tells what the program did, or stands elsewhere, too.
WRITTEN = frozenset(["note", "update", "message", "status", "reopened", "resolved", "closed", "severity"])


class TimelineEntry(Base):
    """Something that happened to an incident, or to a page that belongs to none.

    `occurred_at` is when it happened (a pinned message's own time), `recorded_at` when Tocsin learnt of it.
    `author` is a Slack user id, or None for Tocsin itself. `kind` says how `data` is to be read; the words
    are made by views.timeline.
    """

    __tablename__ = "timeline_entry"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    incident_id: Mapped[int | None] = mapped_column(RowId)
    page_id: Mapped[int | None] = mapped_column(RowId)
    number: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(40))
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    author: Mapped[str | None] = mapped_column(String(40))
    data: Mapped[dict[str, Any]]
    # The Slack message that it was taken from, "C123/1732159876.000100"; once per incident.
    source: Mapped[str | None] = mapped_column(String(80))
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    # What the hash has in the data's place, and what keeps it from being tried out (bot.core.chain).
    salt: Mapped[str | None] = mapped_column(String(32))
    data_digest: Mapped[str | None] = mapped_column(String(64))
    # What was recorded at first, with a mark for each amendment (bot.core.standing).
    amended: Mapped[dict[str, Any] | None]

    __table_args__ = (
        UniqueConstraint("incident_id", "number"),
        UniqueConstraint("incident_id", "source"),
        UniqueConstraint("page_id", "number"),
        Index("ix_timeline_entry_occurred", "incident_id", "occurred_at", "number"),
        # Slack says which message was changed, not whose timelines it stands on.
        Index("ix_timeline_entry_source", "source", **only("source IS NOT NULL")),
        # Who did something about an incident, and when: few entries among many, and figures read nothing else of them.
        Index("ix_timeline_entry_acts", "incident_id", "recorded_at", "author", "kind", **only(ACTS)),
    )


class HasTimeline(Protocol):
    """What an incident row brings: the head of its chain, kept on the row that every verb locks anyway.

    A row of another kind names the column that its entries stand under as `timeline_column`.
    """

    id: Any
    timeline_length: Any
    timeline_head: Any


def record(
    session: AsyncSession,
    incident: HasTimeline,
    kind: str,
    *,
    now: datetime,
    by: str | None,
    occurred_at: datetime | None = None,
    source: str | None = None,
    **data: Any,
) -> int:
    """Adds an entry and returns its number; it is written with the commit.

    The caller holds the row lock of the incident (or the page), so the numbers have no gaps and no twins.
    """
    number: int = incident.timeline_length + 1
    row: dict[str, Any] = {
        "incident_id": None,
        "page_id": None,
        "number": number,
        "kind": kind,
        "occurred_at": (occurred_at or now).astimezone(UTC),
        "recorded_at": now.astimezone(UTC),
        "author": by,
        "data": {key: value for key, value in data.items() if value is not None},
        "source": source,
        "previous_hash": incident.timeline_head,
    }
    row[getattr(incident, "timeline_column", "incident_id")] = incident.id
    salt = secrets.token_hex(16)
    row["data_digest"] = digest_of_data(salt, row["data"])
    row["hash"] = digest(**row)
    row["salt"] = salt
    # Not a change for the unit of work: the head is written beside its entries, by a statement of our own.
    set_committed_value(incident, "timeline_length", number)
    set_committed_value(incident, "timeline_head", row["hash"])
    at_commit(session, _write, (incident, row))
    if kind in WRITTEN and row["incident_id"] is not None and (by is not None or kind == "message"):
        add_text(session, ENTRY, incident_id=incident.id, number=number, body=written_text(row["data"]))
    return number


def written_text(data: Mapping[str, Any]) -> str:
    """The words of an entry that somebody wrote."""
    return "\n".join(str(data[key]) for key in ("text", "impact") if data.get(key))


def _write(connection: Connection, noted: list[tuple[HasTimeline, dict[str, Any]]]) -> None:
    connection.execute(_INSERT, [row for _, row in noted])
    heads: dict[type[HasTimeline], list[dict[str, Any]]] = {}
    for incident in {id(incident): incident for incident, _ in noted}.values():
        head = {"of": incident.id, "length": incident.timeline_length, "head": incident.timeline_head}
        heads.setdefault(type(incident), []).append(head)
    for kind, of_kind in heads.items():
        connection.execute(_head_of(kind), of_kind)


_INSERT = insert(cast("Table", TimelineEntry.__table__)).inline()


@cache
def _head_of(kind: type[Any]) -> Update:
    table = cast("Table", kind.__table__)
    head: dict[str, Any] = {"timeline_length": bindparam("length"), "timeline_head": bindparam("head")}
    return update(table).where(table.c.id == bindparam("of")).values(head)


async def entries_of(
    session: AsyncSession, incident_id: int, *, offset: int = 0, limit: int | None = None
) -> Sequence[TimelineEntry]:
    """The entries in the order in which things happened; oldest first."""
    query = (
        select(TimelineEntry)
        .where(TimelineEntry.incident_id == incident_id)
        .order_by(TimelineEntry.occurred_at, TimelineEntry.number)
        .offset(offset)
    )
    return (await session.scalars(query if limit is None else query.limit(limit))).all()


async def entries_of_page(session: AsyncSession, page_id: int) -> Sequence[TimelineEntry]:
    """The entries of a page that belongs to no incident, oldest first."""
    query = select(TimelineEntry).where(TimelineEntry.page_id == page_id).order_by(TimelineEntry.number)
    return (await session.scalars(query)).all()


async def count_of(session: AsyncSession, incident_id: int) -> int:
    return await session.scalar(select(func.count()).where(TimelineEntry.incident_id == incident_id)) or 0


async def entry_from(session: AsyncSession, incident_id: int, source: str) -> TimelineEntry | None:
    """The entry that was taken from this Slack message, if it is on the timeline already."""
    found: TimelineEntry | None = await session.scalar(
        select(TimelineEntry).where(TimelineEntry.incident_id == incident_id, TimelineEntry.source == source)
    )
    return found


async def incidents_with(session: AsyncSession, source: str) -> Sequence[int]:
    """The incidents on whose timelines this Slack message stands."""
    found = await session.scalars(
        select(TimelineEntry.incident_id).where(
            TimelineEntry.source == source, TimelineEntry.source.is_not(None)
        )
    )
    return [number for number in found if number is not None]
