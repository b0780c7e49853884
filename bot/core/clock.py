"""The only place that asks what time it is.

Everything else is handed `now`, an aware UTC datetime, so that a rule can be tried at any moment and a
story can advance an hour without waiting for it.
"""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """The system's clock, set right by `correct` where several machines must agree, or it was set back (bot.steps.common_clock)."""

    def __init__(self) -> None:
        self.correction = timedelta()

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC) + self.correction

    def monotonic(self) -> float:
        """Seconds that only ever grow; for measuring spans that a clock step must not bend."""
        return time.monotonic()

    def correct(self, by: timedelta) -> None:
        """Moves it on by this much, back when negative."""
        self.correction += by


class MovableClock(Clock):
    """A clock that runs on from wherever it was moved to: stories say `advance(minutes=30)`."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self._ahead

    def correct(self, by: timedelta) -> None:
        """Nothing: it differs from the database's because a story moved it, and no machine's clock is wrong."""

    def advance(self, **span: float) -> None:
        """Moves on by a timedelta's arguments, e.g. `advance(minutes=30)`."""
        self._ahead += timedelta(**span)
