"""Reviews that begin, are held up or go on, and reminders of them: each in a transaction of its own."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.look import has_come
from bot.incidents.rows import Incident
from bot.reviews.lifecycle import due_looks, due_reminders, look, remind
from bot.reviews.rows import Review
from bot.steps.guarded import PUT_OFF, Work, guarded


class Reviews:
    """One per process; the rows tell the processes apart."""

    MOMENTS = (has_come(Incident.review_at), has_come(Review.remind_at))

    def __init__(self, *, config: Config, db: Database, clock: Clock) -> None:
        self._config = config
        self._db = db
        self._clock = clock

    async def run(self) -> None:
        """Does what is due."""
        async with self._db.read() as session:
            looks = await due_looks(session, now=self._clock.now())
            reminders = await due_reminders(session, now=self._clock.now())
        for number in looks:
            await self._look(number)
        for number in reminders:
            await self._remind(number)

    async def _look(self, number: int) -> None:
        async def work(session: AsyncSession, now: datetime) -> None:
            await look(session, number, config=self._config, now=now)

        async def put_off(session: AsyncSession, now: datetime) -> None:
            await session.execute(
                update(Incident).where(Incident.id == number).values(review_at=now + PUT_OFF)
            )

        await self._guarded(work, put_off, number)

    async def _remind(self, number: int) -> None:
        async def work(session: AsyncSession, now: datetime) -> None:
            await remind(session, number, config=self._config, now=now)

        async def put_off(session: AsyncSession, now: datetime) -> None:
            await session.execute(
                update(Review).where(Review.incident_id == number).values(remind_at=now + PUT_OFF)
            )

        await self._guarded(work, put_off, number)

    async def _guarded(self, work: Work, put_off: Work, number: int) -> None:
        complaint = "Work on a review failed; it is put off"
        await guarded(self._db, self._clock, work, put_off, complaint=complaint, incident=number)
