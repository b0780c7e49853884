"""Pages that something is due for, notifications that nobody accepted, and the auditor who looks after both."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.clock import Clock
from bot.core.db import Database
from bot.incidents import paging
from bot.paging import queries
from bot.paging.rows import Notification, Page
from bot.steps.guarded import Work, guarded

log = structlog.get_logger(__name__)

# To drive a page takes milliseconds. Whoever drives one looks again under its lock what is due, so two do no harm.
LEASE = timedelta(seconds=10)
BATCH = 50
# What is due and untouched for so long was forgotten by the step: the auditor takes it up.
FORGOTTEN_AFTER = timedelta(seconds=10)
AUDIT_EVERY = 5.0
# A page whose very handling fails in our code is put off, longer each time, and stops nobody else's.
LONGEST_STUMBLE = timedelta(minutes=5)
# By then it waits for the longest. It goes on for as long as the fault is there, months perhaps: nothing counts on.
MOST_STUMBLES = 12


class Paging:
    """One per process; `worker` tells the processes apart. `found_forgotten` counts what the auditor found."""

    def __init__(self, *, config: Config, db: Database, clock: Clock, worker: str) -> None:
        self._config = config
        self._db = db
        self._clock = clock
        self._worker = worker
        self._audited_at: float | None = None
        self.found_forgotten = 0
        self.forgotten_now = 0

    def go_on_from(self, former: "Paging") -> None:
        """What its auditor found still counts."""
        self._audited_at = former._audited_at
        self.found_forgotten, self.forgotten_now = former.found_forgotten, former.forgotten_now

    async def run(self) -> None:
        """Does what is due for pages and notifications, until nothing is."""
        async with self._db.read() as session:
            # Nearly always nothing is due, and one look disturbs no writer.
            pages, notifications = await queries.anything_due(session, now=self._clock.now())
        if pages:
            await self._pages()
        if notifications:
            await self._notifications()

    async def _pages(self) -> None:
        while True:
            async with self._db.begin() as session:
                page_ids = await queries.claim(
                    session, now=self._clock.now(), lease=LEASE, worker=self._worker, limit=BATCH
                )
            for page_id in page_ids:
                await self._drive(page_id)
            if not page_ids:
                return

    async def _notifications(self) -> None:
        """Those that no provider has accepted in time: the person's other methods are used."""
        while True:
            async with self._db.read() as session:
                found = await queries.late_notifications(session, now=self._clock.now(), limit=BATCH)
            for page_id, notification_id in found:
                await self._late(page_id, notification_id)
            if len(found) < BATCH:
                return

    async def audit(self) -> None:
        """Finds pages that the step above has missed, drives them, and says so: there should be none."""
        at = self._clock.monotonic()
        if self._audited_at is not None and at - self._audited_at < AUDIT_EVERY:
            return
        self._audited_at = at
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
            page = await session.get(Page, page_id)
            stumbles = page.stumbles if page is not None else 0
            wait = min(timedelta(seconds=2**stumbles), LONGEST_STUMBLE)
            await session.execute(
                update(Page)
                .where(Page.id == page_id)
                .values(stumbles=min(stumbles + 1, MOST_STUMBLES), claimed_until=now + wait)
                .execution_options(synchronize_session=False)
            )

        await self._guarded(drive, put_off, page=page_id)

    async def _late(self, page_id: int, notification_id: int) -> None:
        async def late(session: AsyncSession, now: datetime) -> None:
            await paging.overdue(session, page_id, notification_id, config=self._config, now=now)

        async def put_off(session: AsyncSession, now: datetime) -> None:
            await session.execute(
                update(Notification)
                .where(Notification.id == notification_id)
                .values(due_at=now + LONGEST_STUMBLE)
                .execution_options(synchronize_session=False)
            )

        await self._guarded(late, put_off, page=page_id, notification=notification_id)

    async def _guarded(self, work: Work, put_off: Work, **about: int) -> None:
        complaint = "A page could not be driven; it is put off"
        await guarded(self._db, self._clock, work, put_off, complaint=complaint, **about)
