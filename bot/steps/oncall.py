"""Schedules that must be looked at, and requests whose time is over: each in a transaction of its own."""

from datetime import datetime

from sqlalchemy import literal_column, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.look import has_come
from bot.incidents.homes import refresh_homes
from bot.oncall.requests import expire, expired_requests
from bot.oncall.rows import ScheduleWatch, ShiftRequest
from bot.oncall.watch import due_watches, expect_watches, watch
from bot.steps.guarded import PUT_OFF, Work, guarded


class OnCall:
    """One per process; the rows tell the processes apart."""

    MOMENTS = (
        has_come(ScheduleWatch.next_at),
        # Written out: with a parameter the index of the open ones would not serve.
        has_come(ShiftRequest.expires_at, ShiftRequest.state == literal_column("'open'")),
    )

    def __init__(self, *, config: Config, db: Database, clock: Clock) -> None:
        self._config = config
        self._db = db
        self._clock = clock
        self._expected = False

    async def run(self) -> None:
        """Does what is due."""
        if not self._expected:
            async with self._db.begin() as session:
                await expect_watches(session, self._config, now=self._clock.now())
            self._expected = True
        async with self._db.read() as session:
            names = await due_watches(session, now=self._clock.now())
            requests = await expired_requests(session, now=self._clock.now())
        for name in names:
            await self._look(name)
        for request_id in requests:
            await self._expire(request_id)

    async def _look(self, name: str) -> None:
        async def work(session: AsyncSession, now: datetime) -> None:
            seen = await watch(session, self._config, name, now=now)
            if seen is not None and seen.is_handoff:
                await refresh_homes(session, now=now)

        async def put_off(session: AsyncSession, now: datetime) -> None:
            await session.execute(
                update(ScheduleWatch).where(ScheduleWatch.schedule == name).values(next_at=now + PUT_OFF)
            )

        await self._guarded(work, put_off, schedule=name)

    async def _expire(self, request_id: int) -> None:
        async def work(session: AsyncSession, now: datetime) -> None:
            await expire(session, request_id, now=now)

        async def put_off(session: AsyncSession, now: datetime) -> None:
            await session.execute(
                update(ShiftRequest).where(ShiftRequest.id == request_id).values(expires_at=now + PUT_OFF)
            )

        await self._guarded(work, put_off, request=request_id)

    async def _guarded(self, work: Work, put_off: Work, **about: int | str) -> None:
        complaint = "On-call work failed; it is put off"
        await guarded(self._db, self._clock, work, put_off, complaint=complaint, **about)
