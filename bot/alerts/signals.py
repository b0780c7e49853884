"""Whose turn it is: signals are carried out one process at a time, each key's in their order, what cannot wait first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Integer, Table, bindparam, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.rows import Alert, Signal
from bot.core.db import UtcDateTime, at_commit

# Any number that no other program on the same Postgres uses: alerts are taken in one after the other.
IN_TURN = 0x70C52


async def in_turn(session: AsyncSession) -> None:
    """Has other replicas wait until this transaction ends. What alerts join depends on those before them.

    It comes before the locks of incidents, pages and the outbox, which nobody takes who then waits for this.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(_IN_TURN, {"key": IN_TURN})


_IN_TURN = text("SELECT pg_advisory_xact_lock(:key)")
# Many signals lock many incidents, in whatever order they come: rather than have a person's click fail of a deadlock,
# which Postgres looks for after a second, they give way before, and each is carried out by itself.
_TOGETHER_IN_TURN = text("SELECT pg_advisory_xact_lock(:key), set_config('lock_timeout', '200ms', true)")


@dataclass(frozen=True)
class Due:
    """A signal whose turn it is. One that was put off may be overtaken: the contrary was said of its alert since, and
    was carried out.
    """

    id: int
    integration: str
    can_wait: bool
    event: dict[str, Any]
    is_overtaken: bool


async def due_signals(session: AsyncSession, *, now: datetime, limit: int) -> list[Due]:
    """The signals whose turn it is, locked: those that cannot wait, or if there are none the oldest, `limit` at most.

    What one key says must be carried out in its order, or an alert that is over would stay open: so what cannot wait
    comes with all that was said of its keys before. Other replicas wait until this transaction ends.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(_TOGETHER_IN_TURN, {"key": IN_TURN})
    rows = list((await session.execute(_DUE, {"now": now, "limit": limit})).all())
    urgent = [row for row in rows if not row.can_wait]
    if urgent:
        about = {"now": now, "keys": [row.key for row in urgent], "last": max(row.id for row in urgent)}
        earlier = (await session.execute(_EARLIER, about)).all()
        rows = list({row.id: row for row in (*urgent, *earlier)}.values())
    # One that was put off comes before what was said after it, though it was due later.
    return [await _turn_of(session, row) for row in sorted(rows, key=lambda row: row.id)]


async def due_signal(session: AsyncSession, signal_id: int) -> Due | None:
    """One of them, locked, unless it was carried out meanwhile."""
    await in_turn(session)
    found = select(*_OF_DUE).where(Signal.id == signal_id, Signal.due_at.is_not(None)).with_for_update()
    row = (await session.execute(found)).one_or_none()
    return None if row is None else await _turn_of(session, row)


async def _turn_of(session: AsyncSession, row: Any) -> Due:
    is_overtaken = row.stumbles > 0 and await _is_overtaken(session, row)
    return Due(row.id, row.integration, row.can_wait, row.event, is_overtaken)


async def _is_overtaken(session: AsyncSession, row: Any) -> bool:
    contrary = _CONTRARY.get(row.event["action"])
    if contrary is None:
        return False
    later = await session.scalar(
        select(Signal.id)
        .where(
            Signal.id > row.id,
            Signal.integration == row.integration,
            Signal.key == row.key,
            Signal.due_at.is_(None),
            Signal.event["action"].as_string() == contrary,
        )
        .limit(1)
    )
    return later is not None


_CONTRARY = {"trigger": "resolve", "acknowledge": "resolve", "resolve": "trigger"}


def carried_out(session: AsyncSession, signal: Due, alert: Alert | None, outcome: str) -> None:
    """Is done with a signal; it is written with the commit."""
    number = alert.id if alert is not None else None
    at_commit(session, _write_done, {"of": signal.id, "to": number, "came": outcome[:40]})


def _write_done(connection: Connection, done: list[dict[str, Any]]) -> None:
    connection.execute(_DONE, done)


# Built once: in a storm, putting these statements together takes longer than running them.
_NOW = bindparam("now", type_=UtcDateTime)
_OF_DUE = (Signal.id, Signal.integration, Signal.key, Signal.can_wait, Signal.event, Signal.stumbles)
_DUE = (
    select(*_OF_DUE)
    .where(Signal.due_at <= _NOW)
    .order_by(Signal.can_wait, Signal.due_at, Signal.id)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update()
)
_EARLIER = (
    select(*_OF_DUE)
    .where(
        Signal.key.in_(bindparam("keys", expanding=True)),
        Signal.due_at <= _NOW,
        Signal.id < bindparam("last", type_=Signal.id.type),
    )
    .with_for_update()
)
_SIGNALS = cast("Table", Signal.__table__)
_DONE = (
    update(_SIGNALS)
    .where(_SIGNALS.c.id == bindparam("of"))
    .values(due_at=None, alert_id=bindparam("to"), outcome=bindparam("came"))
)
