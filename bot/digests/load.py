"""What on-call costs people: hours on call, interruptions, and those outside of their own working hours."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.people import names_of
from bot.digests.spans import Span
from bot.digests.sql import seconds_between
from bot.oncall.queries import overrides_between, ready_schedule
from bot.oncall.schedule import shifts
from bot.paging.hours import OfficeHours
from bot.paging.rows import Notification, Page

# Pages that follow each other this quickly disturb once.
TOGETHER = timedelta(seconds=60)

Interruption = tuple[str, datetime]
"""Who, and when."""


@dataclass(frozen=True)
class PersonLoad:
    """What one person had: `hours` on call (of two schedules at once both count), interruptions, and how many of these
    came outside of their own working hours.
    """

    person: str
    hours: float = 0.0
    interruptions: int = 0
    off_hours: int = 0


async def load(session: AsyncSession, config: Config, span: Span) -> list[PersonLoad]:
    """Of all who were on call or disturbed, the most disturbed first."""
    rung = await interruptions(session, span)
    hours = await hours_on_call(session, config, span)
    found = loads(rung, hours, working_hours(config, span, {person for person, _ in rung}))
    # Who has no name in app.yaml was rung by their account.
    names = await names_of(session, {one.person for one in found if config.person(one.person) is None})
    return [replace(one, person=names.get(one.person, one.person)) for one in found]


async def interruptions(session: AsyncSession, span: Span) -> list[Interruption]:
    """What rang whom in the span, as accepted by what carried it; what follows within a minute is the same one."""
    accepted = Notification.accepted_at
    before = func.lag(accepted).over(partition_by=Notification.person, order_by=(accepted, Notification.id))
    rings = (
        select(Notification.person, accepted.label("at"), seconds_between(before, accepted).label("pause"))
        .join(Page, Page.id == Notification.page_id)
        .where(
            accepted.is_not(None),
            accepted >= span.start,
            accepted < span.end,
            Notification.person.is_not(None),
            Page.private.is_(False),
            Page.drill.is_(False),
        )
        .subquery()
    )
    rows = await session.execute(
        select(rings.c.person, rings.c.at)
        .where(or_(rings.c.pause.is_(None), rings.c.pause > TOGETHER.total_seconds()))
        .order_by(rings.c.at)
    )
    return [(person, at) for person, at in rows]


async def hours_on_call(session: AsyncSession, config: Config, span: Span) -> dict[str, float]:
    """By person, over all schedules."""
    found: dict[str, float] = {}
    if not config.schedules:
        return found
    overrides = await overrides_between(session, None, span.start, span.end)
    for section in config.schedules:
        ready = await ready_schedule(session, config, section.name, around=span.end)
        for shift in shifts(ready, span.start, span.end, overrides):
            if shift.person is not None:
                length = (shift.ends_at - shift.starts_at) / timedelta(hours=1)
                found[shift.person] = found.get(shift.person, 0.0) + length
    return found


def working_hours(
    config: Config, span: Span, people: Iterable[str]
) -> dict[str, Sequence[tuple[datetime, datetime]]]:
    """The office's hours as the wall clock of each of these people shows them."""
    by_zone: dict[str, Sequence[tuple[datetime, datetime]]] = {}
    found = {}
    for name in people:
        known = config.person(name)
        zone = (known and known.timezone) or config.business_hours.timezone or config.timezone
        if zone not in by_zone:
            said = config.business_hours.model_copy(update={"timezone": zone})
            by_zone[zone] = OfficeHours(said, zone).between(span.start, span.end)
        found[name] = by_zone[zone]
    return found


def loads(
    rung: Sequence[Interruption],
    hours: Mapping[str, float],
    at_work: Mapping[str, Sequence[tuple[datetime, datetime]]],
) -> list[PersonLoad]:
    """Pure: who bore how much."""
    starts = {person: [start for start, _ in spans] for person, spans in at_work.items()}
    counts: dict[str, list[int]] = {}
    for person, at in rung:
        of = counts.setdefault(person, [0, 0])
        of[0] += 1
        number = bisect_right(starts[person], at) - 1
        of[1] += number < 0 or at >= at_work[person][number][1]
    found = [
        PersonLoad(person, hours.get(person, 0.0), *counts.get(person, (0, 0)))
        for person in {*hours, *counts}
    ]
    return sorted(found, key=lambda one: (-one.interruptions, -one.hours, one.person))
