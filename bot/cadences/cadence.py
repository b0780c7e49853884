"""When something comes again, pure: by cron in a zone, every so many weeks, with or without regard to holidays.

    occurrences = the cron line's wall times
                  in weeks that count (every n-th, counted from the week of `since`)
                  on days that are not left out (holidays: kept, skipped, or moved to the next working day)

Weeks are counted by their Mondays and not by ISO's numbers: after week 53 comes week 1, and "every second" would
happen twice in a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.config import Config
from bot.config.calendar import Cadence as Said
from bot.core.cron import walls
from bot.core.wall import moment_of, wall_of
from bot.paging.hours import office_hours

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
# Weeks are counted from here when app.yaml does not say.
FIRST_MONDAY = date(2000, 1, 3)
# No country rests for longer; what was moved this far began so long before.
FARTHEST_MOVE = timedelta(days=21)
# How far to look back for the last one, the nearest first; after that from the beginning.
_BACK = tuple(timedelta(days=days) for days in (2, 10, 45, 400))


class Days(Protocol):
    """Which days are free."""

    def is_holiday(self, day: date) -> bool: ...

    def is_working_day(self, day: date) -> bool: ...


@dataclass(frozen=True)
class Cadence:
    """One cadence of app.yaml, ready for arithmetic."""

    said: Said
    zone: ZoneInfo
    days: Days

    @property
    def rule(self) -> str:
        """What it goes by, in words that change when it changes; for rows to notice."""
        return " · ".join(
            [
                self.said.every,
                str(self.zone),
                str(self.said.weeks),
                str(self.said.since),
                self.said.on_holidays,
            ]
        )


def cadence(config: Config, said: Said) -> Cadence:
    return Cadence(said, ZoneInfo(said.timezone or config.timezone), office_hours(config))


def occurrences(cadence: Cadence, *, after: datetime) -> Iterator[datetime]:
    """The moments after `after`, in UTC, each later than the one before."""
    reached = after
    for wall in _walls(cadence, wall_of(after, cadence.zone)):
        moment = moment_of(wall, cadence.zone)
        if moment > reached:
            reached = moment
            yield moment


def following(cadence: Cadence, *, after: datetime) -> datetime | None:
    """The first one after this moment; None: it never comes again."""
    return next(occurrences(cadence, after=after), None)


def latest(cadence: Cadence, *, since: datetime, until: datetime) -> datetime | None:
    """The last one from `since` to `until`, both included: after a pause of any length one is enough."""
    for back in _BACK:
        start = max(since, until - back)
        if (found := _last(cadence, start, until)) is not None or start == since:
            return found
    return _last(cadence, since, until)


def _last(cadence: Cadence, start: datetime, until: datetime) -> datetime | None:
    found = None
    for moment in occurrences(cadence, after=start - timedelta.resolution):
        if moment > until:
            break
        found = moment
    return found


def _walls(cadence: Cadence, start: datetime) -> Iterator[datetime]:
    """The wall times from `start` on, in order; two that were moved to one moment are one."""
    if cadence.said.on_holidays != "move":
        for wall in walls(cadence.said.every, start):
            if _counts(cadence.said, wall.date()) and not (
                cadence.said.on_holidays == "skip" and cadence.days.is_holiday(wall.date())
            ):
                yield wall
        return
    waiting: set[datetime] = set()
    for wall in walls(cadence.said.every, start - FARTHEST_MOVE):
        # What is moved never comes before its own time: all up to this wall time are known.
        ready = sorted(moved for moved in waiting if moved < wall)
        waiting.difference_update(ready)
        yield from (moved for moved in ready if moved >= start)
        if _counts(cadence.said, wall.date()):
            waiting.add(_moved(cadence.days, wall))
    yield from sorted(moved for moved in waiting if moved >= start)


def _counts(said: Said, day: date) -> bool:
    """Whether the day lies in a week that counts, and not before the first."""
    if said.since is not None and day < said.since:
        return False
    first = said.since or FIRST_MONDAY
    monday = first - DAY * first.weekday()
    return ((day - monday) // WEEK) % said.weeks == 0


def _moved(days: Days, wall: datetime) -> datetime:
    """Off a holiday to the next working day. A weekend that app.yaml names itself stays."""
    if not days.is_holiday(wall.date()):
        return wall
    moved = wall
    while moved - wall < FARTHEST_MOVE:
        moved += DAY
        if days.is_working_day(moved.date()):
            return moved
    return wall
