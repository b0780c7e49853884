"""Pages that something is due for, notifications that nobody accepted, and the auditor who looks after both."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.clock import Clock
from bot.core.db import Database, is_unreachable
from bot.incidents import paging
from bot.paging import queries
from bot.paging.rows import Notification, Page

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
BATCH = 50
# What is due and untouched for so long was forgotten by the step: the auditor takes it up.
FORGOTTEN_AFTER = timedelta(seconds=10)
NOW = timedelta()
# A page whose very handling fails in our code is put off, longer each time, and stops nobody else's.
LONGEST_STUMBLE = timedelta(minutes=5)


class Paging:
    """One per process; `worker` tells the processes apart. `found_forgotten` counts what the auditor found."""

    def __init__(self, *, config: Config, db: Database, clock: Clock, worker: str) -> None:
        self._config = config
        self._db = db
        self._clock = clock
        self._worker = worker
        self.found_forgotten = 0
        self.forgotten_now = 0

    async def run(self) -> None:
        """Does what is due for pages, until nothing is."""
        while True:
            async with self._db.read() as session:
                # Nearly always nothing is due, and a look disturbs no writer.
                if not await queries.untouched(session, now=self._clock.now(), longer_than=NOW, limit=1):
                    return
            async with self._db.begin() as session:
                page_ids = await queries.claim(
                    session, now=self._clock.now(), lease=LEASE, worker=self._worker, limit=BATCH
                )
            for page_id in page_ids:
                await self._drive(page_id)
            if len(page_ids) < BATCH:
                return

    async def late(self) -> None:
        """Notifications that no provider has accepted in time: the person's other methods are used."""
        while True:
            now = self._clock.now()
            async with self._db.read() as session:
                found = await queries.late_notifications(session, now=now, limit=BATCH)
            for page_id, notification_id in found:
                await self._late(page_id, notification_id)
            if len(found) < BATCH:
                return

    async def audit(self) -> None:
        """Finds pages that the step above has missed, drives them, and says so: there should be none."""
        async with self._db.read() as session:
            found = await queries.untouched(session, now=self._clock.now(), longer_than=FORGOTTEN_AFTER)
        self.forgotten_now = len(found)
        if not found:
            return
        self.found_forgotten += len(found)
        log.error(
            "Pages were due and nobody had them in work; they are driven now",
            pages=list(found)[:20],
            count=len(found),
            in_all=self.found_forgotten,
        )
        for page_id in found:
            await self._drive(page_id)

    async def _drive(self, page_id: int) -> None:
        async def drive(session: AsyncSession, now: datetime) -> None:
            await paging.due(session, page_id, config=self._config, now=now)

        async def put_off(session: AsyncSession, now: datetime) -> None:
            await session.execute(
                update(Page)
                .where(Page.id == page_id)
                .values(stumbles=Page.stumbles + 1, claimed_until=now + await self._wait(session, page_id))
                .execution_options(synchronize_session=False)
            )

        await self._guarded(drive, put_off, page=page_id)

    async def _wait(self, session: AsyncSession, page_id: int) -> timedelta:
        page = await session.get(Page, page_id)
        stumbles = page.stumbles if page is not None else 0
        return min(timedelta(seconds=2 ** min(stumbles, 12)), LONGEST_STUMBLE)

    async def _late(self, page_id: int, notification_id: int) -> None:
        async def late(session: AsyncSession, now: datetime) -> None:
            await paging.overdue(session, page_id, notification_id, now=now)

        async def put_off(session: AsyncSession, now: datetime) -> None:
            await session.execute(
                update(Notification)
                .where(Notification.id == notification_id)
                .values(due_at=now + LONGEST_STUMBLE)
                .execution_options(synchronize_session=False)
            )

        await self._guarded(late, put_off, page=page_id, notification=notification_id)

    async def _guarded(
        self,
        work: Callable[[AsyncSession, datetime], Awaitable[None]],
        put_off: Callable[[AsyncSession, datetime], Awaitable[None]],
        **about: int,
    ) -> None:
        """One row's work in a transaction of its own; a failure puts off this row alone."""
        try:
            async with self._db.begin() as session:
                await work(session, self._clock.now())
        except Exception as error:
            if is_unreachable(error):
                raise  # nothing can be written down now; the lease runs out
            log.exception("A page could not be driven; it is put off", **about)
            async with self._db.begin() as session:
                await put_off(session, self._clock.now())
