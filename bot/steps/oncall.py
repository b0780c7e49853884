"""Schedules that must be looked at, and requests whose time is over: each in a transaction of its own."""

from bot.config import Config
from bot.core.clock import Clock
from bot.core.db import Database
from bot.oncall.watch import expect_watches
from bot.steps.due import ON_CALL, DueRows


class OnCall:
    """One per process; the rows tell the processes apart."""

    MOMENTS = tuple(one.moment for one in ON_CALL)

    def __init__(self, *, config: Config, db: Database, clock: Clock) -> None:
        self._config = config
        self._db = db
        self._clock = clock
        self._due = DueRows(ON_CALL, config=config, db=db, clock=clock)
        self._expected = False

    async def run(self) -> None:
        """Does what is due."""
        if not self._expected:
            async with self._db.begin() as session:
                await expect_watches(session, self._config, now=self._clock.now())
            self._expected = True
        await self._due.run()
