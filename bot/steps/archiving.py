"""The tick's step for channels that are archived some time after the close: each in a transaction of its own."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.look import has_come
from bot.incidents import archiving
from bot.incidents.rows import Incident
from bot.steps.guarded import PUT_OFF, guarded


class Archiving:
    """One per process; the rows tell the processes apart."""

    MOMENTS = (has_come(Incident.archive_at),)

    def __init__(self, *, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def run(self) -> None:
        """Has those archived that are due."""
        async with self._db.read() as session:
            numbers = await archiving.due(session, now=self._clock.now())
        for number in numbers:
            await self._archive(number)

    async def _archive(self, number: int) -> None:
        async def work(session: AsyncSession, now: datetime) -> None:
            await archiving.archive(session, number, now=now)

        async def put_off(session: AsyncSession, now: datetime) -> None:
            await session.execute(
                update(Incident).where(Incident.id == number).values(archive_at=now + PUT_OFF)
            )

        complaint = "A channel could not be archived; it is put off"
        await guarded(self._db, self._clock, work, put_off, complaint=complaint, incident=number)
