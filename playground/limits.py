"""Slack's rate limits by tier, enforced only when asked for."""

import math
import time
from collections.abc import Mapping

TIERS: Mapping[int, float] = {1: 1, 2: 20, 3: 50, 4: 100, 5: 600}
POSTS_A_MINUTE = 300.0
# A channel takes one post a second; Slack lets a short burst through.
POSTS_A_SECOND = 1.0
POST_BURST = 5.0


class Bucket:
    """Tokens that come back steadily, up to a burst."""

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._left = burst
        self._at = time.monotonic()

    def wait(self) -> float:
        """Seconds until there is a token; 0 when one was there, and is now taken."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) / self._rate


class Limits:
    """One bucket a method, and for posts one a channel."""

    def __init__(self, *, on: bool) -> None:
        self.on = on
        self._buckets: dict[str, Bucket] = {}

    def reset(self) -> None:
        """Full buckets again."""
        self._buckets.clear()

    def retry_after(self, method: str, tier: int, channel: str) -> int:
        """Whole seconds to wait, or 0 when the call may go on."""
        if method == "chat.postMessage":
            waits = (
                self._bucket(f"post {channel}", POSTS_A_SECOND, POST_BURST).wait(),
                self._bucket("post", POSTS_A_MINUTE / 60, POSTS_A_MINUTE).wait(),
            )
        else:
            per_minute = TIERS[tier]
            waits = (self._bucket(method, per_minute / 60, per_minute).wait(), 0.0)
        return math.ceil(max(waits))

    def _bucket(self, name: str, rate: float, burst: float) -> Bucket:
        found = self._buckets.get(name)
        if found is None:
            found = self._buckets[name] = Bucket(rate, burst)
        return found
