"""Maintenance windows, pure: whether a service is in one at a moment, until when, and how many hours a month took.

A window is planned in app.yaml or by somebody in Slack (bot.alerts.windows); the rule takes both as a `Plan`. Wall times
count in the plan's zone. A recurring window lasts its length in real time, also over a change of the clocks; one that
happens once lasts from moment to moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from bot.config import Config, Maintenance
from bot.core.cron import moments

UTC_ZONE = ZoneInfo("UTC")
# A window that never ends would not be one: so many starts are looked at for a month.
MOST_STARTS = 5000
# A recurring window that does not come within so long is not one to announce.
AHEAD = timedelta(days=366)


@dataclass(frozen=True)
class Window:
    """One stretch of maintenance."""

    start: datetime
    end: datetime

    def contains(self, at: datetime) -> bool:
        return self.start <= at < self.end


@dataclass(frozen=True)
class Plan:
    """When and for which services (none: all) alerts ring nobody: `once`, or at `every` (cron) for `length`.

    `number` is that of a window which somebody started in Slack; those of app.yaml have none.
    """

    name: str
    zone: ZoneInfo
    services: tuple[str, ...] = ()
    once: Window | None = None
    every: str | None = None
    length: timedelta = timedelta()
    budget: timedelta | None = None
    number: int | None = None

    def covers(self, service: str | None) -> bool:
        return not self.services or service in self.services


@dataclass(frozen=True)
class Silence:
    """Why nothing rings at a moment, until when, and by which window of those that people started."""

    until: datetime
    reason: str
    number: int | None = None


@dataclass(frozen=True)
class Overspent:
    """A month whose budget a window would exceed: what was used before it, and what would be with it."""

    month: datetime
    before: timedelta
    after: timedelta


def plans(config: Config) -> list[Plan]:
    """The windows of app.yaml."""
    return [_plan(said, ZoneInfo(said.timezone or config.timezone)) for said in config.maintenance]


def _plan(said: Maintenance, zone: ZoneInfo) -> Plan:
    once = None
    if said.from_ is not None and said.to is not None:
        once = Window(_wall(said.from_, zone), _wall(said.to, zone))
    budget = timedelta(hours=said.budget) if said.budget is not None else None
    length = said.length or timedelta()
    return Plan(said.name, zone, said.services, once, said.every, length, budget)


def silence(planned: Iterable[Plan], service: str | None, now: datetime) -> Silence | None:
    """The window of a service that lasts the longest of those that have begun; None: it may ring."""
    found: Silence | None = None
    for plan in planned:
        if not plan.covers(service):
            continue
        window = running(plan, now)
        if window is not None and (found is None or window.end > found.until):
            found = Silence(window.end, f"maintenance {plan.name}", plan.number)
    return found


def running(plan: Plan, now: datetime) -> Window | None:
    """The stretch that `now` lies in, cut to what the month's budget leaves."""
    if plan.budget is None:
        around = windows(plan, now - plan.length, now + timedelta(seconds=1))
        lasting = [window for window in around if window.contains(now)]
        return max(lasting, key=lambda window: window.end, default=None)
    return next((w for w in allowed(plan, now) if w.contains(now)), None)


def coming(plan: Plan, now: datetime) -> Window | None:
    """The next stretch that begins after `now`, without regard to the budget."""
    return next((w for w in windows(plan, now, now + AHEAD) if w.start > now), None)


def windows(plan: Plan, start: datetime, end: datetime) -> Iterator[Window]:
    """The stretches that begin or last between these moments, in order, without regard to the budget."""
    if plan.once is not None:
        if plan.once.start < end and plan.once.end > start:
            yield plan.once
    elif plan.every is not None:
        for begins in islice(moments(plan.every, plan.zone, after=start - timedelta.resolution), MOST_STARTS):
            if begins >= end:
                return
            yield Window(begins, begins + plan.length)


def allowed(plan: Plan, now: datetime) -> Iterator[Window]:
    """The stretches of the month that `now` lies in, each cut to what the budget leaves it."""
    month = month_of(now, plan.zone)
    left = plan.budget
    for window in merged(windows(plan, month.start - plan.length, month.end), month):
        if left is None:
            yield window
        elif left > timedelta():
            yield Window(window.start, min(window.end, window.start + left))
            left -= window.end - window.start
        else:
            return


def used(plan: Plan, now: datetime) -> timedelta:
    """How much of the month's budget is gone by now; without a budget, how long it was silent this month."""
    gone = timedelta()
    for window in allowed(plan, now):
        gone += max(timedelta(), min(window.end, now) - window.start)
    return gone


# -- what people start: one budget for all that concerns a service ----------------------------------------------


def spent(stretches: Iterable[Window], month: Window) -> timedelta:
    """How long these last within a month; what overlaps counts once."""
    in_order = sorted(stretches, key=lambda window: window.start)
    return sum((window.end - window.start for window in merged(in_order, month)), timedelta())


def overspends(
    before: Iterable[Window], added: Window, budget: timedelta, zone: ZoneInfo
) -> Overspent | None:
    """The first month whose budget this window would exceed beside those before it; None: it fits."""
    known = list(before)
    at = added.start
    while at < added.end:
        month = month_of(at, zone)
        without, with_it = spent(known, month), spent([*known, added], month)
        if with_it > budget and with_it > without:
            return Overspent(month.start, without, with_it)
        at = month.end
    return None


def month_of(at: datetime, zone: ZoneInfo) -> Window:
    """The month of the zone that a moment lies in."""
    local = at.astimezone(zone)
    first = datetime(local.year, local.month, 1, tzinfo=zone)
    after = datetime(local.year + local.month // 12, local.month % 12 + 1, 1, tzinfo=zone)
    return Window(first.astimezone(UTC), after.astimezone(UTC))


def merged(stretches: Iterable[Window], month: Window) -> Iterator[Window]:
    """The same, given in the order of their starts, without overlap and cut to the month."""
    reached = month.start
    for window in stretches:
        start, end = max(window.start, reached), min(window.end, month.end)
        if start < end:
            yield Window(start, end)
            reached = end


def _wall(text: str, zone: ZoneInfo) -> datetime:
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)
