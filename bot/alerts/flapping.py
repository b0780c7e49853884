"""Flapping, pure: an alert that comes and goes is one that never went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.config import Flapping


@dataclass(frozen=True)
class Flaps:
    """How often it came back lately, whether it counts as flapping, and why."""

    count: int
    is_flapping: bool
    reason: str


def came_back(flaps: int, ended_at: datetime, now: datetime, rule: Flapping) -> Flaps:
    """It rings again, and ended then; `flaps` is how often it had come back until then."""
    if now - ended_at > rule.within:
        return Flaps(0, False, "it was quiet for long enough")
    return _judged(flaps + 1, rule)


def ends(flaps: int, now: datetime, rule: Flapping) -> datetime | None:
    """When its end is to be believed; None: at once."""
    return now + rule.quiet if _judged(flaps, rule).is_flapping else None


def _judged(flaps: int, rule: Flapping) -> Flaps:
    flapping = flaps >= rule.times
    return Flaps(flaps, flapping, f"it came back {flaps} times" if flaps else "it is new")
