"""Looking for pages: what is due, and what belongs together."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.db import UtcDateTime
from bot.paging.rows import RESOLVED, Notification, Page


async def claim(
    session: AsyncSession, *, now: datetime, lease: timedelta, worker: str, limit: int
) -> Sequence[int]:
    """Takes up to `limit` pages that something is due for, the longest overdue first; returns their ids.

    They are this worker's own until `now + lease`, or until each is done with.
    """
    ready = (
        select(Page.id)
        .where(Page.due_at <= now, or_(Page.claimed_until.is_(None), Page.claimed_until <= now))
        .order_by(Page.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = await session.scalars(
        update(Page)
        .where(Page.id.in_(ready.scalar_subquery()))
        .values(claimed_until=now + lease, claimed_by=worker)
        .returning(Page.id)
        .execution_options(synchronize_session=False)
    )
    return sorted(taken)


async def release_claims_of_the_dead(session: AsyncSession) -> None:
    """At the start of the only process there is (SQLite): who had a page in work is no more, so it need not wait
    for the end of the claim. One that was put off after a fault of our own is tried once more.
    """
    await session.execute(
        update(Page)
        .where(Page.due_at.is_not(None), Page.claimed_until.is_not(None))
        .values(claimed_until=None, claimed_by=None)
        .execution_options(synchronize_session=False)
    )


async def anything_due(session: AsyncSession, *, now: datetime) -> tuple[bool, bool]:
    """Whether a page is due that nobody has in work, and whether a notification is."""
    row = (await session.execute(_ANYTHING_DUE, {"now": now})).one()
    return row[0] is not None, row[1] is not None


_NOW = bindparam("now", type_=UtcDateTime)
# By their order rather than by `exists`, for the reason that bot.core.outbox gives.
_ANYTHING_DUE = select(
    select(Page.id)
    .where(Page.due_at <= _NOW, or_(Page.claimed_until.is_(None), Page.claimed_until <= _NOW))
    .order_by(Page.due_at)
    .limit(1)
    .scalar_subquery(),
    select(Notification.id)
    .where(Notification.due_at <= _NOW)
    .order_by(Notification.due_at)
    .limit(1)
    .scalar_subquery(),
)


async def untouched(
    session: AsyncSession, *, now: datetime, longer_than: timedelta, limit: int = 100
) -> Sequence[int]:
    """Pages that something has been due for since so long, and that nobody has in work."""
    since = now - longer_than
    found = await session.scalars(
        select(Page.id)
        .where(Page.due_at <= since, or_(Page.claimed_until.is_(None), Page.claimed_until <= since))
        .order_by(Page.due_at)
        .limit(limit)
    )
    return found.all()


async def open_by_state(session: AsyncSession, *, at_most: int) -> dict[str, int]:
    """How many pages are not over, by state; counting ends at `at_most`, those that are due first coming first."""
    some = select(Page.state).where(Page.due_at.is_not(None)).order_by(Page.due_at).limit(at_most).subquery()
    rows = await session.execute(select(some.c.state, func.count()).group_by(some.c.state))
    return dict(iter(rows))


async def first_due_at(session: AsyncSession) -> datetime | None:
    """When something is due for a page next, or since when it has been."""
    return await session.scalar(
        select(Page.due_at).where(Page.due_at.is_not(None)).order_by(Page.due_at).limit(1)
    )


async def late_notifications(
    session: AsyncSession, *, now: datetime, limit: int
) -> Sequence[tuple[int, int]]:
    """Notifications that no provider has accepted in time, with their pages: (page, notification)."""
    rows = await session.execute(
        select(Notification.page_id, Notification.id)
        .where(Notification.due_at <= now)
        .order_by(Notification.due_at)
        .limit(limit)
    )
    return [(page_id, notification_id) for page_id, notification_id in rows]


async def open_pages_of(session: AsyncSession, incident_id: int) -> Sequence[Page]:
    """The pages of an incident that are not over, locked, in their order. The caller holds the incident."""
    found = await session.scalars(
        select(Page)
        .where(Page.incident_id == incident_id, Page.state != RESOLVED)
        .order_by(Page.id)
        .with_for_update()
    )
    return found.all()
