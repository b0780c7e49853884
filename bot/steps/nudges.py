"""The tick's step for what incidents ask their people for: each question in a transaction of its own."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.look import has_come
from bot.incidents import nudging
from bot.incidents.rows import Nudge
from bot.steps.guarded import PUT_OFF, guarded


class Nudges:
    """One per process; the rows tell the processes apart."""

    MOMENTS = (has_come(Nudge.due_at),)

    def __init__(self, *, config: Config, db: Database, clock: Clock) -> None:
        self._config = config
        self._db = db
        self._clock = clock

    async def run(self) -> None:
        """Asks what is due."""
        async with self._db.read() as session:
            questions = await nudging.due(session, now=self._clock.now())
        for number, kind in questions:
            await self._ask(number, kind)

    async def _ask(self, number: int, kind: str) -> None:
        async def work(session: AsyncSession, now: datetime) -> None:
            await nudging.ask(session, number, kind, config=self._config, now=now)

        async def put_off(session: AsyncSession, now: datetime) -> None:
            of = (Nudge.incident_id == number, Nudge.kind == kind)
            await session.execute(update(Nudge).where(*of).values(due_at=now + PUT_OFF))

        complaint = "An incident could not ask its people; it is put off"
        await guarded(self._db, self._clock, work, put_off, complaint=complaint, incident=number)
