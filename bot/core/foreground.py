"""People first: work in the background lets requests that somebody waits for pass.

One process has one event loop. A burst of deliveries would otherwise make the next click wait behind all of
them, although nobody notices whether a topic is set now or a tenth of a second later.
"""

import asyncio
from types import TracebackType
from typing import Self


class Foreground:
    """Counts the requests under way: `with foreground:` around each."""

    def __init__(self) -> None:
        self._under_way = 0
        self._calm = asyncio.Event()
        self._calm.set()

    def __enter__(self) -> Self:
        self._under_way += 1
        self._calm.clear()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._under_way -= 1
        if not self._under_way:
            self._calm.set()

    async def let_pass(self, at_most: float) -> None:
        """Returns when no request is under way, or after `at_most` seconds: nothing waits for ever."""
        if not self._calm.is_set():
            try:
                await asyncio.wait_for(self._calm.wait(), at_most)
            except TimeoutError:
                return
