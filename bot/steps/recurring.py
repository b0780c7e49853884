"""The tick's step for what comes again: each occurrence in a transaction of its own."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cadences import recurring
from bot.cadences.recurring import Key, Occurrence, Plan, Plans
from bot.cadences.rows import Recurrence
from bot.config import Config
from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.look import has_come
from bot.digests import sending as digests
from bot.routine import grooming, meetings, planned, tasks
from bot.routine.task_rows import KIND as ROUTINE_TASK
from bot.steps.guarded import PUT_OFF, guarded

CarryOut = Callable[[AsyncSession, Config, Occurrence, datetime], Awaitable[object]]
Beside = Callable[[AsyncSession, Config], Awaitable[Mapping[str, Plan]]]


async def nothing_beside(session: AsyncSession, config: Config) -> Mapping[str, Plan]:
    return {}


@dataclass(frozen=True)
class Kind:
    """A kind of thing that comes again: its plans by name, as app.yaml has them, and the verb of an occurrence; `beside`
    has the plans of rows that people made. What has the same name in app.yaml goes before.
    """

    plans: Callable[[Config], Mapping[str, Plan]]
    carry_out: CarryOut
    beside: Beside = nothing_beside


# A feature that recurs has its line here.
KINDS: Mapping[str, Kind] = {
    digests.KIND: Kind(digests.plans, digests.carry_out),
    ROUTINE_TASK: Kind(tasks.plans, tasks.open_occurrence, planned.plans),
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
                # Locked before the rows of people are read: what somebody makes in between is not taken for gone.
                known = await recurring.kept(session)
                plans = await self._all_plans(session)
                await recurring.expect(session, known, plans, now=self._clock.now())
            self._expected = True
        async with self._db.read() as session:
            keys = await recurring.due(session, now=self._clock.now())
            plans = self._plans
            if any(key not in plans for key in keys):
                plans = await self._all_plans(session)
        for key in keys:
            if key in plans:
                await self._carry_out(key, plans[key])

    async def _all_plans(self, session: AsyncSession) -> Plans:
        """Those of app.yaml, and those that people made beside it."""
        made: dict[Key, Plan] = {}
        for kind, of in self._kinds.items():
            made |= {(kind, name): plan for name, plan in (await of.beside(session, self._config)).items()}
        return {**made, **self._plans}

    async def _carry_out(self, key: Key, plan: Plan) -> None:
        async def work(session: AsyncSession, now: datetime) -> None:
            occurrence = await recurring.occurs(session, key, plan, now=now)
            if occurrence is not None:
                await self._kinds[key[0]].carry_out(session, self._config, occurrence, now)

        async def put_off(session: AsyncSession, now: datetime) -> None:
            await recurring.put_off(session, key, until=now + PUT_OFF)

        complaint = "Something that recurs failed; it is put off"
        await guarded(self._db, self._clock, work, put_off, complaint=complaint, kind=key[0], name=key[1])
