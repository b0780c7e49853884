"""Calendars that are kept elsewhere: which are due, and what came of fetching them."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.config.sections.schedules import ImportedCalendar
from bot.core.db import insert_missing
from bot.core.outbox import enqueue
from bot.oncall.rows import ImportedCalendarRow
from bot.oncall.watch import look_again

# Whoever fetches has it for so long; then another process may.
LEASE = timedelta(minutes=2)
LONGEST_WAIT = timedelta(hours=6)
# A server that stumbles once is no news: the copy holds.
TOLD_FROM = 3
LONGEST_NAMES = 300
# What the owner of a schedule is told of a calendar.
FAILS, WORKS, UNKNOWN_NAMES = "fails", "works", "unknown names"
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


def link_variables(config: Config) -> set[str]:
    """The environment variables that hold links."""
    return {calendar.url_from for calendar in wanted_calendars(config).values() if calendar.url_from}


def source_of(calendar: ImportedCalendar, links: Mapping[str, str]) -> str | None:
    """A digest of where it comes from; the link itself is a secret and is not kept.

    None where its variable is not set: a copy that is there may go on being used, as nobody asked for another.
    """
    link = links.get(calendar.url_from) if calendar.url_from else None
    if calendar.url_from and link is None:
        return None
    return hashlib.sha256(f"{link or ''}\n{calendar.file or ''}".encode()).hexdigest()


async def expect_calendars(
    session: AsyncSession, config: Config, links: Mapping[str, str], *, now: datetime
) -> None:
    """Brings the rows in line with app.yaml: new ones are due at once, those no longer wanted go.

    What failed is due too: a restart is how a mend of app.yaml or the environment takes effect.
    """
    kept = await forget_unwanted(session, config, links)
    for row in kept.values():
        if row.problem is not None:
            row.next_fetch_at = min(row.next_fetch_at, now)
    new = [
        {
            "schedule": key[0],
            "layer": key[1],
            "source": source_of(calendar, links) or "",
            "failures": 0,
            "next_fetch_at": now,
        }
        for key, calendar in wanted_calendars(config).items()
        if key not in kept
    ]
    await insert_missing(session, ImportedCalendarRow, new)


async def forget_unwanted(
    session: AsyncSession, config: Config, links: Mapping[str, str]
) -> dict[Key, ImportedCalendarRow]:
    """Forgets calendars that app.yaml has no more, or from elsewhere than before; returns those that stay."""
    wanted = wanted_calendars(config)
    kept: dict[Key, ImportedCalendarRow] = {}
    for row in await session.scalars(select(ImportedCalendarRow)):
        key = (row.schedule, row.layer)
        if key in wanted and source_of(wanted[key], links) in (None, row.source):
            kept[key] = row
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
    source: str | None,
    text: str | None,
    etag: str | None,
    unknown: Sequence[str],
    refresh_every: timedelta,
    now: datetime,
) -> None:
    """Keeps what was fetched; `text` None: it is as it was. `unknown` are the names in it that nobody has.

    The schedule's owner is told of such names, and that it works again if they know that it did not.
    """
    row = await session.get(ImportedCalendarRow, key, with_for_update=True)
    if row is None or row.source != source:
        return  # app.yaml has changed meanwhile
    if text is not None:
        row.text, row.etag = text, etag
        await look_again(session, key[0], now=now)
        names = ", ".join(unknown)[:LONGEST_NAMES]
        if names and names != row.unknown:
            _tell_owner(session, key, UNKNOWN_NAMES, now=now)
        row.unknown = names or None
    if row.told_at is not None:
        row.told_at = None
        _tell_owner(session, key, WORKS, now=now)
    row.fetched_at, row.problem, row.failures = now, None, 0
    row.next_fetch_at = now + refresh_every


async def calendar_failed(
    session: AsyncSession,
    key: Key,
    *,
    source: str | None,
    problem: str,
    refresh_every: timedelta,
    now: datetime,
) -> bool:
    """Notes why it could not be fetched and waits longer each time; the last good copy stays.

    The schedule's owner is told once: at once where there is no copy, else when it has failed several times in a
    row. True when this is news: it worked before, or fails for another reason.
    """
    row = await session.get(ImportedCalendarRow, key, with_for_update=True)
    if row is None or source not in (None, row.source):
        return False
    is_news = row.problem != problem[:300]
    row.problem = problem[:300]
    row.failures = min(row.failures + 1, 1000)
    wait = refresh_every * 2 ** min(row.failures - 1, 6)
    row.next_fetch_at = now + min(wait, max(LONGEST_WAIT, refresh_every))
    if row.told_at is None and (row.text is None or row.failures >= TOLD_FROM):
        row.told_at = now
        _tell_owner(session, key, FAILS, now=now)
    return is_news


def _tell_owner(session: AsyncSession, key: Key, what: str, *, now: datetime) -> None:
    enqueue(session, "oncall.calendar", now=now, about={"schedule": key[0], "layer": key[1], "what": what})
