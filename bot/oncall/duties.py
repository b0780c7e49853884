"""What people ask of schedules: who is on call now and next, and when one's own shifts are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.config.sections.schedules import Schedule as Section
from bot.oncall.layers import LATEST
from bot.oncall.queries import overrides_around, ready_schedule
from bot.oncall.schedule import Shift, next_shift, on_call, shadows, shifts

THREE_MONTHS = timedelta(days=92)


@dataclass(frozen=True)
class Duty:
    """A schedule now: who has it, who gets it next, who sees its pages besides."""

    section: Section
    shift: Shift
    next: Shift | None
    shadows: tuple[str, ...]


async def duties(
    session: AsyncSession, config: Config, *, now: datetime, schedule: str | None = None
) -> list[Duty]:
    """Of all schedules, or of one; raises NotFound."""
    found = []
    names = [section.name for section in config.schedules] if schedule is None else [schedule]
    for name in names:
        ready = await ready_schedule(session, config, name, around=now)
        stand_ins = await overrides_around(session, ready.name, now)
        found.append(
            Duty(
                ready.section,
                on_call(ready, now, stand_ins),
                next_shift(ready, now, stand_ins),
                shadows(ready, now, stand_ins),
            )
        )
    return found


async def shifts_of(
    session: AsyncSession, config: Config, person: str, *, now: datetime, span: timedelta = THREE_MONTHS
) -> Sequence[Shift]:
    """Somebody's shifts in all schedules from now on, in their order; the one that runs with its beginning."""
    found: list[Shift] = []
    until = min(now + span, LATEST)
    for section in config.schedules:
        ready = await ready_schedule(session, config, section.name, around=now)
        stand_ins = await overrides_around(session, section.name, now)
        for shift in shifts(ready, now, until, stand_ins):
            if shift.person == person:
                found.append(on_call(ready, shift.starts_at, stand_ins))
    return sorted(found, key=lambda shift: (shift.starts_at, shift.schedule))
