"""Personal rules, pure: by which methods a person is notified, after how long, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.paging.urgency import Urgency

SLACK = "slack"
# Slack at once; what else a person has verified follows, so that it rings only where Slack was not enough.
DEFAULT_DELAYS = (timedelta(minutes=1), timedelta(minutes=3), timedelta(minutes=5))
THROTTLE_WINDOW = timedelta(hours=1)


@dataclass(frozen=True)
class Method:
    """A way to reach somebody. `id` is its contact method's; None for the Slack DM that everybody has."""

    kind: str
    id: int | None = None


@dataclass(frozen=True)
class Rule:
    """The person's wish: after `delay` by this method. `method_id` None is Slack."""

    urgency: Urgency
    delay: timedelta
    method_id: int | None


@dataclass(frozen=True)
class Quiet:
    """Hours in which low urgency waits; they may go over midnight."""

    begins: time
    ends: time
    timezone: str

    def ends_at(self, now: datetime) -> datetime | None:
        """When the quiet hours that `now` lies in end; None outside of them."""
        zone = ZoneInfo(self.timezone)
        local = now.astimezone(zone)
        clock = local.time().replace(tzinfo=None)
        over_midnight = self.begins > self.ends
        is_in = (
            (clock >= self.begins or clock < self.ends) if over_midnight else self.begins <= clock < self.ends
        )
        if not is_in:
            return None
        day = local.date()
        if over_midnight and clock >= self.begins:
            day += timedelta(days=1)
        end = datetime.combine(day, self.ends, zone).astimezone(now.tzinfo)
        return max(end, now)


@dataclass(frozen=True)
class Sent:
    """What a person got by a method in the last hour: how many, and when the first of them leaves the hour."""

    count: int
    frees_at: datetime


@dataclass(frozen=True)
class Ring:
    """One notification to make."""

    method: Method
    delay: timedelta
    reason: str


def rings(
    urgency: Urgency,
    methods: Sequence[Method],
    rules: Sequence[Rule],
    *,
    now: datetime,
    quiet: Quiet | None = None,
    sent: Mapping[Method, Sent] | None = None,
    at_most: int = 20,
    never_held_back: bool = False,
) -> tuple[Ring, ...]:
    """How a person is notified now. `methods` are their verified ones beside Slack, in their order.

    Never empty. `sent` and `at_most` (an hour, by method) hold back floods, but not what is `never_held_back`.
    """
    chosen = _by_rules(urgency, methods, rules) or _by_default(urgency, methods)
    wait_for = quiet.ends_at(now) if quiet is not None and urgency == "low" else None
    if wait_for is not None:
        chosen = [
            Ring(ring.method, ring.delay + (wait_for - now), f"{ring.reason}, after quiet hours")
            for ring in chosen
        ]
    if never_held_back or not sent:
        return tuple(chosen)
    return tuple(_throttled(ring, sent.get(ring.method), at_most, now) for ring in chosen)


def _by_rules(urgency: Urgency, methods: Sequence[Method], rules: Sequence[Rule]) -> list[Ring]:
    by_id: dict[int | None, Method] = {None: Method(SLACK), **{method.id: method for method in methods}}
    wanted = sorted(
        (rule for rule in rules if rule.urgency == urgency and rule.method_id in by_id),
        key=lambda rule: rule.delay,
    )
    return [Ring(by_id[rule.method_id], rule.delay, f"own rule for {urgency} urgency") for rule in wanted]


def _by_default(urgency: Urgency, methods: Sequence[Method]) -> list[Ring]:
    found = [Ring(Method(SLACK), timedelta(), "Slack first")]
    if urgency == "high":
        for number, method in enumerate(methods):
            delay = DEFAULT_DELAYS[min(number, len(DEFAULT_DELAYS) - 1)]
            found.append(Ring(method, delay, "next verified method"))
    return found


def _throttled(ring: Ring, sent: Sent | None, at_most: int, now: datetime) -> Ring:
    if sent is None or sent.count < at_most:
        return ring
    held = max(ring.delay, sent.frees_at - now)
    return Ring(ring.method, held, f"{ring.reason}; held back after {sent.count} in an hour")
