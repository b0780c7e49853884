"""How often Slack may be called, pure: so that it never has to say "later".

A gate is what Slack counts by: a method, and for chat.postMessage the channel too. Where the calls of a gate are
booked, so that all replicas share them, is the business of bot.delivery.limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.delivery.methods import TIERS

MINUTE = timedelta(minutes=1)
# A call may leave so much later than it was booked for: the tick comes once a second.
LATE = timedelta(seconds=2)


@dataclass(frozen=True)
class Pace:
    """So many calls at once, and then one every so often.

    All that need be known of a gate is up to when it is booked: each call books `every` more, and may leave ahead of
    that by what may leave at once (the "generic cell rate algorithm").
    """

    at_once: int
    every: timedelta

    @classmethod
    def per_minute(cls, calls: int) -> Pace:
        """A third of them at once, the rest spread over the minute: in no minute are there more than so many."""
        at_once = max(1, calls // 3)
        return cls(at_once, (MINUTE + LATE) / max(1, calls - at_once))

    @property
    def half(self) -> Pace:
        """Half of it: what is left to those who could as well wait."""
        return Pace((self.at_once + 1) // 2, 2 * self.every)

    def reserve(self, booked_until: datetime, now: datetime) -> tuple[datetime, datetime]:
        """The moment at which a call may leave, not before `now`, and up to when the gate is booked with it."""
        begins = max(booked_until, now)
        return max(now, begins - (self.at_once - 1) * self.every), begins + self.every


# Slack takes one post a second in a channel, and lets a short burst through.
PER_CHANNEL = Pace(at_once=3, every=timedelta(seconds=1))
_PACES = {method: Pace.per_minute(tier) for method, tier in TIERS.items()}


def gates_of(method: str, gate: str, besides: Sequence[str], *, can_wait: bool) -> list[tuple[str, Pace]]:
    """The gates that a call of `method` passes, in their order: its own, and those of the methods called beside it.

    What can wait has one more, in front of the first: it books half of what Slack allows there, and the gate itself
    only when that moment has come. So, however much of it there is, the rest finds room.

    Answers through a `response_url`, and what leaves beside Slack, pass none.
    """
    if method not in TIERS:
        return []
    by_channel = [(gate, PER_CHANNEL)] if gate != method else []
    gates = by_channel + [(each, _PACES[each]) for each in (method, *besides)]
    return [(f"can wait:{gate}", gates[0][1].half), *gates] if can_wait else gates
