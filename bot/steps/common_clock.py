"""Several replicas go by one clock, the database's.

Leases and due moments are compared with the clock of whoever looks. A replica that is 20 s ahead would take
over what another one is sending just now, and ring the next step 20 s too early.
"""

from datetime import timedelta

import structlog
from sqlalchemy import func, select

from bot.core.clock import Clock
from bot.core.db import Database

log = structlog.get_logger(__name__)

COMPARED_EVERY = 10.0
# Less does no harm: leases are counted in tens of seconds.
TOLERATED = timedelta(milliseconds=250)
# An answer that takes longer says too little about when it was given.
LONGEST_ROUND_TRIP = timedelta(seconds=1)
WORTH_A_WARNING = timedelta(seconds=2)


class CommonClock:
    """Keeps a process's clock in step with the database's. SQLite has one process, and so one clock."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._compared_at: float | None = None

    async def run(self) -> None:
        at = self._clock.monotonic()
        if self._db.is_sqlite or (self._compared_at is not None and at - self._compared_at < COMPARED_EVERY):
            return
        await self.compare()
        self._compared_at = at

    async def compare(self) -> None:
        async with self._db.read() as session:
            await session.connection()  # what it takes to connect is not part of the round trip
            asked_at = self._clock.now()
            theirs = await session.scalar(select(func.clock_timestamp()))
            answered_at = self._clock.now()
        if theirs is None or answered_at - asked_at > LONGEST_ROUND_TRIP:
            return
        behind = theirs - (asked_at + (answered_at - asked_at) / 2)
        if abs(behind) <= TOLERATED:
            return
        self._clock.correct(behind)
        tell = log.warning if abs(behind) > WORTH_A_WARNING else log.info
        tell(
            "This machine's clock differs from the database's, by which Tocsin goes",
            seconds=round(-behind.total_seconds(), 3),
            mend="Let NTP set the clocks of all machines.",
        )
