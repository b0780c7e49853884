"""When somebody is reminded again."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.wall import moment_of, wall_of

DAY = timedelta(days=1)


def next_reminder(due_at: datetime, zone: ZoneInfo, *, now: datetime) -> datetime:
    """The next day after now at the wall time at which it was due: one reminder a day, however long nobody looked."""
    wall = wall_of(due_at, zone)
    days = max(1, (wall_of(now, zone) - wall).days)
    found = moment_of(wall + days * DAY, zone)
    return found if found > now else moment_of(wall + (days + 1) * DAY, zone)
