"""Moments that recur, by cron in the wall time of a zone.

    the moments of a cron line = the moments of the wall times that it names (bot.core.wall)

APScheduler's CronTrigger knows the fields; it is asked in UTC, as if that were the wall clock, because its own
arithmetic in a zone names a wall time twice, or not at all, where the clocks are changed. So each wall time is one
moment: the first of two, and the end of the missing hour for those in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.core.wall import moment_of, wall_of

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

MINUTE = timedelta(minutes=1)
# Calendars end here; without an end a line such as "0 0 30 2 *" would be looked for until the year 9999.
LAST = datetime(2100, 1, 1)  # noqa: DTZ001 - wall time


def moments(line: str, zone: ZoneInfo, *, after: datetime) -> Iterator[datetime]:
    """The moments after `after`, in UTC, each later than the one before. `line` has cron's five fields, checked."""
    reached = after
    for wall in walls(line, wall_of(after, zone)):
        moment = moment_of(wall, zone)
        if moment > reached:  # not one of the hour that comes twice, nor of several in the missing hour
            reached = moment
            yield moment


def walls(line: str, start: datetime) -> Iterator[datetime]:
    """The wall times, naive, from `start` on."""
    trigger = _trigger(line)
    at = start
    while at < LAST:
        found = trigger.get_next_fire_time(None, at.replace(tzinfo=UTC))
        if found is None:
            return
        wall = found.replace(tzinfo=None)
        if wall >= LAST:
            return
        yield wall
        at = wall + MINUTE


@lru_cache(maxsize=512)
def _trigger(line: str) -> CronTrigger:
    from apscheduler.triggers.cron import CronTrigger  # slow to import, and few programs recur

    return CronTrigger.from_crontab(line, timezone=UTC)
