"""Taking in: events become signals, and whoever sent them is answered after the commit.

Many requests share one commit and one INSERT: while one is under way, all who come wait together for the next; who
comes alone is committed at once. What waits is bounded, so that a storm is told to come back rather than fill the
memory.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import structlog
from sqlalchemy import JSON, Dialect, Table, bindparam, insert, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator

from bot.alerts.event import Event, Malformed
from bot.alerts.rows import Signal
from bot.core.clock import Clock
from bot.core.db import Database, complaint, is_unreachable, left_work

log = structlog.get_logger(__name__)

# So many signals share one commit at most: the first of them waits for all the others' INSERT.
AT_MOST = 500
# What waits for its commit at most, in signals and in bytes of their JSON.
WAITING_AT_MOST, BYTES_AT_MOST = 10_000, 64 * 1024 * 1024
# One request may bring this many: more are no tool's.
EVENTS_AT_MOST = 5_000
# In seconds. Whoever is not committed by then is told to send again; a repeat is harmless.
ANSWER_WITHIN, WATCH_EVERY = 5.0, 0.5
# Between two calls of the tick, in seconds: one takes as long as a hundred events, and carries out what waits at once.
CALL_AGAIN_AFTER = 0.1
# One who waits for the disk need not be logged with each commit that fails.
COMPLAIN_EVERY = 10.0


_JSON = json.JSONEncoder(allow_nan=False, separators=(",", ":"))


class Busy(Exception):
    """More waits already than can be borne: the sender is to come back in a moment."""


class NotTakenIn(Exception):
    """The database does not take it now. `str` says why, as the beginning of a sentence. It may be stored all the same:
    the sender is to send it again.
    """


class _AsWritten(TypeDecorator[Any]):
    """JSON that is text already: it was written when it was checked, and is not written twice."""

    impl = JSON
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> None:
        return None


_INSERT = insert(cast("Table", Signal.__table__)).values(event=bindparam("event", type_=_AsWritten()))
# The columns that are written, with their types on Postgres.
_WRITTEN = {
    "integration": "text",
    "key": "text",
    "can_wait": "boolean",
    "event": "json",
    "received_at": "timestamptz",
    "due_at": "timestamptz",
    "stumbles": "smallint",
}
# All rows in one statement, a list a column: half the time of a statement with as many executions as rows.
_INSERT_LISTS = text(
    f"INSERT INTO signal ({', '.join(_WRITTEN)}) SELECT * FROM unnest("  # noqa: S608 - the names above
    + ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _WRITTEN.items())
    + ")"
)


@dataclass(slots=True)
class _New:
    """A signal that is to be written, and the alert that it is about."""

    integration: str
    key: str
    can_wait: bool
    text: str
    now: datetime


@dataclass(eq=False, slots=True)
class _Delivery:
    """The signals of one request, and what becomes of them."""

    signals: list[_New]
    size: int
    since: float  # monotonic seconds
    outcome: asyncio.Future[None]


class Intake:
    """One per process. `stop` before the database is closed."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._waiting: deque[_Delivery] = deque()
        self._signals = 0
        self._bytes = 0
        self._under_way: list[_Delivery] = []
        self._writer: asyncio.Task[None] | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._called_at: float | None = None
        self._call: asyncio.TimerHandle | None = None
        self._complained_at: float | None = None
        # By integration, and by integration and reason: for Prometheus.
        self.accepted: Counter[str] = Counter()
        self.rejected: Counter[tuple[str, str]] = Counter()

    @property
    def waiting(self) -> int:
        """Signals that were handed over and are not committed yet."""
        return self._signals

    @property
    def is_full(self) -> bool:
        return self._signals >= WAITING_AT_MOST or self._bytes >= BYTES_AT_MOST

    async def take(self, integration: str, events: Sequence[Event]) -> None:
        """Returns when all of them are committed. Raises Malformed, Busy or NotTakenIn."""
        if not events:
            return
        if len(events) > EVENTS_AT_MOST:
            raise Malformed(f"more than {EVENTS_AT_MOST} alerts in one request")
        if self.is_full:
            raise Busy
        now = self._clock.now()
        new = [_New(integration, event.key, event.can_wait, _written(event), now) for event in events]
        delivery = _Delivery(
            new,
            sum(len(one.text) for one in new),
            self._clock.monotonic(),
            asyncio.get_running_loop().create_future(),
        )
        self._waiting.append(delivery)
        self._signals += len(new)
        self._bytes += delivery.size
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all())
        if self._watch is None:
            self._watch = asyncio.get_running_loop().call_later(WATCH_EVERY, self._answer_overdue)
        await delivery.outcome
        self.accepted[integration] += len(new)

    async def stop(self, patience: float) -> None:
        """Lets the commits under way end; whoever still waits is told to send again."""
        if self._writer is not None:
            _, late = await asyncio.wait({self._writer}, timeout=patience)
            for writer in late:
                writer.cancel()
                with suppress(asyncio.CancelledError):
                    await writer
        for timer in (self._call, self._watch):
            if timer is not None:
                timer.cancel()

    # -- the writer ----------------------------------------------------------------------------------------

    async def _write_all(self) -> None:
        """Until nobody waits. One at a time, so that the signals of an alert keep their order."""
        try:
            while self._waiting:
                self._under_way = self._next()
                await self._write(self._under_way)
                self._under_way = []
        except BaseException:
            for delivery in (*self._under_way, *self._waiting):
                self._answer(delivery, NotTakenIn("Tocsin is stopping"))
            self._under_way = []
            self._waiting.clear()
            raise
        finally:
            self._writer = None

    def _next(self) -> list[_Delivery]:
        found: list[_Delivery] = []
        count = 0
        while self._waiting and (not found or count + len(self._waiting[0].signals) <= AT_MOST):
            delivery = self._waiting.popleft()
            if delivery.outcome.done():  # its sender is gone, or was told to send again
                self._answer(delivery)
            else:
                found.append(delivery)
                count += len(delivery.signals)
        return found

    async def _write(self, deliveries: list[_Delivery]) -> None:
        rows = without_repeats(new for delivery in deliveries for new in delivery.signals)
        try:
            if rows:
                async with self._db.begin() as session:
                    await session.run_sync(_insert, rows)
        except Exception as error:
            if is_unreachable(error):
                self._complain(error)
                for delivery in deliveries:
                    self._answer(delivery, NotTakenIn(complaint(error)))
            elif len(deliveries) > 1:  # the fault of one, perhaps: each by itself
                for delivery in deliveries:
                    await self._write([delivery])
            else:
                log.exception("Signals cannot be stored", integration=deliveries[0].signals[0].integration)
                self._answer(deliveries[0], Malformed("the database refuses what stands in it"))
        else:
            for delivery in deliveries:
                self._answer(delivery)
            if rows:
                self._call_tick()

    def _answer(self, delivery: _Delivery, error: Exception | None = None) -> None:
        self._signals -= len(delivery.signals)
        self._bytes -= delivery.size
        if delivery.outcome.done():
            return
        if error is None:
            delivery.outcome.set_result(None)
        else:
            delivery.outcome.set_exception(error)

    def _answer_overdue(self) -> None:
        """One timer for all; what is under way goes on, whoever is told."""
        overdue_since = self._clock.monotonic() - ANSWER_WITHIN
        for delivery in (*self._under_way, *self._waiting):
            if delivery.since <= overdue_since and not delivery.outcome.done():
                delivery.outcome.set_exception(NotTakenIn("Tocsin's database did not answer in time"))
        self._watch = None
        if self._writer is not None:
            self._watch = asyncio.get_running_loop().call_later(WATCH_EVERY, self._answer_overdue)

    def _call_tick(self) -> None:
        """At once when it was not called lately; else once for all who come meanwhile."""
        if self._call is not None:
            return
        now = self._clock.monotonic()
        if self._called_at is None or now - self._called_at >= CALL_AGAIN_AFTER:
            self._called_at = now
            self._db.on_work()
        else:
            self._call = asyncio.get_running_loop().call_later(
                self._called_at + CALL_AGAIN_AFTER - now, self._call_now
            )

    def _call_now(self) -> None:
        self._call = None
        self._called_at = self._clock.monotonic()
        self._db.on_work()

    def _complain(self, error: Exception) -> None:
        now = self._clock.monotonic()
        if self._complained_at is None or now - self._complained_at >= COMPLAIN_EVERY:
            self._complained_at = now
            log.error(
                f"{complaint(error)}; alerts cannot be taken in, and their senders are told to send again",
                error=type(error).__name__,
            )


