"""Taking rows of the outbox and settling them: what delivery does with the intents of bot.core.outbox."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Integer,
    SmallInteger,
    Table,
    Update,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate

from bot.core.db import UtcDateTime, left_work
from bot.core.outbox import OutboxItem, Priority

_TABLE = cast("Table", OutboxItem.__table__)
_NOW = bindparam("now", type_=UtcDateTime)


class ClaimLost(Exception):
    """The claim ran out while the row was in work, and somebody else has it now: what they find out counts."""


def may_leave() -> tuple[ColumnElement[bool], ...]:
    """The conditions under which a row's turn has come at `:now`: it is due, and the first of its lane and fold key."""
    earlier, twin = aliased(OutboxItem), aliased(OutboxItem)
    is_first_of_lane = or_(
        OutboxItem.lane.is_(None),
        ~exists().where(
            earlier.lane == OutboxItem.lane, earlier.id < OutboxItem.id, earlier.due_at.is_not(None)
        ),
    )
    # A row that left its lane after failures may still be in flight when a newer one of its fold key comes.
    is_first_of_fold = or_(
        OutboxItem.fold.is_(None),
        ~exists().where(twin.fold == OutboxItem.fold, twin.id < OutboxItem.id, twin.due_at.is_not(None)),
    )
    return OutboxItem.due_at <= _NOW, is_first_of_lane, is_first_of_fold


def _claim_statement(*of: ColumnElement[bool]) -> ReturningUpdate[Any]:
    due = (
        select(OutboxItem.id)
        .where(*of, _is_free(), *may_leave())
        .order_by(OutboxItem.priority, OutboxItem.due_at, OutboxItem.id)
        .limit(bindparam("limit", type_=Integer))
        .with_for_update(skip_locked=True)
    )
    return (
        update(OutboxItem)
        .where(OutboxItem.id.in_(due.scalar_subquery()))
        .values(
            doubtful=or_(OutboxItem.doubtful, OutboxItem.claimed_until.is_not(None)),
            claimed_until=bindparam("until", type_=UtcDateTime),
            claimed_by=bindparam("worker"),
            attempts=OutboxItem.attempts + 1,
        )
        .returning(OutboxItem)
        .execution_options(synchronize_session=False)
    )


def _is_free() -> ColumnElement[bool]:
    return or_(OutboxItem.claimed_until.is_(None), OutboxItem.claimed_until <= _NOW)


# Built once: putting these statements together takes longer than running them.
_CLAIM = _claim_statement(
    # One priority at a time: rows that wait for later, be they a million, are then never walked over.
    OutboxItem.priority == bindparam("of_priority", type_=SmallInteger),
    OutboxItem.way.is_(None),
)
_CLAIM_BESIDE = _claim_statement(OutboxItem.way == bindparam("of_way"))
# Asked for by their order, and not by `exists`: Postgres would then read through the whole table in the hope that a
# third of it is due, which is what it thinks of any moment that it is not told beforehand.
_ANY_DUE = select(
    *(
        select(OutboxItem.id)
        .where(
            OutboxItem.priority == int(priority),
            OutboxItem.way.is_(None),
            OutboxItem.due_at <= _NOW,
            _is_free(),
        )
        .order_by(OutboxItem.due_at, OutboxItem.id)
        .limit(1)
        .scalar_subquery()
        for priority in Priority
    ),
    select(OutboxItem.id)
    .where(OutboxItem.way.is_not(None), OutboxItem.due_at <= _NOW, _is_free())
    .order_by(OutboxItem.due_at)
    .limit(1)
    .scalar_subquery(),
)
_WAYS_DUE = (
    select(OutboxItem.way)
    .where(OutboxItem.way.is_not(None), OutboxItem.due_at <= _NOW, _is_free())
    .group_by(OutboxItem.way)
    .order_by(func.min(OutboxItem.priority))
)


async def due(session: AsyncSession, *, now: datetime) -> tuple[list[Priority], list[str]]:
    """The priorities for Slack, and the ways beside it, of which something is due that nobody has in work.

    It only reads, and disturbs no writer.
    """
    *firsts, beside = (await session.execute(_ANY_DUE, {"now": now})).one()
    priorities = [priority for priority, first in zip(Priority, firsts, strict=True) if first is not None]
    return priorities, await due_ways(session, now=now) if beside is not None else []


async def due_ways(session: AsyncSession, *, now: datetime) -> list[str]:
    """The ways beside Slack that have something due, those with pages first."""
    return [str(way) for way in await session.scalars(_WAYS_DUE, {"now": now})]


