"""The spans of time that digests tell of, pure; days, weeks and months are those of the organization's wall clock."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from bot.config.sections.digests import Period
from bot.core.wall import moment_of, wall_of

DAY = timedelta(days=1)
# A daily digest after a longer pause would tell of a week; that is what the weekly one is for.
LONGEST_DAILY = timedelta(days=4)
# How many months a period has.
MONTHS = {"monthly": 1, "quarterly": 3}
# How many steps a trend shows.
STEPS = {"weekly": 8, "monthly": 6, "quarterly": 12}


@dataclass(frozen=True)
class Span:
    """From `start` on and before `end`."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        return self.end - self.start


@dataclass(frozen=True)
class Spans:
    """What a digest tells of, what that is held against, and the steps of its trend, the oldest first."""

    span: Span
    before: Span
    steps: tuple[Span, ...] = ()


def complete(period: Period, at: datetime, zone: ZoneInfo, *, since: datetime | None = None) -> Spans:
    """What lies whole behind the day of `at`: seven days, a month, a quarter. A daily one goes from `since`, the digest
    before, to `at`.
    """
    if period == "daily":
        start = at - DAY if since is None or since >= at else max(since, at - LONGEST_DAILY)
        return Spans(Span(start, at), Span(start - (at - start), start))
    today = datetime.combine(wall_of(at, zone).date(), time())
    if period == "monthly":
        today = today.replace(day=1)
    elif period == "quarterly":
        today = today.replace(day=1, month=(today.month - 1) // 3 * 3 + 1)
    return _back_from(period, today, zone)


def rolling(period: Period, now: datetime, zone: ZoneInfo) -> Spans:
    """As much time up to now: for those who ask at once."""
    if period == "daily":
        return complete(period, now, zone)
    return _back_from(period, wall_of(now, zone), zone, exactly=now)


def between(start: datetime, end: datetime, zone: ZoneInfo) -> Spans:
    """Any span, held against as much time before it; a trend by weeks or by months where it is long enough."""
    length = end - start
    before = Span(start - length, start)
    wall, steps = wall_of(end, zone), list[Span]()
    unit: Period = "weekly" if length < timedelta(days=62) else "monthly"
    until = end
    for number in range(1, 60):
        since = moment_of(_earlier(unit, wall, number), zone)
        if since < start - DAY:
            break
        steps.append(Span(since, until))
        until = since
    return Spans(Span(start, end), before, tuple(reversed(steps)) if len(steps) > 1 else ())


def _back_from(period: Period, wall: datetime, zone: ZoneInfo, *, exactly: datetime | None = None) -> Spans:
    """`wall` is the end; `exactly` its moment where the wall clock shows it twice."""

    def moment(one: datetime) -> datetime:
        return exactly if exactly is not None and one == wall else moment_of(one, zone)

    span = Span(moment(_earlier(period, wall, 1)), moment(wall))
    before = Span(moment(_earlier(period, wall, 2)), span.start)
    unit: Period = "weekly" if period == "weekly" else "monthly"
    edges = [moment(_earlier(unit, wall, number)) for number in range(STEPS[period], -1, -1)]
    steps = tuple(Span(start, end) for start, end in pairwise(edges))
    return Spans(span, before, steps)


def _earlier(period: Period, wall: datetime, times: int) -> datetime:
    """The wall time so many periods before; the last day of a month that is too short."""
    if period == "weekly":
        return wall - 7 * DAY * times
    months = wall.year * 12 + wall.month - 1 - MONTHS[period] * times
    year, month = divmod(months, 12)
    return wall.replace(year=year, month=month + 1, day=min(wall.day, monthrange(year, month + 1)[1]))
