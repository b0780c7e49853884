"""The log of all Web API calls: kept as bytes, read only when somebody asks."""

import json
import time
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

MOST_CALLS = 50_000
MOST_BYTES = 128 * 1024 * 1024


class Call(NamedTuple):
    """One call as it came and as it was answered."""

    n: int
    at: float
    method: str
    content_type: str
    query: str
    sent: bytes
    answer: bytes | None
    status: int | None
    fault: str | None


class CallLog:
    """The last calls, numbered from 1 since the start or the last reset."""

    def __init__(self, *, keep: bool) -> None:
        self.keep = keep
        self.total = 0
        self._bytes = 0
        self._calls: deque[Call] = deque()

    def reset(self) -> None:
        """Forgets everything and begins again at 1."""
        self.total = 0
        self._bytes = 0
        self._calls.clear()

    def add(
        self,
        method: str,
        content_type: str,
        query: str,
        sent: bytes,
        answer: bytes | None,
        status: int | None,
        fault: str | None,
    ) -> None:
        """Notes a call."""
        self.total += 1
        if not self.keep:
            return
        self._calls.append(
            Call(self.total, time.time(), method, content_type, query, sent, answer, status, fault)
        )
        self._bytes += len(sent) + len(answer or b"")
        while len(self._calls) > MOST_CALLS or self._bytes > MOST_BYTES:
            gone = self._calls.popleft()
            self._bytes -= len(gone.sent) + len(gone.answer or b"")

    def since(self, number: int, method: str | None) -> Iterator[Call]:
        """The kept calls after that number, of one method or of all."""
        return (call for call in self._calls if call.n > number and method in (None, call.method))


def readable(answer: bytes | None) -> Any:
    """The answer as JSON, or as text when it is none."""
    if answer is None:
        return None
    try:
        return json.loads(answer)
    except ValueError:
        return answer.decode(errors="replace")
