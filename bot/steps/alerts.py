"""Signals that are to be carried out, and what something is due for: alerts (the end of a wait, a silence, of flapping),
storms that may be over, and maintenance that begins or ends.

Several signals share a transaction: in a storm its beginning and its commit would cost more than what they do in it. One
that fails takes the others back with it, and then each is carried out by itself.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import aftermath, lifecycle, queries, storms, windows
from bot.alerts.rows import Alert, AlertStorm, MaintenanceWindow, Signal
from bot.alerts.signals import Due, due_signal, due_signals
from bot.config import Config
from bot.core.clock import Clock
from bot.core.db import Database, is_unreachable
from bot.steps.guarded import guarded

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=20)
BATCH = 200
# Signals in one transaction, a millisecond or two each: so long what has just come waits for it, and people too. (By
# their number and not by the time: on a crowded machine less would be done for each commit, and it could not keep up.)
TOGETHER = 32
# While more than so many wait to be taken in, that goes first: what can wait is carried out by few at a time, and after
# them rests, in seconds. What cannot wait is carried out at once, whatever comes in.
PRESSED, FEW, REST = 16, 8, 0.1
# In seconds. Then the other steps have their turn, also in a storm.
TURN = 0.25
LONGEST_STUMBLE = timedelta(minutes=5)
MOST_STUMBLES = 12


class Alerts:
    """One per process; `worker` tells the processes apart. `coming_in`: how many wait to be taken in."""

    def __init__(
        self, *, config: Config, db: Database, clock: Clock, worker: str, coming_in: Callable[[], int]
    ) -> None:
        self._config = config
        self._coming_in = coming_in
        self._db = db
        self._clock = clock
        self._worker = worker
        self._rested_since = 0.0

    async def run(self) -> None:
        """Carries out what has come in, and does what is due for alerts and storms. In a storm it ends before all is
        done, and asks to be called again.
        """
        async with self._db.read() as session:
            work = await queries.anything_due(session, now=self._clock.now())
        if work.maintenance:
            await self._maintenance()
        if work.signals and not (work.signals_wait and self._rests):
            await self._signals()
        if work.alerts:
            await self._alerts()
        if work.storms:
            await self._storms()

    async def _signals(self) -> None:
        until = self._clock.monotonic() + TURN
        while due := await self._take_in_together():
            self._rested_since = self._clock.monotonic()
            if self._is_pressed and all(one.can_wait for one in due):
                return  # what is taken in calls the tick again
            if self._clock.monotonic() >= until:
                self._db.on_work()
                return

    @property
    def _is_pressed(self) -> bool:
        return self._coming_in() > PRESSED

    @property
    def _rests(self) -> bool:
        return self._is_pressed and self._clock.monotonic() - self._rested_since < REST

    async def _take_in_together(self) -> list[Due]:
        """Those whose turn it was. What cannot wait is asked for anew with each transaction."""
        due: list[Due] = []
        try:
            async with self._db.begin() as session:
                now = self._clock.now()
                due = await due_signals(session, now=now, limit=TOGETHER)
                for number, signal in enumerate(due, 1):
                    await lifecycle.take_in(session, signal, config=self._config, now=now)
                    await asyncio.sleep(0)  # with SQLite nothing else would have waited for anything
                    if number >= FEW and self._is_pressed:
                        break
        except Exception as error:
            if is_unreachable(error):
                raise
            log.info(
                "Signals could not be carried out together; each is by itself", error=type(error).__name__
            )
            for signal in due:
                await self._take_in(signal.id)
        return due

    async def _alerts(self) -> None:
        while True:
            async with self._db.begin() as session:
                found = await queries.claim_alerts(
                    session, now=self._clock.now(), lease=LEASE, worker=self._worker, limit=BATCH
                )
            for alert_id in found:
                await self._due(alert_id)
            if not found:
                return

    async def _storms(self) -> None:
        while await self._storm():
            pass

    async def _maintenance(self) -> None:
        async with self._db.read() as session:
            found = await windows.due(session, now=self._clock.now())
        for number in found:
            await self._turn(number)

    async def _turn(self, number: int) -> None:
        async def turn(session: AsyncSession, now: datetime) -> None:
            await windows.turn(session, number, now=now)

        async def put_off(session: AsyncSession, now: datetime) -> None:
            await session.execute(
                update(MaintenanceWindow)
                .where(MaintenanceWindow.id == number)
                .values(due_at=now + LONGEST_STUMBLE)
                .execution_options(synchronize_session=False)
            )

        complaint = "What is due for maintenance could not be done; it is put off"
        await guarded(self._db, self._clock, turn, put_off, complaint=complaint, window=number)

    async def _take_in(self, signal_id: int) -> None:
        async def take_in(session: AsyncSession, now: datetime) -> None:
            signal = await due_signal(session, signal_id)
            if signal is not None:  # else another replica was quicker
                await lifecycle.take_in(session, signal, config=self._config, now=now)

        async def put_off(session: AsyncSession, now: datetime) -> None:
            signal = await session.get(Signal, signal_id)
            stumbles = signal.stumbles if signal is not None else 0
            await session.execute(
                update(Signal)
                .where(Signal.id == signal_id, Signal.due_at.is_not(None))
                .values(
                    due_at=now + min(timedelta(seconds=2**stumbles), LONGEST_STUMBLE),
                    stumbles=min(stumbles + 1, MOST_STUMBLES),
                )
                .execution_options(synchronize_session=False)
            )

        complaint = "A signal could not be carried out; it is put off"
        await guarded(self._db, self._clock, take_in, put_off, complaint=complaint, signal=signal_id)

    async def _due(self, alert_id: int) -> None:
        async def due(session: AsyncSession, now: datetime) -> None:
            await lifecycle.due(session, alert_id, config=self._config, now=now)

        async def put_off(session: AsyncSession, now: datetime) -> None:
            alert = await session.get(Alert, alert_id)
            stumbles = alert.stumbles if alert is not None else 0
            await session.execute(
                update(Alert)
                .where(Alert.id == alert_id)
                .values(
                    claimed_until=now + min(timedelta(seconds=2**stumbles), LONGEST_STUMBLE),
                    stumbles=min(stumbles + 1, MOST_STUMBLES),
                )
                .execution_options(synchronize_session=False)
            )

        complaint = "What is due for an alert could not be done; it is put off"
        await guarded(self._db, self._clock, due, put_off, complaint=complaint, alert=alert_id)

    async def _storm(self) -> bool:
        """Whether there was one to look at."""
        found: list[int] = []

        async def ends(session: AsyncSession, now: datetime) -> None:
            row = await storms.due_storm(session, now=now)
            if row is not None:
                found.append(row.id)
                await aftermath.ends(session, row, config=self._config, now=now)

        async def put_off(session: AsyncSession, now: datetime) -> None:
            await session.execute(
                update(AlertStorm)
                .where(AlertStorm.id.in_(found))
                .values(due_at=now + LONGEST_STUMBLE)
                .execution_options(synchronize_session=False)
            )

        complaint = "What a storm held back could not be taken up; it is put off"
        await guarded(self._db, self._clock, ends, put_off, complaint=complaint)
        return bool(found)
