"""Objectives: what is left of the budget of errors, how fast it goes, and when it goes too fast. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

PERIOD = timedelta(days=30)
# Both must burn: the long one that it matters, the short one that it still goes on.
LONG, SHORT = timedelta(hours=1), timedelta(minutes=5)


@dataclass(frozen=True)
class Counts:
    """Events of a window."""

    good: float
    total: float

    @property
    def bad_share(self) -> float | None:
        """0 to 1; None where nothing happened."""
        return None if self.total <= 0 else min(1.0, max(0.0, 1 - self.good / self.total))


@dataclass(frozen=True)
class Budget:
    """How an objective stands. `left` is the share of the period's budget, below 0 when more is spent than there was;
    a burn of 1 spends just all of it in the period. None: nothing is known.
    """

    left: float | None
    burn_long: float | None
    burn_short: float | None
    burns_fast: bool
    reason: str


def budget(
    target: float, fast: float, *, period: float | None, long: float | None, short: float | None
) -> Budget:
    """From the shares of bad events over the 30 days, the last hour and the last 5 minutes. `target` is of 100."""
    allowed = 1 - target / 100

    def burn(share: float | None) -> float | None:
        return None if share is None else share / allowed

    left = None if period is None else 1 - period / allowed
    burn_long, burn_short = burn(long), burn(short)
    if burn_long is None or burn_short is None:
        return Budget(left, burn_long, burn_short, False, "too little is known")
    if burn_long >= fast and burn_short >= fast:
        return Budget(left, burn_long, burn_short, True, "burns too fast for an hour, and still does")
    if burn_long >= fast:
        return Budget(left, burn_long, burn_short, False, "burnt too fast, and does so no more")
    if burn_short >= fast:
        return Budget(left, burn_long, burn_short, False, "burns fast, but not for long")
    return Budget(left, burn_long, burn_short, False, "within the budget's pace")
