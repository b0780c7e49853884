"""Risks that are to be looked at again, and decisions that are due: each reminder in a transaction of its own."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.look import has_come
from bot.routine import decisions, risks
from bot.routine.decision_rows import Decision
from bot.routine.risk_rows import Risk
from bot.steps.guarded import PUT_OFF, guarded

# Somebody whose account is not known yet may be so soon.
ASK_AGAIN = timedelta(minutes=1)


class PlanningReminders:
    """One per process; the rows tell the processes apart."""

    MOMENTS = (has_come(Risk.remind_at), has_come(Decision.remind_at))

    def __init__(self, *, config: Config, db: Database, clock: Clock) -> None:
        self._config = config
        self._db = db
        self._clock = clock
        self._all_asked = not config.decisions
        self._asked_at: datetime | None = None

    @property
    def is_to_ask(self) -> bool:
        """Whether app.yaml asks something whose owner was not known yet."""
        last = self._asked_at
        return not self._all_asked and (last is None or abs(self._clock.now() - last) >= ASK_AGAIN)

    async def run(self) -> None:
        """Asks what app.yaml asks, and reminds of what is due."""
        if self.is_to_ask:
            is_first, self._asked_at = self._asked_at is None, self._clock.now()
            async with self._db.begin() as session:
                self._all_asked = await decisions.ask_what_config_asks(
                    session, self._config, now=self._asked_at, look_up=is_first
                )
        async with self._db.read() as session:
            now = self._clock.now()
            of_risks = await risks.due_reminders(session, now=now)
            of_decisions = await decisions.due_reminders(session, now=now)
        for number in of_risks:
            await self._risk(number)
        for number in of_decisions:
            await self._decision(number)

    async def _risk(self, number: int) -> None:
        async def work(session: AsyncSession, now: datetime) -> None:
            await risks.remind(session, number, config=self._config, now=now)

        async def put_off(session: AsyncSession, now: datetime) -> None:
            await session.execute(update(Risk).where(Risk.id == number).values(remind_at=now + PUT_OFF))

        complaint = "A risk could not be reminded of; it is put off"
        await guarded(self._db, self._clock, work, put_off, complaint=complaint, risk=number)

    async def _decision(self, number: int) -> None:
        async def work(session: AsyncSession, now: datetime) -> None:
            await decisions.remind(session, number, config=self._config, now=now)

        async def put_off(session: AsyncSession, now: datetime) -> None:
            await session.execute(
                update(Decision).where(Decision.id == number).values(remind_at=now + PUT_OFF)
            )

        complaint = "A decision could not be reminded of; it is put off"
        await guarded(self._db, self._clock, work, put_off, complaint=complaint, decision=number)
