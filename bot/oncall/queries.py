"""Schedules as they are now: what app.yaml says, with the overrides and imported calendars of the database.

schedule = await ready_schedule(session, config, "primary", around=now)
shift = on_call(schedule, now, await overrides_between(session, now, now))
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import select, true
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.config.sections.schedules import Schedule as Section
from bot.oncall.ical import UnreadableCalendar, months_around, names_for, read_calendar
from bot.oncall.layers import EARLIEST, LATEST, Imported
from bot.oncall.overrides import LONGEST, known_schedule
from bot.oncall.rows import ImportedCalendarRow, OverrideRow
from bot.oncall.schedule import Override, Schedule, Shift, on_call

# Of each calendar by the names of its schedule and layer.
Texts = Mapping[tuple[str, str], str]


async def who(session: AsyncSession, config: Config, schedule: str, at: datetime) -> Shift:
    """Who is on call; raises NotFound for an unknown schedule."""
    ready = await ready_schedule(session, config, schedule, around=at)
    return on_call(ready, at, await overrides_around(session, ready.name, at))


async def ready_schedule(
    session: AsyncSession, config: Config, schedule: str, *, around: datetime
) -> Schedule:
    """A schedule, with what its calendars hold in the months around a moment; raises NotFound."""
    name = known_schedule(config, schedule)
    section = next(section for section in config.schedules if section.name == name)
    # Few schedules have calendars, and only they cost a query.
    has_calendars = any(layer.ical is not None for layer in section.layers)
    if not has_calendars:
        return made_ready(config, section, {}, *months_around(around))
    texts = await calendar_texts(session, schedule=name)
    # The first time after a start or in a month it is parsed, which may take a second: no page waits for it.
    return await asyncio.to_thread(made_ready, config, section, texts, *months_around(around))


async def ready_schedules(session: AsyncSession, config: Config, *, around: datetime) -> dict[str, Schedule]:
    """All schedules, by name."""
    return {
        section.name: await ready_schedule(session, config, section.name, around=around)
        for section in config.schedules
    }


def made_ready(config: Config, section: Section, texts: Texts, start: datetime, end: datetime) -> Schedule:
    """The schedule with what its calendars hold from `start` to `end`; one that cannot be read holds nothing."""
    start, end = max(start, EARLIEST), min(end, LATEST)
    zone = config.zone_of(section)
    held = []
    for layer in section.layers:
        text = texts.get((section.name, layer.name))
        if layer.ical is not None and text is not None:
            try:
                held.append((layer.name, read_calendar(text, names_for(config, layer), zone, start, end)))
            except UnreadableCalendar:
                continue  # what cannot be read is not stored; a file on the command line is told of by `verify`
    return _ready(section, zone, tuple(held))


@lru_cache(maxsize=256)
def _ready(section: Section, zone: ZoneInfo, held: tuple[tuple[str, Imported], ...]) -> Schedule:
    """Kept, as a schedule remembers what it computed."""
    return Schedule(section, zone, dict(held))


async def overrides_around(session: AsyncSession, schedule: str, at: datetime) -> list[Override]:
    """All that can matter to the shift around a moment: none lasts longer than a year."""
    return await overrides_between(session, schedule, at - LONGEST, at + LONGEST)


async def overrides_between(
    session: AsyncSession, schedule: str | None, start: datetime, end: datetime
) -> list[Override]:
    """Those of a schedule (of all) that touch the span, the last made last: the order in which they win."""
    query = select(OverrideRow).where(
        true() if schedule is None else OverrideRow.schedule == schedule,
        OverrideRow.cancelled_at.is_(None),
        OverrideRow.ends_at > start,
        OverrideRow.starts_at < end,
    )
    return [row.plain() for row in await session.scalars(query.order_by(OverrideRow.id))]


async def overrides_to_come(
    session: AsyncSession, *, now: datetime, person: str | None = None, schedule: str | None = None
) -> Sequence[OverrideRow]:
    """Those that are not over, the next first: of a person or a schedule."""
    query = select(OverrideRow).where(OverrideRow.cancelled_at.is_(None), OverrideRow.ends_at > now)
    if person is not None:
        query = query.where(OverrideRow.person == person)
    if schedule is not None:
        query = query.where(OverrideRow.schedule == schedule)
    return (await session.scalars(query.order_by(OverrideRow.starts_at, OverrideRow.id))).all()


async def calendar_texts(session: AsyncSession, *, schedule: str | None = None) -> dict[tuple[str, str], str]:
    """The last good copies."""
    query = select(ImportedCalendarRow.schedule, ImportedCalendarRow.layer, ImportedCalendarRow.text).where(
        ImportedCalendarRow.text.is_not(None)
    )
    if schedule is not None:
        query = query.where(ImportedCalendarRow.schedule == schedule)
    return {(row.schedule, row.layer): row.text or "" for row in await session.execute(query)}
