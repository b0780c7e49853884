"""What comes again, carried out once per occurrence: the row moves on in the transaction that carries it out.

After a pause of any length the last occurrence that was missed is carried out, and none before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cadences.cadence import Cadence, following, latest
from bot.cadences.rows import Recurrence
from bot.core.db import insert_missing

Key = tuple[str, str]
"""Kind and name."""


@dataclass(frozen=True)
class Plan:
    """A cadence and how long before each occurrence it is carried out."""

    cadence: Cadence
    ahead: timedelta = timedelta()

    @property
    def rule(self) -> str:
        return f"{self.cadence.rule} · {self.ahead}"


@dataclass(frozen=True)
class Occurrence:
    """One time that something comes: `missed` is the first one that was due and passed over, None where none was."""

    key: Key
    at: datetime
    missed: datetime | None = None
    last_at: datetime | None = None
    """The occurrence before that was carried out."""


Plans = Mapping[Key, Plan]


async def kept(session: AsyncSession) -> dict[Key, Recurrence]:
    """All rows, locked."""
    rows = await session.scalars(
        select(Recurrence).order_by(Recurrence.kind, Recurrence.name).with_for_update()
    )
    return {(row.kind, row.name): row for row in rows}


async def expect(
    session: AsyncSession, known: Mapping[Key, Recurrence], plans: Plans, *, now: datetime
) -> None:
    """Brings the rows that are `known` in line with what is planned: what is planned no more goes. What is new or has
    another rule comes at its next time, never at once.
    """
    for key, row in known.items():
        plan = plans.get(key)
        if plan is None:
            await forget(session, key)
        elif row.rule != plan.rule:
            row.rule = plan.rule
            row.next_at, row.occurs_at = _next(plan, after=max(now, row.last_at or now))
    new = [_row(key, plan, now=now) for key, plan in plans.items() if key not in known]
    await insert_missing(session, Recurrence, new)


async def begin(session: AsyncSession, key: Key, plan: Plan, *, now: datetime) -> None:
    """From now on it comes by this plan, whatever it came by before."""
    await forget(session, key)
    await insert_missing(session, Recurrence, [_row(key, plan, now=now)])


async def forget(session: AsyncSession, key: Key) -> None:
    """It comes no more."""
    await session.execute(
        delete(Recurrence)
        .where(Recurrence.kind == key[0], Recurrence.name == key[1])
        .execution_options(synchronize_session=False)
    )


def _row(key: Key, plan: Plan, *, now: datetime) -> dict[str, Any]:
    next_at, occurs_at = _next(plan, after=now)
    return {
        "kind": key[0],
        "name": key[1],
        "rule": plan.rule,
        "next_at": next_at,
        "occurs_at": occurs_at,
        "last_at": None,
    }


async def due(session: AsyncSession, *, now: datetime) -> list[Key]:
    """What is to be carried out, the longest due first."""
    found = await session.execute(
        select(Recurrence.kind, Recurrence.name)
        .where(Recurrence.next_at <= now)
        .order_by(Recurrence.next_at, Recurrence.kind, Recurrence.name)
    )
    return [(kind, name) for kind, name in found]


async def occurs(session: AsyncSession, key: Key, plan: Plan, *, now: datetime) -> Occurrence | None:
    """Moves the row on and returns the occurrence that the caller carries out in this transaction.

    None: it is not due any more, or another process has it.
    """
    row: Recurrence | None = await session.scalar(
        select(Recurrence)
        .where(Recurrence.kind == key[0], Recurrence.name == key[1])
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    # A row of another rule waits for the process that knows it: one that was started with the newer app.yaml.
    if (
        row is None
        or row.next_at is None
        or row.occurs_at is None
        or row.next_at > now
        or row.rule != plan.rule
    ):
        return None
    first = row.occurs_at
    at = latest(plan.cadence, since=first, until=now + plan.ahead) or first
    occurrence = Occurrence(key, at, first if at > first else None, row.last_at)
    row.last_at = at
    row.next_at, row.occurs_at = _next(plan, after=at)
    return occurrence


async def coming(session: AsyncSession, key: Key) -> datetime | None:
    """The occurrence that is to come; None: there is none."""
    found: datetime | None = await session.scalar(
        select(Recurrence.occurs_at).where(Recurrence.kind == key[0], Recurrence.name == key[1])
    )
    return found


async def coming_of(session: AsyncSession, kind: str) -> dict[str, datetime]:
    """The occurrences that are to come of all of a kind, by name."""
    rows = await session.execute(
        select(Recurrence.name, Recurrence.occurs_at).where(
            Recurrence.kind == kind, Recurrence.occurs_at.is_not(None)
        )
    )
    return {name: at for name, at in rows if at is not None}


async def put_off(session: AsyncSession, key: Key, *, until: datetime) -> None:
    """What fails in our own code is tried again later; its occurrence stays."""
    await session.execute(
        update(Recurrence)
        .where(Recurrence.kind == key[0], Recurrence.name == key[1])
        .values(next_at=until)
        .execution_options(synchronize_session=False)
    )


def _next(plan: Plan, *, after: datetime) -> tuple[datetime | None, datetime | None]:
    occurs_at = following(plan.cadence, after=after)
    return (None if occurs_at is None else occurs_at - plan.ahead), occurs_at
