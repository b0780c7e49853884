"""What recurring reviews ask of the tick: each in a transaction of its own."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.look import has_come
from bot.routine.meeting_rows import Meeting
from bot.routine.meetings import advance, due
from bot.steps.guarded import PUT_OFF, guarded


class Meetings:
    """One per process; the rows tell the processes apart."""

    MOMENTS = (has_come(Meeting.act_at),)

    def __init__(self, *, config: Config, db: Database, clock: Clock) -> None:
        self._config = config
        self._db = db
        self._clock = clock

    async def run(self) -> None:
        """Does what is due."""
        async with self._db.read() as session:
            numbers = await due(session, now=self._clock.now())
        for number in numbers:
            await self._advance(number)

    async def _advance(self, number: int) -> None:
        async def work(session: AsyncSession, now: datetime) -> None:
            await advance(session, number, config=self._config, now=now)

        async def put_off(session: AsyncSession, now: datetime) -> None:
            await session.execute(update(Meeting).where(Meeting.id == number).values(act_at=now + PUT_OFF))

        complaint = "A recurring review could not go on; it is put off"
        await guarded(self._db, self._clock, work, put_off, complaint=complaint, meeting=number)
