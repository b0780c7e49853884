"""The tick's step for action items: each reminder in a transaction of its own."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.look import has_come
from bot.reviews import action_reminding
from bot.reviews.action_rows import ActionItem
from bot.steps.guarded import PUT_OFF, guarded


class ActionItems:
    """One per process; the rows tell the processes apart."""

    MOMENTS = (has_come(ActionItem.remind_at),)

    def __init__(self, *, config: Config, db: Database, clock: Clock) -> None:
        self._config = config
        self._db = db
        self._clock = clock

    async def run(self) -> None:
        """Reminds of what is due."""
        async with self._db.read() as session:
            numbers = await action_reminding.due(session, now=self._clock.now())
        for number in numbers:
            await self._remind(number)

    async def _remind(self, number: int) -> None:
        async def work(session: AsyncSession, now: datetime) -> None:
            await action_reminding.remind(session, number, config=self._config, now=now)

        async def put_off(session: AsyncSession, now: datetime) -> None:
            await action_reminding.put_off(session, number, until=now + PUT_OFF)

        complaint = "Reminding of an action item failed; it is put off"
        await guarded(self._db, self._clock, work, put_off, complaint=complaint, item=number)
