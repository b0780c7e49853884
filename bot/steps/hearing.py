"""The tick's step that sees to it that what was missed is read back, when Slack is heard again."""

from collections.abc import Awaitable, Callable

from bot.core.clock import Clock
from bot.core.db import Database
from bot.incidents.missed import read_back

# A process that stood still for so many seconds (a machine that was paused, a database that hung) has missed something.
STOOD_STILL = 30.0


class Hearing:
    """One per process. `connection` is what Slack's events come by at this moment, None where they cannot come at all;
    after another one than the last, nobody knows what was missed in between.
    """

    def __init__(
        self, *, db: Database, clock: Clock, connection: Callable[[], Awaitable[object | None]]
    ) -> None:
        self._db = db
        self._clock = clock
        self._connection = connection
        self._heard_by: object | None = None
        self._looked_at: float | None = None

    async def run(self) -> None:
        now = self._clock.monotonic()
        if self._looked_at is not None and now - self._looked_at > STOOD_STILL:
            self._heard_by = None
        self._looked_at = now
        connection = await self._connection()
        if connection is not None and connection is not self._heard_by:
            async with self._db.begin() as session:
                await read_back(session, now=self._clock.now())
        self._heard_by = connection
