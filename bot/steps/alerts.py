"""Signals that are to be carried out, alerts that something is due for (the end of a wait, a silence, of flapping), and
maintenance that begins or ends.
"""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import queries, taking_in, windows
from bot.alerts.queries import Claimed
from bot.alerts.rows import Alert, MaintenanceWindow, Signal
from bot.config import Config
from bot.core.clock import Clock
from bot.core.db import Database
from bot.steps.guarded import guarded

# While one process has signals in work the others take none, so that each key's come in their order. A batch takes a
# second or two; who dies with one holds the others up for so long.
LEASE = timedelta(seconds=20)
BATCH = 200
LONGEST_STUMBLE = timedelta(minutes=5)
MOST_STUMBLES = 12


class Alerts:
    """One per process; `worker` tells the processes apart."""

    def __init__(self, *, config: Config, db: Database, clock: Clock, worker: str) -> None:
        self._config = config
        self._db = db
        self._clock = clock
        self._worker = worker

    async def run(self) -> None:
        """Carries out what has come in, and does what is due for alerts, until nothing is."""
        async with self._db.read() as session:
            signals, alerts, maintenance = await queries.anything_due(session, now=self._clock.now())
        if maintenance:
            await self._maintenance()
        if signals:
            await self._signals()
        if alerts:
            await self._alerts()

    async def _signals(self) -> None:
        while True:
            async with self._db.begin() as session:
                claimed = await queries.claim_signals(
                    session, now=self._clock.now(), lease=LEASE, worker=self._worker, limit=BATCH
                )
            for signal_id in by_urgency(claimed):
                await self._take_in(signal_id)
            if not claimed:
                return

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
            await taking_in.take_in(session, signal_id, config=self._config, now=now)

        async def put_off(session: AsyncSession, now: datetime) -> None:
            signal = await session.get(Signal, signal_id)
            stumbles = signal.stumbles if signal is not None else 0
            # Later, and not claimed for longer: a claim would hold up all others.
            await session.execute(
                update(Signal)
                .where(Signal.id == signal_id)
                .values(
                    due_at=now + min(timedelta(seconds=2**stumbles), LONGEST_STUMBLE),
                    claimed_until=None,
                    claimed_by=None,
                    stumbles=min(stumbles + 1, MOST_STUMBLES),
                )
                .execution_options(synchronize_session=False)
            )

        complaint = "A signal could not be carried out; it is put off"
        await guarded(self._db, self._clock, take_in, put_off, complaint=complaint, signal=signal_id)

    async def _due(self, alert_id: int) -> None:
        async def due(session: AsyncSession, now: datetime) -> None:
            await taking_in.due(session, alert_id, config=self._config, now=now)

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


def by_urgency(claimed: list[Claimed]) -> list[int]:
    """Whatever concerns an alert that is critical comes first; of one key all stay in their order."""
    critical = {one.key for one in claimed if one.is_critical}
    return [one.id for one in sorted(claimed, key=lambda one: one.key not in critical)]