def _insert(session: Session, rows: list[dict[str, Any]]) -> None:
    # By the connection: the ORM's bulk insert takes twice as long.
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(_INSERT_LISTS, {name: [row[name] for row in rows] for name in _WRITTEN})
    else:
        connection.execute(_INSERT, rows)


def without_repeats(signals: Iterable[_New]) -> list[dict[str, Any]]:
    """The rows of these, without each that says the same as the one before it about its alert: a repeated delivery.

    Not without any that was said before: an alert that fires, ends and fires again says the first thing twice.
    """
    last: dict[tuple[str, str], str] = {}
    found = []
    for new in signals:
        about = (new.integration, new.key)
        if last.get(about) != new.text:
            last[about] = new.text
            found.append(
                {
                    "integration": new.integration,
                    "key": new.key,
                    "can_wait": new.can_wait,
                    "event": new.text,
                    "received_at": new.now,
                    "due_at": new.now,
                    "stumbles": 0,
                }
            )
    return found


def accept(session: AsyncSession, integration: str, event: Event, *, now: datetime) -> None:
    """Takes in an event of Tocsin's own, in the transaction of its reason."""
    session.add(
        Signal(
            integration=integration,
            key=event.key,
            can_wait=event.can_wait,
            event=event.as_json(),
            received_at=now,
            due_at=now,
            stumbles=0,
        )
    )
    left_work(session)


def _written(event: Event) -> str:
    """Raises Malformed for what the database could not keep."""
    try:
        return _JSON.encode(event.as_json())
    except ValueError:
        raise Malformed("a number in it is too large") from None
