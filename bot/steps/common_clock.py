"""Several replicas go by one clock, the database's; the only process there is (SQLite) by one that never goes back.

Leases and due moments are compared with the clock of whoever looks. A replica that is 20 s ahead would take
over what another one is sending just now, and ring the next step 20 s too early. And where the clock is set back by
an hour, what is due would wait for another hour.
"""

from datetime import datetime, timedelta

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
# What the machine's clock was set back by is made up for slowly: each second so much of one.
MADE_UP = 0.2


class CommonClock:
    """Keeps a process's clock in step with the database's, or from going back."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._compared_at: float | None = None
        self._seen: tuple[float, datetime] | None = None

    async def run(self) -> None:
        at = self._clock.monotonic()
        if self._db.is_sqlite:
            self._go_on(at)
            return
        if self._compared_at is not None and at - self._compared_at < COMPARED_EVERY:
            return
        await self.compare()
        self._compared_at = at

    def _go_on(self, at: float) -> None:
        """Goes on where it was when somebody sets the machine's clock back, and falls in step slowly."""
        if self._seen is not None:
            passed = timedelta(seconds=at - self._seen[0])
            behind = self._seen[1] + passed - self._clock.now()
            if behind > TOLERATED:
                self._clock.correct(behind)
                log.warning(
                    "This machine's clock was set back; Tocsin goes on by the one before, and falls in step slowly",
                    seconds=round(behind.total_seconds(), 3),
                    mend="Let NTP set the clock, a little at a time.",
                )
            elif self._clock.correction > timedelta():
                self._clock.correct(-min(self._clock.correction, MADE_UP * passed))
        self._seen = at, self._clock.now()

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
