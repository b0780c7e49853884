"""Calendars that are kept elsewhere: which are due, and what came of fetching them."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.config.sections.schedules import ImportedCalendar
from bot.core.db import insert_missing
from bot.oncall.rows import ImportedCalendarRow
from bot.oncall.watch import look_again

# Whoever fetches has it for so long; then another process may.
LEASE = timedelta(minutes=2)
LONGEST_WAIT = timedelta(hours=6)
# A calendar of a team for years weighs a tenth of it.
LARGEST_TEXT = 1024 * 1024

Key = tuple[str, str]


def wanted_calendars(config: Config) -> dict[Key, ImportedCalendar]:
    """Those of app.yaml, by the names of schedule and layer."""
    return {
        (schedule.name, layer.name): layer.ical
        for schedule in config.schedules
        for layer in schedule.layers
        if layer.ical is not None
    }


def source_of(calendar: ImportedCalendar) -> str:
    """A digest of where it comes from; links to calendars are often secret, so the link itself is not kept."""
    return hashlib.sha256(f"{calendar.url or ''}\n{calendar.file or ''}".encode()).hexdigest()


async def expect_calendars(session: AsyncSession, config: Config, *, now: datetime) -> None:
    """Brings the rows in line with app.yaml: new ones are due at once, those no longer wanted go."""
    kept = await forget_unwanted(session, config)
    new = [
        {
            "schedule": key[0],
            "layer": key[1],
            "source": source_of(calendar),
            "failures": 0,
            "next_fetch_at": now,
        }
        for key, calendar in wanted_calendars(config).items()
        if key not in kept
    ]
    await insert_missing(session, ImportedCalendarRow, new)


async def forget_unwanted(session: AsyncSession, config: Config) -> set[Key]:
    """Forgets calendars that app.yaml has no more, or from elsewhere than before; returns those that stay."""
    wanted = wanted_calendars(config)
    kept: set[Key] = set()
    for row in await session.scalars(select(ImportedCalendarRow)):
        key = (row.schedule, row.layer)
        if key in wanted and row.source == source_of(wanted[key]):
            kept.add(key)
        else:
            await session.delete(row)
    await session.flush()
    return kept


async def is_any_due(session: AsyncSession, *, now: datetime) -> bool:
    """Asked every second, so it only reads."""
    due = select(ImportedCalendarRow.layer).where(ImportedCalendarRow.next_fetch_at <= now).limit(1)
    return await session.scalar(due) is not None


async def claim_calendars(
    session: AsyncSession, *, now: datetime, limit: int = 10
) -> Sequence[ImportedCalendarRow]:
    """Takes those that are due; no other process gets them before the lease is over."""
    due = await session.scalars(
        select(ImportedCalendarRow)
        .where(ImportedCalendarRow.next_fetch_at <= now)
        .order_by(ImportedCalendarRow.next_fetch_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = due.all()
    for row in rows:
        row.next_fetch_at = now + LEASE
    return rows


async def store_calendar(
    session: AsyncSession,
    key: Key,
    *,
    source: str,
    text: str | None,
    etag: str | None,
    refresh_every: timedelta,
    now: datetime,
) -> None:
    """Keeps what was fetched; `text` None: it is as it was."""
    row = await session.get(ImportedCalendarRow, key, with_for_update=True)
    if row is None or row.source != source:
        return  # app.yaml has changed meanwhile
    if text is not None:
        row.text, row.etag = text, etag
        await look_again(session, key[0], now=now)
    row.fetched_at, row.problem, row.failures = now, None, 0
    row.next_fetch_at = now + refresh_every


async def calendar_failed(
    session: AsyncSession,
    key: Key,
    *,
    source: str,
    problem: str,
    refresh_every: timedelta,
    now: datetime,
) -> bool:
    """Notes why it could not be fetched and waits longer each time; the last good copy stays.

    True when this is news: it worked before, or fails for another reason.
    """
    row = await session.get(ImportedCalendarRow, key, with_for_update=True)
    if row is None or row.source != source:
        return False
    is_news = row.problem != problem[:300]
    row.problem = problem[:300]
    row.failures = min(row.failures + 1, 1000)
    wait = refresh_every * 2 ** min(row.failures - 1, 6)
    row.next_fetch_at = now + min(wait, max(LONGEST_WAIT, refresh_every))
    return is_news
