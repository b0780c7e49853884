"""When an action item's owner is reminded, and how firmly. Pure.

two days before · on the day · the day after · three days after · a week after · and each week from then on
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum
from itertools import chain, count
from zoneinfo import ZoneInfo

from bot.core.wall import moment_of, wall_of

# Days after the day on which it is due.
AFTER = (1, 3, 7)
EACH = 7


class Firmness(IntEnum):
    """How a reminder speaks, and whom it reaches."""

    AHEAD = 0
    TODAY = 1
    LATE = 2  # its owner
    VERY_LATE = 3  # its owner, and whoever gave it or leads the incident


def firmness(due_on: date, today: date) -> Firmness:
    """How a reminder on this day speaks."""
    late = (today - due_on).days
    if late < 0:
        return Firmness.AHEAD
    if late == 0:
        return Firmness.TODAY
    return Firmness.LATE if late < AFTER[1] else Firmness.VERY_LATE


def following(due_on: date, *, after: datetime, at: time, ahead: int, zone: ZoneInfo) -> datetime:
    """The first reminder after this moment; `at` is the hour of each, `ahead` how many days before the first comes."""
    return next(
        moment for moment in _moments(due_on, at, ahead, zone, wall_of(after, zone).date()) if moment > after
    )


def _moments(due_on: date, at: time, ahead: int, zone: ZoneInfo, today: date) -> Iterator[datetime]:
    # What is late by years is not counted through week by week.
    weeks = max(1, (today - due_on).days // EACH)
    days = chain((-ahead, 0) if ahead else (0,), AFTER, (week * EACH for week in count(weeks)))
    for day in days:
        yield moment_of(datetime.combine(due_on + timedelta(days=day), at), zone).astimezone(UTC)
