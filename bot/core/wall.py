"""From wall time to moments and back, where clocks are put forward and back.

    the moment of a wall time = the first moment at which the wall clock shows it or has passed it

So a wall time that occurs twice is its first occurrence, one in the missing hour is the first moment after
it, and later wall times never come before earlier ones.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)
MIDNIGHT = time()


def moment_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which `wall` (naive) begins in this zone."""
    aware = wall.replace(tzinfo=zone)
    found = aware.astimezone(UTC)
    if wall_of(found, zone) == wall:
        return found
    # In the missing hour: read by the offset before it, it lies behind the change; by the one after, before it.
    early, late = aware.replace(fold=1).astimezone(UTC), found
    while late - early > SECOND:
        middle = early + (late - early) // 2
        middle = middle.replace(microsecond=0)
        if wall_of(middle, zone) < wall:
            early = middle
        else:
            late = middle
    return late


def wall_of(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the wall clock shows, naive."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which a day begins."""
    return moment_of(datetime.combine(day, MIDNIGHT), zone)
