"""The tick's step that looks whether those whose shift begins soon can be reached."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.look import has_come
from bot.paging import probes
from bot.paging.rows import ShiftCheck
from bot.steps.guarded import guarded


class ShiftProbes:
    """One per process. Without a key there are no contact methods, and nobody is reminded of what cannot be had."""

    MOMENTS = (has_come(ShiftCheck.next_at),)

    def __init__(self, *, config: Config, db: Database, clock: Clock, methods_exist: bool) -> None:
        self._config = config
        self._db = db
        self._clock = clock
        self._wanted = methods_exist and bool(config.schedules)
        self._expected = False

    async def run(self) -> None:
        """Looks at the schedules that are due, each in a transaction of its own."""
        if not self._wanted:
            return
        now = self._clock.now()
        if not self._expected:
            async with self._db.begin() as session:
                await probes.expect_checks(session, self._config, now=now)
            self._expected = True
        async with self._db.read() as session:
            due = await probes.due_checks(session, now=now)
        for name in due:
            await self._look_at(name)

    async def _look_at(self, name: str) -> None:
        async def work(session: AsyncSession, now: datetime) -> None:
            await probes.check_schedule(session, name, config=self._config, now=now)

        async def put_off(session: AsyncSession, now: datetime) -> None:
            await probes.put_off(session, name, now=now)

        complaint = "A schedule's next shifts could not be looked at"
        await guarded(self._db, self._clock, work, put_off, complaint=complaint, schedule=name)
