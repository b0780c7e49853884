"""Who has which schedule: the one place where paging asks for the shifts."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.oncall.overrides import LONGEST
from bot.oncall.queries import overrides_between, ready_schedule, ready_schedules
from bot.oncall.schedule import Override, Schedule, Shift, on_call, schedules_of, shadows
from bot.paging.escalation import Nobody, OnShift, Who


async def duty(session: AsyncSession, config: Config, now: datetime) -> Who:
    """Who is on call at a moment near `now`, with the overrides and imported calendars as they stand."""
    if not config.schedules:
        return _asked({}, ())
    overrides = await overrides_between(session, None, now - LONGEST, now + LONGEST)
    return _asked(await ready_schedules(session, config, around=now), overrides)


async def shadows_of(session: AsyncSession, config: Config, schedule: str, now: datetime) -> tuple[str, ...]:
    """Who sees the pages of this schedule and is never rung first."""
    section = config.schedule(schedule)
    if section is None or not (section.shadows.people or section.shadows.layers):
        return ()
    overrides = await overrides_between(session, schedule, now - LONGEST, now + LONGEST)
    return shadows(await ready_schedule(session, config, schedule, around=now), now, overrides)


def planned_duty(config: Config) -> Who:
    """The same by app.yaml alone, for tests of its rules."""
    return _asked(schedules_of(config), ())


def _asked(schedules: Mapping[str, Schedule], overrides: Sequence[Override]) -> Who:
    def who(schedule: str, at: datetime) -> OnShift | Shift:
        known = schedules.get(schedule)
        return (
            on_call(known, at, overrides) if known is not None else Nobody(f"there is no schedule {schedule}")
        )

    return who
