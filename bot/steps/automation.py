"""The tick's step for rules that were set off: each in a transaction of its own."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.automation import runs
from bot.automation.runs import Key
from bot.config import Config
from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.look import has_come
from bot.incidents.rows import AutomationRun
from bot.steps.guarded import PUT_OFF, guarded


class Automation:
    """One per process; the rows tell the processes apart."""

    MOMENTS = (has_come(AutomationRun.due_at),)

    def __init__(self, *, config: Config, db: Database, clock: Clock) -> None:
        self._config = config
        self._db = db
        self._clock = clock

    async def run(self) -> None:
        """Carries out what is due, until nothing is left."""
        while True:
            async with self._db.read() as session:
                keys = await runs.due(session, now=self._clock.now())
            for key in keys:
                await self._carry_out(key)
            if len(keys) < runs.AT_MOST:
                return

    async def _carry_out(self, key: Key) -> None:
        async def work(session: AsyncSession, now: datetime) -> None:
            await runs.carry_out(session, key, config=self._config, now=now)

        async def put_off(session: AsyncSession, now: datetime) -> None:
            await runs.put_off(session, key, until=now + PUT_OFF)

        complaint = "A rule of automation failed in Tocsin itself; it is put off"
        await guarded(
            self._db, self._clock, work, put_off, complaint=complaint, incident=key.incident_id, rule=key.rule
        )
