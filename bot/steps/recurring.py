"""The tick's step for what comes again: each occurrence in a transaction of its own."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cadences import recurring
from bot.cadences.recurring import Key, Occurrence, Plan, Plans
from bot.cadences.rows import Recurrence
from bot.config import Config
from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.look import has_come
from bot.digests import sending as digests
from bot.routine import grooming, meetings, tasks
from bot.steps.guarded import guarded

# What fails in our own code is put off for so long, and stops nothing else.
PUT_OFF = timedelta(minutes=5)

CarryOut = Callable[[AsyncSession, Config, Occurrence, datetime], Awaitable[object]]


@dataclass(frozen=True)
class Kind:
    """A kind of thing that comes again: its plans by name, as app.yaml has them, and the verb of an occurrence."""

    plans: Callable[[Config], Mapping[str, Plan]]
    carry_out: CarryOut


# A feature that recurs has its line here.
KINDS: Mapping[str, Kind] = {
    digests.KIND: Kind(digests.plans, digests.carry_out),
    tasks.KIND: Kind(tasks.plans, tasks.open_occurrence),
    meetings.KIND: Kind(meetings.plans, meetings.announce),
    "grooming": Kind(grooming.plans, grooming.carry_out),
}


class Recurring:
    """One per process; the rows tell the processes apart."""

    MOMENTS = (has_come(Recurrence.next_at),)

    def __init__(
        self, *, config: Config, db: Database, clock: Clock, kinds: Mapping[str, Kind] = KINDS
    ) -> None:
        self._config = config
        self._db = db
        self._clock = clock
        self._kinds = kinds
        self._plans: Plans = {
            (kind, name): plan for kind, of in kinds.items() for name, plan in of.plans(config).items()
        }
        self._expected = False

    async def run(self) -> None:
        """Carries out what is due."""
        if not self._expected:
            async with self._db.begin() as session:
                await recurring.expect(session, self._plans, now=self._clock.now())
            self._expected = True
        async with self._db.read() as session:
            keys = await recurring.due(session, now=self._clock.now())
        for key in keys:
            if key in self._plans:
                await self._carry_out(key)

    async def _carry_out(self, key: Key) -> None:
        async def work(session: AsyncSession, now: datetime) -> None:
            occurrence = await recurring.occurs(session, key, self._plans[key], now=now)
            if occurrence is not None:
                await self._kinds[key[0]].carry_out(session, self._config, occurrence, now)

        async def put_off(session: AsyncSession, now: datetime) -> None:
            await recurring.put_off(session, key, until=now + PUT_OFF)

        complaint = "Something that recurs failed; it is put off"
        await guarded(self._db, self._clock, work, put_off, complaint=complaint, kind=key[0], name=key[1])
