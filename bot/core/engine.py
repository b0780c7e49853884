"""The tick: one job, every second and at once after a commit that left work.

Its steps claim due rows and hand them on; none of them waits for the network. A step that fails is logged
and counted, the others still run, and the next second tries again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.core.clock import Clock
from bot.core.db import complaint, is_unreachable

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Step:
    """A part of the tick: `run` does what is due now; `name` is for logs."""

    name: str
    run: Callable[[], Awaitable[None]]


async def _nothing() -> None:
    """What a tick waits for where nobody else has a claim on the time."""


class Engine:
    """Runs the steps, never two ticks at once in one process."""

    def __init__(
        self,
        clock: Clock,
        steps: Sequence[Step],
        *,
        let_pass: Callable[[], Awaitable[None]] = _nothing,
        on_tick: Callable[[], None] = lambda: None,
    ) -> None:
        """Each tick waits for `let_pass`, and `on_tick` is called after it."""
        self._let_pass = let_pass
        self._on_tick = on_tick
        self._clock = clock
        self._steps = steps
        self._scheduler: AsyncIOScheduler | None = None
        self._running: asyncio.Task[None] | None = None
        self._again = False
        self._last_tick: float | None = None
        # The steps of the last tick that failed, by name.
        self.failing: frozenset[str] = frozenset()

    def start(self) -> None:
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        # Late is better than never, and once is enough after a pause of any length.
        self._scheduler.add_job(
            self._on_schedule, "interval", seconds=1, max_instances=1, coalesce=True, misfire_grace_time=None
        )
        self._scheduler.start()
        self.wake()

    def take_up(self, steps: Sequence[Step]) -> None:
        """Runs these from the next tick on; the tick that is under way goes through with those that it began with."""
        self._steps = steps
        self.wake()

    async def stop(self, patience: timedelta) -> None:
        """Ends the schedule and waits for the tick that is under way; one that hangs is cancelled."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None
        if self._running is not None:
            _, late = await asyncio.wait({self._running}, timeout=patience.total_seconds())
            for tick in late:
                tick.cancel()

    def wake(self) -> None:
        """Asks for a tick now; during one, for another right after it."""
        if self._scheduler is None:
            return
        if self._running is not None and not self._running.done():
            self._again = True
        else:
            self._running = asyncio.create_task(self._run())

    async def _on_schedule(self) -> None:
        self.wake()

    async def _run(self) -> None:
        self._again = True
        while self._again:
            self._again = False
            await self.tick()

    async def tick(self) -> None:
        """Runs each step once."""
        await self._let_pass()
        failing = set()
        for step in self._steps:
            try:
                await step.run()
            except Exception as error:
                failing.add(step.name)
                if is_unreachable(error):
                    log.error(
                        f"{complaint(error)}; it is tried again in a second",
                        step=step.name,
                        error=type(error).__name__,
                    )
                    continue
                log.exception("A step of the tick failed; it is tried again in a second", step=step.name)
        self._last_tick = self._clock.monotonic()
        self.failing = frozenset(failing)
        self._on_tick()

    def seconds_since_tick(self) -> float | None:
        """How long ago the last tick ended; None before the first."""
        return None if self._last_tick is None else self._clock.monotonic() - self._last_tick

    @property
    def is_ticking(self) -> bool:
        return self._running is not None and not self._running.done()
