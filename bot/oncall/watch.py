"""What the tick sees of a schedule: changes of hands, shifts that somebody must be reminded of, when to look again.

`look` is the pure rule. The row keeps what was seen, so that each change is told once, whatever restarts; of
what happened while nobody looked only the outcome is told, and only while it is fresh.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.db import insert_missing, left_work
from bot.core.outbox import Priority, enqueue
from bot.oncall.layers import LATEST
from bot.oncall.members import section_of
from bot.oncall.queries import overrides_around, ready_schedule
from bot.oncall.rows import ScheduleWatch
from bot.oncall.schedule import Override, Schedule, Shift, on_call, shifts

# Imported calendars and app.yaml may say something new at any time.
LOOK_EVERY = timedelta(hours=1)
# A change of hands that is older is no news.
FRESH = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen: the present shift, whether it changed hands, whose shifts come near, when to look again."""

    shift: Shift
    is_handoff: bool
    coming: tuple[Shift, ...]
    reminded_to: datetime
    next_at: datetime


def look(
    schedule: Schedule,
    overrides: Sequence[Override],
    *,
    person: str | None,
    seen_at: datetime,
    reminded_to: datetime,
    now: datetime,
) -> Look:
    """Compares with what was seen at `seen_at`: `person` was on call, and shifts up to `reminded_to` were told of."""
    before = schedule.section.remind_before
    shift = on_call(schedule, now, overrides)
    changed_at = max(shift.starts_at, seen_at)
    horizon = min(max(now + before, reminded_to), LATEST)
    coming, earlier = [], shift
    if horizon > now:
        for later in shifts(schedule, now, horizon, overrides)[1:]:
            whose = later.person
            if whose is not None and whose != earlier.person and later.starts_at >= reminded_to:
                coming.append(on_call(schedule, later.starts_at, overrides))
            earlier = later
    # The shift that begins at the horizon itself is reminded of just after it.
    last = on_call(schedule, horizon - timedelta.resolution, overrides)
    beyond = last.ends_at - before
    next_at = min(shift.ends_at, max(beyond, now) + timedelta(seconds=1), now + LOOK_EVERY)
    return Look(
        shift=shift,
        is_handoff=shift.person != person and now - changed_at <= FRESH,
        coming=tuple(coming),
        reminded_to=horizon,
        next_at=next_at,
    )


async def expect_watches(session: AsyncSession, config: Config, *, now: datetime) -> None:
    """Brings the rows in line with app.yaml; each schedule is looked at. A new one has nothing to tell yet."""
    known = {
        row.schedule: row
        for row in await session.scalars(
            select(ScheduleWatch).order_by(ScheduleWatch.schedule).with_for_update()
        )
    }
    names = {section.name for section in config.schedules}
    for name, gone in known.items():
        if name not in names:
            await session.delete(gone)
    new = []
    for section in config.schedules:
        row = known.get(section.name)
        if row is not None:
            row.next_at = min(row.next_at, now)
            continue
        ready = await ready_schedule(session, config, section.name, around=now)
        shift = on_call(ready, now, await overrides_around(session, section.name, now))
        new.append(
            {
                "schedule": section.name,
                "person": shift.person,
                "seen_at": now,
                "next_at": now,
                "reminded_to_at": now + section.remind_before,
            }
        )
        _keep_group(session, config, section.name, now=now)
    await insert_missing(session, ScheduleWatch, new)


async def hold(session: AsyncSession, schedule: str) -> None:
    """Locks the schedule: of two who change who is on call, the later sees what the first has done."""
    await session.execute(
        select(ScheduleWatch.schedule).where(ScheduleWatch.schedule == schedule).with_for_update()
    )


async def look_again(session: AsyncSession, schedule: str, *, now: datetime) -> None:
    """Something changed who is on call: the tick looks at once."""
    left_work(session)
    await session.execute(
        update(ScheduleWatch)
        .where(ScheduleWatch.schedule == schedule)
        .values(next_at=now)
        .execution_options(synchronize_session=False)
    )


async def watch(session: AsyncSession, config: Config, name: str, *, now: datetime) -> Look | None:
    """Looks at a schedule and has told what is to be told; None where another process has just done so."""
    row = await session.get(ScheduleWatch, name, with_for_update=True)
    if row is None or row.next_at > now or config.schedule(name) is None:
        return None
    ready = await ready_schedule(session, config, name, around=now)
    seen = look(
        ready,
        await overrides_around(session, name, now),
        person=row.person,
        seen_at=row.seen_at,
        reminded_to=row.reminded_to_at,
        now=now,
    )
    if seen.is_handoff:
        _hand_off(session, config, name, row.person, seen.shift, now=now)
    if seen.shift.person != row.person:
        _keep_group(session, config, name, now=now)
    for shift in seen.coming:
        _remind(session, config, shift, now=now)
    row.person, row.seen_at = seen.shift.person, now
    row.reminded_to_at, row.next_at = seen.reminded_to, seen.next_at
    return seen


def _hand_off(
    session: AsyncSession, config: Config, name: str, before: str | None, shift: Shift, *, now: datetime
) -> None:
    section = section_of(config, name)
    places = [f"#{section.channel}"] if section.channel else []
    gap = [section.owner] if shift.person is None else []
    people = [person for person in (shift.person, before, *gap) if person is not None]
    for to in (*places, *dict.fromkeys(people)):
        about = {"schedule": name, "before": before, "after": shift.person, "to": to}
        enqueue(session, "oncall.handoff", now=now, about=about)


def _remind(session: AsyncSession, config: Config, shift: Shift, *, now: datetime) -> None:
    about = {"schedule": shift.schedule, "person": shift.person, "starts_at": shift.starts_at.isoformat()}
    # The owner is told after the person: Slack says with the reminder whether it knows them.
    lane = f"oncall:{shift.schedule}:{shift.person}"
    enqueue(session, "oncall.reminder", now=now, about=about, lane=lane)
    if shift.person != section_of(config, shift.schedule).owner:
        enqueue(session, "oncall.unreachable", now=now, about=about, lane=lane)


def _keep_group(session: AsyncSession, config: Config, name: str, *, now: datetime) -> None:
    if section_of(config, name).user_group is not None:
        enqueue(
            session,
            "oncall.group",
            now=now,
            about={"schedule": name},
            fold=f"oncall.group:{name}",
            priority=Priority.DIGEST,
        )
