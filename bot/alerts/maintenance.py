"""Maintenance windows, pure: whether a service is in one at a moment, until when, and how many hours a month took.

Wall times count in the window's zone. A recurring window lasts its length in real time, also over a change of the
clocks; one that happens once lasts from wall time to wall time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.config import Config, Maintenance

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

# A window that never ends would not be one: so many starts are looked at for a month.
MOST_STARTS = 5000


@dataclass(frozen=True)
class Window:
    """One stretch of maintenance."""

    name: str
    start: datetime
    end: datetime

    def contains(self, at: datetime) -> bool:
        return self.start <= at < self.end


@dataclass(frozen=True)
class Silence:
    """Why nothing rings at a moment, and until when."""

    until: datetime
    reason: str


def silence(config: Config, service: str | None, now: datetime) -> Silence | None:
    """The window of a service that lasts the longest of those that have begun; None: it may ring."""
    found: Silence | None = None
    for said in config.maintenance:
        if said.services and service not in said.services:
            continue
        window = running(said, config.timezone, now)
        if window is not None and (found is None or window.end > found.until):
            found = Silence(window.end, f"maintenance {said.name}")
    return found


def running(said: Maintenance, timezone: str, now: datetime) -> Window | None:
    """The stretch that `now` lies in, cut to what the month's budget leaves."""
    zone = ZoneInfo(said.timezone or timezone)
    if said.budget is None:
        around = windows(said, zone, now - (said.length or timedelta()), now + timedelta(seconds=1))
        lasting = [window for window in around if window.contains(now)]
        return max(lasting, key=lambda window: window.end, default=None)
    return next((w for w in allowed(said, zone, now) if w.contains(now)), None)


def windows(said: Maintenance, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Window]:
    """The stretches that begin or last between these moments, in order, without regard to the budget."""
    if said.from_ is not None and said.to is not None:
        window = Window(said.name, _wall(said.from_, zone), _wall(said.to, zone))
        if window.start < end and window.end > start:
            yield window
    elif said.every is not None and said.length is not None:
        trigger = _trigger(said.every, str(zone))
        at = start
        for _ in range(MOST_STARTS):
            found = trigger.get_next_fire_time(None, at)
            if found is None or found.astimezone(UTC) >= end:
                return
            begins = found.astimezone(UTC)
            yield Window(said.name, begins, begins + said.length)
            at = begins + timedelta(seconds=1)


def allowed(said: Maintenance, zone: ZoneInfo, now: datetime) -> Iterator[Window]:
    """The stretches of the month that `now` lies in, each cut to what the budget leaves it."""
    left = timedelta(hours=said.budget) if said.budget is not None else None
    for window in _of_month(said, zone, now):
        if left is None:
            yield window
        elif left > timedelta():
            yield Window(window.name, window.start, min(window.end, window.start + left))
            left -= window.end - window.start
        else:
            return


def used(said: Maintenance, timezone: str, now: datetime) -> timedelta:
    """How much of the month's budget is gone by now; without a budget, how long it was silent this month."""
    zone = ZoneInfo(said.timezone or timezone)
    gone = timedelta()
    for window in allowed(said, zone, now):
        gone += max(timedelta(), min(window.end, now) - window.start)
    return gone


def _of_month(said: Maintenance, zone: ZoneInfo, now: datetime) -> Iterator[Window]:
    """The stretches of this month of the zone, not overlapping, cut to the month."""
    local = now.astimezone(zone)
    first = datetime(local.year, local.month, 1, tzinfo=zone)
    after = datetime(local.year + local.month // 12, local.month % 12 + 1, 1, tzinfo=zone)
    month, month_end = first.astimezone(UTC), after.astimezone(UTC)
    reached = month
    for window in windows(said, zone, month - (said.length or timedelta()), month_end):
        start, end = max(window.start, reached), min(window.end, month_end)
        if start < end:
            yield Window(window.name, start, end)
            reached = end


@lru_cache(maxsize=256)
def _trigger(every: str, zone: str) -> CronTrigger:
    from apscheduler.triggers.cron import CronTrigger  # only where windows recur

    return CronTrigger.from_crontab(every, timezone=ZoneInfo(zone))


def _wall(text: str, zone: ZoneInfo) -> datetime:
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)
