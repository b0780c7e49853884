"""The outbox: intents to tell somebody something, written in the same transaction as the reason to.

A row says *what about* ("card of incident 12"), never the content: delivery builds that from the rows as
they are when it sends. How a row lives:

    due ──claim──▶ in flight ──settle──▶ finished
     ▲                │ └─ failed: due again later, with the problem noted ─┐
     └────────────────┴───── process died: the lease runs out, "doubtful" ◀─┘

`due_at` is the whole state: set, the row waits or is in flight (`claimed_until` in the future); empty, it is
finished, one way or the other (`outcome`). A page that is due at once is written as claimed by the process that
writes it, when this has a place for it, and leaves with the commit: no tick needs to find it first.

Of the rows with one `fold` key never two are in flight: the first of them alone may leave. So nothing that is
kept current in place (a card, a topic) is posted twice, or brought up to date in the wrong order.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from functools import partial
from typing import Any, Protocol, cast

import structlog
from sqlalchemy import (
    Connection,
    CursorResult,
    Index,
    Select,
    SmallInteger,
    String,
    Table,
    and_,
    bindparam,
    case,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, Session, mapped_column

from bot.core.db import Base, RowId, UtcDateTime, after_commit, at_commit, left_work, loaded, only


class Priority(IntEnum):
    """What leaves first when not all can."""

    PAGE = 0
    ANSWER = 5
    CARD = 10
    NOTE = 20
    DIGEST = 30


class OutboxItem(Base):
    """One intent. `about` holds the few ids that its sender needs; nobody's secrets, nobody's content."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    about: Mapped[dict[str, Any]]
    incident_id: Mapped[int | None] = mapped_column(RowId)
    # Rows of one lane leave one after the other, in the order in which they were written.
    lane: Mapped[str | None] = mapped_column(String(100))
    # Of the waiting rows with one fold key one is enough: it will show the newest state anyway.
    fold: Mapped[str | None] = mapped_column(String(200))
    priority: Mapped[int] = mapped_column(SmallInteger)
    # Who carries it where that is not Slack: the kind of a contact method. One that hangs holds up no other.
    way: Mapped[str | None] = mapped_column(String(20))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    # The gate of a rate limit that it was put off at, and the moment that is booked for it there.
    slot_gate: Mapped[str | None] = mapped_column(String(120))
    slot_at: Mapped[datetime | None]
    # An earlier attempt may have arrived: look before sending again.
    doubtful: Mapped[bool] = mapped_column(default=False)
    # What failed, the failure's code, and what to do about it, in words; kept until it is mended.
    what: Mapped[str | None] = mapped_column(String(200))
    problem: Mapped[str | None] = mapped_column(String(100))
    mend: Mapped[str | None] = mapped_column(String(500))
    outcome: Mapped[str | None] = mapped_column(String(20))  # done, stale, given up
    finished_at: Mapped[datetime | None]
    trace_id: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (
        Index("ix_outbox_due", "priority", "due_at", "id", **only("due_at IS NOT NULL")),
        Index("ix_outbox_beside", "due_at", "way", **only("due_at IS NOT NULL AND way IS NOT NULL")),
        Index("ix_outbox_lane", "lane", "id", **only("due_at IS NOT NULL")),
        Index("ix_outbox_fold", "fold", **only("due_at IS NOT NULL")),
        Index("ix_outbox_incident_id", "incident_id", **only("due_at IS NOT NULL")),
        Index("ix_outbox_finished_at", "finished_at", **only("finished_at IS NOT NULL")),
    )


class Courier(Protocol):
    """Who delivers in this process."""

    worker: str
    lease: timedelta

    def has_place(self) -> bool:
        """Whether one more page could leave at this moment."""

    def take(self, item: OutboxItem) -> None:
        """Sets a row going that `worker` has claimed."""


