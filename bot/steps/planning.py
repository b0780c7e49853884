"""Risks that are to be looked at again, and decisions that are due: each reminder in a transaction of its own."""

from datetime import datetime, timedelta

from bot.config import Config
from bot.core.clock import Clock
from bot.core.db import Database
from bot.routine import decisions
from bot.steps.due import PLANNING, DueRows

# Somebody whose account is not known yet may be so soon.
ASK_AGAIN = timedelta(minutes=1)


class PlanningReminders:
    """One per process; the rows tell the processes apart."""

    MOMENTS = tuple(one.moment for one in PLANNING)

    def __init__(self, *, config: Config, db: Database, clock: Clock) -> None:
        self._config = config
        self._db = db
        self._clock = clock
        self._due = DueRows(PLANNING, config=config, db=db, clock=clock)
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
        await self._due.run()