async def claim(
    session: AsyncSession,
    *,
    now: datetime,
    lease: timedelta,
    worker: str,
    limit: int,
    priorities: Sequence[Priority] = tuple(Priority),
    way: str | None = None,
) -> Sequence[OutboxItem]:
    """Takes up to `limit` due rows for `worker`, the most urgent first; they are its own until `now + lease`.

    They are Slack's of these priorities, or with `way` those that this way carries.

    A row whose lease ran out was in flight when its process died: it comes back as doubtful. Of a lane, and
    of a fold key, only the first waiting row is ever taken.
    """
    of = {"now": now, "until": now + lease, "worker": worker}
    if way is not None:
        found = await session.scalars(_CLAIM_BESIDE, {**of, "of_way": way, "limit": limit})
        return sorted(found, key=lambda item: (item.priority, item.id))
    items: list[OutboxItem] = []
    for priority in sorted(priorities):
        left = limit - len(items)
        if left > 0:
            more = await session.scalars(_CLAIM, {**of, "of_priority": int(priority), "limit": left})
            items += sorted(more, key=lambda item: item.id)
    return items


async def finish(session: AsyncSession, item: OutboxItem, outcome: str, *, now: datetime) -> None:
    """Ends a row: `done`, `stale` (nothing to tell any more) or `given up`."""
    await _settle(
        session, item, due_at=None, claimed_until=None, claimed_by=None, outcome=outcome, finished_at=now
    )


async def postpone(
    session: AsyncSession, item: OutboxItem, until: datetime, *, booked_at: str | None = None
) -> None:
    """Puts a row back that could not even be tried yet; the attempt does not count.

    `booked_at` is the gate at which that moment is booked for it: nothing brings it forward.
    """
    left_work(session)
    await _settle(
        session,
        item,
        due_at=until,
        claimed_until=None,
        claimed_by=None,
        attempts=item.attempts - 1,
        slot_gate=booked_at and booked_at[:120],
        slot_at=until if booked_at else None,
    )
    await _absorb_twins(session, item, until)


async def retry(
    session: AsyncSession,
    item: OutboxItem,
    until: datetime,
    *,
    what: str,
    problem: str | None,
    mend: str | None,
    doubtful: bool,
    out_of_lane: bool,
) -> None:
    """Puts a row back after a failure. `out_of_lane` lets those behind it pass: it is not going anywhere soon."""
    await _settle(
        session,
        item,
        due_at=until,
        claimed_until=None,
        claimed_by=None,
        what=what[:200] or None,
        problem=problem and problem[:100],
        mend=mend and mend[:500],
        doubtful=doubtful,
        slot_gate=None,
        slot_at=None,
        **({"lane": None} if out_of_lane else {}),
    )
    await _absorb_twins(session, item, until)


async def _settle(session: AsyncSession, item: OutboxItem, **values: Any) -> None:
    """Only whoever holds the claim may settle it: another process, or a later claim of this one, may have
    taken over a late one. Raises ClaimLost then, so that all else of the transaction is rolled back with it.
    """
    of = {"of_id": item.id, "of_worker": item.claimed_by, "of_attempt": item.attempts, **values}
    result = await session.execute(_settling(tuple(values)), of)
    if cast("CursorResult[tuple[()]]", result).rowcount != 1:
        raise ClaimLost


@cache
def _settling(names: tuple[str, ...]) -> Update:
    return (
        update(_TABLE)
        .where(
            _TABLE.c.id == bindparam("of_id"),
            _TABLE.c.claimed_by == bindparam("of_worker"),
            _TABLE.c.attempts == bindparam("of_attempt"),
        )
        .values({name: bindparam(name, type_=_TABLE.c[name].type) for name in names})
    )


async def _absorb_twins(session: AsyncSession, item: OutboxItem, until: datetime) -> None:
    """A row of the same fold key that was written while this one was in flight is not needed any more: this
    one waits again, and will show the newest state. Left alone, the newer one would block its lane for as long.
    """
    if item.fold is None:
        return
    await session.execute(
        update(OutboxItem)
        .where(
            OutboxItem.fold == item.fold,
            OutboxItem.id != item.id,
            OutboxItem.due_at.is_not(None),
            OutboxItem.claimed_until.is_(None),
        )
        .values(due_at=None, outcome="stale", finished_at=until)
        .execution_options(synchronize_session=False)
    )


async def release_claims_of_the_dead(session: AsyncSession) -> None:
    """At the start of the only process there is (SQLite): whatever is in flight was another life's.

    The rows become due at once instead of after their lease, and doubtful.
    """
    await session.execute(
        update(OutboxItem)
        .where(OutboxItem.claimed_until.is_not(None), OutboxItem.due_at.is_not(None))
        .values(claimed_until=None, claimed_by=None, doubtful=True)
        .execution_options(synchronize_session=False)
    )


async def forget_missed_slots(session: AsyncSession, *, before: datetime) -> None:
    """After a pause: moments that were booked and have gone by count no more. All at once, they would be too many."""
    await session.execute(
        update(OutboxItem)
        .where(OutboxItem.due_at.is_not(None), OutboxItem.slot_at < before)
        .values(slot_gate=None, slot_at=None)
        .execution_options(synchronize_session=False)
    )
