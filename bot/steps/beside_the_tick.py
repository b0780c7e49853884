"""What takes long: claimed by the tick in a transaction, carried out beside it, outside of any, and never begun again
by itself where its process is gone. Of that it is told.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, Self, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.background import Background
from bot.core.clock import Clock
from bot.core.db import Database
from bot.steps.guarded import PUT_OFF, Work, guarded

C = TypeVar("C")
Found = TypeVar("Found", covariant=True)


class Verbs(Protocol[Found]):
    """What is done with the rows, by their numbers; a module has these."""

    async def due(self, session: AsyncSession, *, now: datetime) -> Sequence[int]: ...

    async def orphans(self, session: AsyncSession, *, now: datetime) -> Sequence[int]: ...

    async def claim(
        self, session: AsyncSession, number: int, *, config: Config, worker: str, now: datetime
    ) -> Found | None: ...

    async def lose(self, session: AsyncSession, number: int, *, now: datetime) -> None: ...

    async def put_off(self, session: AsyncSession, number: int, *, until: datetime) -> None: ...


class BesideTheTick(Generic[C]):
    """One per process; `worker` tells the processes apart. `named` is what the log calls a row."""

    named: str
    put_off_for: timedelta = PUT_OFF

    def __init__(self, verbs: Verbs[C], *, config: Config, db: Database, clock: Clock, worker: str) -> None:
        self._verbs = verbs
        self._config = config
        self._db = db
        self._clock = clock
        self._worker = worker
        self._running = Background(f"A {self.named} was broken off")

    async def _carry_out(self, claimed: C) -> None:
        raise NotImplementedError

    def go_on_from(self, former: Self) -> None:
        """What it has set going goes on here."""
        self._running = former._running

    @property
    def is_busy(self) -> bool:
        return len(self._running) > 0

    async def run(self) -> None:
        """Sets going what waits, and tells of what was lost."""
        now = self._clock.now()
        async with self._db.read() as session:
            waiting = await self._verbs.due(session, now=now)
            lost = await self._verbs.orphans(session, now=now)
        for number in lost:
            await self._lose(number)
        for number in waiting:
            await self._claim(number)

    async def stop(self) -> None:
        """Breaks off what runs: that it was is told when its lease ends."""
        await self._running.stop()

    async def _lose(self, number: int) -> None:
        async def work(session: AsyncSession, now: datetime) -> None:
            await self._verbs.lose(session, number, now=now)

        await self._guarded(number, work, f"A lost {self.named} could not be told of")

    async def _claim(self, number: int) -> None:
        claimed: C | None = None

        async def work(session: AsyncSession, now: datetime) -> None:
            nonlocal claimed
            claimed = await self._verbs.claim(
                session, number, config=self._config, worker=self._worker, now=now
            )

        if await self._guarded(number, work, f"A {self.named} could not be begun") and claimed is not None:
            self._running.set_going(self._carry_out(claimed))

    async def _guarded(self, number: int, work: Work, complaint: str) -> bool:
        async def put_off(session: AsyncSession, now: datetime) -> None:
            await self._verbs.put_off(session, number, until=now + self.put_off_for)

        about: dict[str, Any] = {self.named: number}
        return await guarded(self._db, self._clock, work, put_off, complaint=complaint, **about)