def enqueue(
    session: AsyncSession,
    kind: str,
    *,
    now: datetime,
    about: dict[str, Any] | None = None,
    incident_id: int | None = None,
    lane: str | None = None,
    fold: str | None = None,
    priority: Priority = Priority.NOTE,
    way: str | None = None,
    delay: timedelta = timedelta(),
    first: bool = False,
) -> None:
    """Notes an intent, to leave after `delay`; `first` says that none of its fold key can be waiting yet. `way` is
    the kind of contact method that carries it, where it is not Slack.

    It is written with all others of the transaction at its commit. With `fold`, a row of that key that still
    waits for its first attempt is brought forward instead; one that waits after a failure, or for a moment that
    was booked for it, keeps its time, so that a busy incident does not hammer a failing Slack.
    """
    left_work(session)
    row = {
        "kind": kind,
        "about": about or {},
        "incident_id": incident_id,
        "lane": lane,
        "fold": fold,
        "priority": priority,
        "way": way,
        "created_at": now,
        "due_at": now + delay,
        "trace_id": structlog.contextvars.get_contextvars().get("trace_id"),
    }
    courier: Courier | None = session.info.get("courier")
    is_due = priority == Priority.PAGE and way is None and delay <= timedelta()
    leaves_at_once = is_due and lane is None and (first or fold is None)
    if leaves_at_once and courier is not None and courier.has_place():
        claim = {"claimed_until": now + courier.lease, "claimed_by": courier.worker, "attempts": 1}
        at_commit(session, _hand_over, (session.sync_session, courier, row | claim))
    else:
        at_commit(session, _write, (row, fold is not None and not first))


def is_noted(session: AsyncSession, fold: str, *, by: datetime | None = None) -> bool:
    """Whether this transaction has noted an intent of that fold key, to leave `by` then. Another one would change nothing,
    unless it were to leave sooner.
    """
    noted = session.info.get("at commit", {}).get(_write, ())
    return any(row["fold"] == fold and (by is None or row["due_at"] <= by) for row, _ in noted)


async def is_waiting(session: AsyncSession, fold: str) -> bool:
    """Whether an intent of that fold key waits, or is in flight."""
    waits = select(OutboxItem.id).where(OutboxItem.fold == fold, OutboxItem.due_at.is_not(None)).limit(1)
    return await session.scalar(waits) is not None


def _hand_over(connection: Connection, noted: list[tuple[Session, Courier, dict[str, Any]]]) -> None:
    """Writes intents that are claimed already, and has them leave after the commit."""
    for session, courier, row in noted:
        row |= {"id": connection.scalar(_INSERT_CLAIMED, row)}
        after_commit(session, partial(courier.take, loaded(OutboxItem, row)))


def _write(connection: Connection, noted: list[tuple[dict[str, Any], bool]]) -> None:
    """Writes the intents of one transaction: what folds into a waiting row, or into one another, only once."""
    rows: list[dict[str, Any]] = []
    folds: dict[str, dict[str, Any]] = {}
    for row, may_fold in noted:
        twin = folds.get(row["fold"])
        if twin is not None:
            twin["due_at"] = min(twin["due_at"], row["due_at"])
            continue
        if may_fold:
            folds[row["fold"]] = row
        rows.append(row)
    waiting: set[str] = set()
    for due_at in {row["due_at"] for row in folds.values()}:
        keys = [fold for fold, row in folds.items() if row["due_at"] == due_at]
        waiting.update(connection.scalars(_BRING_FORWARD, {"folds": keys, "sooner": due_at}))
    rows = [row for row in rows if row["fold"] not in waiting]
    if rows:
        connection.execute(_INSERT, rows)


# Core rather than ORM, and compiled once: every change of an incident writes several rows.
_TABLE = cast("Table", OutboxItem.__table__)
_INSERT = insert(_TABLE).inline()
_INSERT_CLAIMED = insert(_TABLE).returning(_TABLE.c.id)
_SOONER = bindparam("sooner", type_=_TABLE.c.due_at.type)
_BRING_FORWARD = (
    update(_TABLE)
    .where(
        _TABLE.c.fold.in_(bindparam("folds", expanding=True)),
        _TABLE.c.due_at.is_not(None),
        _TABLE.c.claimed_until.is_(None),
    )
    .values(
        due_at=case(
            (
                and_(_TABLE.c.attempts == 0, _TABLE.c.due_at > _SOONER, _TABLE.c.slot_at.is_(None)),
                _SOONER,
            ),
            else_=_TABLE.c.due_at,
        )
    )
    .returning(_TABLE.c.fold)
)


