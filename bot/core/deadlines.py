"""Waits that end in time, whatever hangs.

To cancel a task is to ask it: a driver that says goodbye to a server that hangs may take seconds over it. Who
has to answer in time does not wait for that.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

log = structlog.get_logger(__name__)

T = TypeVar("T")


class Deadlines:
    """Waits for work, and keeps hold of what is left to end by itself."""

    def __init__(self) -> None:
        self._left: set[asyncio.Task[Any]] = set()

    async def within(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        """What `work` returns or raises. After `seconds` it is cancelled, not waited for: raises TimeoutError."""
        task = asyncio.create_task(work)
        try:
            done, _ = await asyncio.wait({task}, timeout=seconds)
        except asyncio.CancelledError:
            task.cancel()
            self._hold(task)
            raise
        if done:
            return task.result()
        task.cancel()
        self._hold(task)
        raise TimeoutError

    def leave(self, work: Coroutine[Any, Any, None]) -> None:
        """Lets `work` go on by itself; its error is only logged."""
        self._hold(asyncio.create_task(work))

    def _hold(self, task: asyncio.Task[Any]) -> None:
        self._left.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._left.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.info("What was not waited for failed", error=type(error).__name__)
