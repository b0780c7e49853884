"""Slack's rate limits by tier, enforced only when asked for."""

import math
import time
from collections.abc import Callable, Mapping

TIERS: Mapping[int, float] = {1: 1, 2: 20, 3: 50, 4: 100, 5: 600}
POSTS_A_MINUTE = 300.0
# A channel takes one post a second; Slack lets a short burst through.
POSTS_A_SECOND = 1.0
POST_BURST = 5.0


class Bucket:
    """Tokens that come back steadily, up to a burst."""

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._left = burst
        self._at = now

    def wait(self, now: float) -> float:
        """Seconds until there is a token; 0 when one was there, and is now taken."""
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) / self._rate


class Limits:
    """One bucket a method, and for posts one a channel. `clock` counts seconds; tests have theirs."""

    def __init__(self, *, on: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self.on = on
        self.clock = clock
        self._buckets: dict[str, Bucket] = {}

    def reset(self) -> None:
        """Full buckets again."""
        self._buckets.clear()

    def retry_after(self, method: str, tier: int, channel: str) -> int:
        """Whole seconds to wait, or 0 when the call may go on."""
        if method == "chat.postMessage":
            waits = (
                self._wait(f"post {channel}", POSTS_A_SECOND, POST_BURST),
                self._wait("post", POSTS_A_MINUTE / 60, POSTS_A_MINUTE),
            )
        else:
            per_minute = TIERS[tier]
            waits = (self._wait(method, per_minute / 60, per_minute), 0.0)
        return math.ceil(max(waits))

    def _wait(self, name: str, rate: float, burst: float) -> float:
        now = self.clock()
        found = self._buckets.get(name)
        if found is None:
            found = self._buckets[name] = Bucket(rate, burst, now)
        return found.wait(now)