async def is_under_way(session: AsyncSession, folds: Sequence[str], *, now: datetime) -> bool:
    """Whether a process is delivering a row of one of these fold keys at this moment."""
    found = await session.scalar(_UNDER_WAY, {"folds": folds, "now": now})
    return found is not None


_NOW = bindparam("now", type_=UtcDateTime)
# Built once: putting these statements together takes longer than running them.
_UNDER_WAY = (
    select(OutboxItem.id)
    .where(
        OutboxItem.fold.in_(bindparam("folds", expanding=True)),
        OutboxItem.due_at.is_not(None),
        OutboxItem.claimed_until > _NOW,
    )
    .limit(1)
)


async def problems_of(session: AsyncSession, incident_id: int) -> Sequence[OutboxItem]:
    """What could not be delivered for this incident and still waits for another try, oldest first."""
    return (await session.scalars(_PROBLEMS, {"of_incident": incident_id})).all()


_PROBLEMS = (
    select(OutboxItem)
    .where(
        OutboxItem.incident_id == bindparam("of_incident"),
        OutboxItem.due_at.is_not(None),
        OutboxItem.problem.is_not(None),
    )
    .order_by(OutboxItem.id)
)


async def retry_now(session: AsyncSession, incident_id: int, *, now: datetime) -> int:
    """Makes what failed for this incident due at once, or at the moment that is booked for it; returns how many rows
    that are.
    """
    left_work(session)
    result = await session.execute(
        update(OutboxItem)
        .where(
            OutboxItem.incident_id == incident_id,
            OutboxItem.due_at.is_not(None),
            OutboxItem.claimed_until.is_(None),
            OutboxItem.problem.is_not(None),
        )
        .values(due_at=func.coalesce(OutboxItem.slot_at, now))
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[tuple[()]]", result).rowcount


async def hasten(session: AsyncSession, incident_id: int, kinds: Sequence[str], *, now: datetime) -> None:
    """What this incident's rows of these kinds waited for is there: they are due at once."""
    left_work(session)
    await session.execute(_HASTEN, {"of_incident": incident_id, "of_kinds": kinds, "now": now})


_HASTEN = (
    update(_TABLE)
    .where(
        _TABLE.c.incident_id == bindparam("of_incident"),
        _TABLE.c.kind.in_(bindparam("of_kinds", expanding=True)),
        _TABLE.c.due_at > _NOW,
        _TABLE.c.claimed_until.is_(None),
        _TABLE.c.problem.is_(None),
        _TABLE.c.slot_at.is_(None),
    )
    .values(due_at=_NOW)
)


async def waiting(session: AsyncSession, *, at_most: int) -> dict[Priority, int]:
    """How many rows wait or are in flight, by priority; counting ends at `at_most` of each."""
    found = {}
    for priority in Priority:
        some = _unfinished(priority).with_only_columns(OutboxItem.id).limit(at_most).subquery()
        found[priority] = await session.scalar(select(func.count()).select_from(some)) or 0
    return found


async def oldest_due(session: AsyncSession) -> dict[Priority, datetime]:
    """Since when the row that is due first has been so (or when it will be), by priority; none where none waits."""
    found = {}
    for priority in Priority:
        first = _unfinished(priority).order_by(OutboxItem.due_at).limit(1)
        due_at = await session.scalar(first)
        if due_at is not None:
            found[priority] = due_at
    return found


def _unfinished(priority: Priority) -> Select[datetime | None]:
    return select(OutboxItem.due_at).where(OutboxItem.priority == priority, OutboxItem.due_at.is_not(None))


def old_items(before: datetime) -> Select[int]:
    """Those that were finished before, the oldest first: nobody can ask about them any more."""
    return select(OutboxItem.id).where(OutboxItem.finished_at < before).order_by(OutboxItem.finished_at)
