"""Work that a step sets going, and that goes on beside the tick."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger(__name__)


class Background:
    """What goes on, as many as `len` says; `complaint` is logged when some of it was broken off by an error."""

    def __init__(self, complaint: str) -> None:
        self._complaint = complaint
        self._running: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._running)

    def set_going(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._landed)

    async def stop(self) -> None:
        """Breaks off what goes on, and waits for its end."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # Most likely the database went away; the lease runs out and it is due again.
            log.error(self._complaint, error=type(error).__name__)
