"""A dead man's switch: while all is well an address is called; when that stops, somebody outside raises the alarm.

It does not go through the outbox: a sign of life that is told later is none.
"""

import asyncio

import aiohttp
import structlog

from bot.core.clock import Clock

log = structlog.get_logger(__name__)

PING_EVERY = 30.0
ANSWER_WITHIN = 10.0


class DeadManSwitch:
    """Calls `url` (a secret: whoever knows it can keep the alarm silent) by GET, every PING_EVERY seconds at most."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self._tried_at: float | None = None
        self._under_way: asyncio.Task[None] | None = None

    def ping(self) -> None:
        """Called by each tick that went well; nobody waits for what comes of it."""
        now = self._clock.monotonic()
        if self._tried_at is not None and now - self._tried_at < PING_EVERY:
            return
        self._tried_at = now
        self._under_way = asyncio.create_task(self._call())

    async def _call(self) -> None:
        timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as http, http.get(self._url) as answer:
                problem = "" if answer.status < 400 else f"HTTP {answer.status}"
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            problem = type(error).__name__  # its words may hold the address
        if problem:
            log.warning(
                "The dead man's switch cannot be reached; it is tried again",
                problem=problem,
                mend="Check the network and TOCSIN_DEADMAN_URL.",
            )

    async def stop(self) -> None:
        if self._under_way is not None:
            self._under_way.cancel()
            await asyncio.wait({self._under_way})
