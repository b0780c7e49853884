"""The tick's step that forgets what nobody can ask for any more, and sees that members and user groups are read."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.config import Config
from bot.core import receipts
from bot.core.clock import Clock
from bot.core.db import Database
from bot.delivery import limits
from bot.delivery.people import read_members
from bot.delivery.user_groups import read_groups
from bot.oncall.calendars import forget_unwanted
from bot.paging import links as page_links
from bot.steps import retention

CLEAN_EVERY = timedelta(minutes=10)
# What is older than app.yaml keeps it goes so often, and what of it was left over with each cleaning.
FORGET_EVERY = timedelta(hours=6)
# So many times a thousand, each time.
FORGETS_AT_MOST = 10


class Cleaning:
    """One per process; `links` are those of imported calendars."""

    def __init__(self, *, config: Config, db: Database, clock: Clock, links: Mapping[str, str]) -> None:
        self._config = config
        self._db = db
        self._clock = clock
        self._links = links
        self._cleaned_at: datetime | None = None
        self._forgot_at: datetime | None = None

    async def run(self) -> None:
        """Forgets receipts, finished intents and the like, now and then."""
        now = self._clock.now()
        if self._cleaned_at is not None and abs(now - self._cleaned_at) < CLEAN_EVERY:
            return
        self._cleaned_at = now
        async with self._db.begin() as session:
            await receipts.purge(session, now=self._clock.now())
            await limits.purge(session, now=self._clock.now())
            await page_links.purge(session, now=self._clock.now())
            await forget_unwanted(session, self._config, self._links)
            if self._config.delivery.read_members:
                await read_members(session, now=self._clock.now())
            await read_groups(session, self._config, now=self._clock.now())
        if self._forgot_at is None or abs(now - self._forgot_at) >= FORGET_EVERY:
            self._forgot_at = now if await self._thin_out() else None

    async def _thin_out(self) -> bool:
        """Some thousands of each kind at most, and few in each transaction: a storm's are gone after some rounds. Returns
        whether nothing is left over.
        """
        is_all = True
        for kind in retention.KINDS:
            for _ in range(FORGETS_AT_MOST):
                async with self._db.begin() as session:
                    gone = await retention.forget(
                        session, kind, self._config.retention, now=self._clock.now()
                    )
                if gone < retention.AT_MOST:
                    break
            else:
                is_all = False
        return is_all
