"""Faults on purpose: Slack slow, refusing, silent, or saying everything twice."""

import asyncio
import fnmatch
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import Refused

API_KINDS = (
    "ratelimited",
    "error",
    "status",
    "status_after",
    "slow",
    "hang",
    "hang_after",
    "drop",
    "drop_after",
    "garbage",
    "pause",
    "pause_after",
)
EVENT_KINDS = ("event_lost", "event_twice")
REQUEST_KINDS = ("command_twice",)


@dataclass(slots=True)
class Fault:
    """One fault: where it strikes, how, how often, and how often it did."""

    id: str
    on: str
    kind: str
    times: int | None = None
    after: int = 0
    chance: float = 1.0
    match: dict[str, Any] = field(default_factory=dict)
    retry_after: int = 1
    error: str = "fatal_error"
    status: int = 500
    seconds: float = 1.0
    hits: int = 0
    seen: int = 0
    waiting: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def after_the_act(self) -> bool:
        """Whether the call is carried out before the fault shows."""
        return self.kind.endswith("_after") or self.kind == "garbage"

    def json(self) -> dict[str, Any]:
        """What `GET /faults` tells."""
        names = ("id", "on", "kind", "times", "after", "chance", "match", "hits", "seen", "waiting")
        left = None if self.times is None else max(0, self.times - self.hits)
        return (
            {name: getattr(self, name) for name in names}
            | {"left": left}
            | {name: getattr(self, name) for name in _DETAILS.get(self.kind, ())}
        )

    def applies(self, on: str, args: Callable[[], Mapping[str, Any]], chance: random.Random) -> bool:
        """Whether it strikes this time; counts the times it was looked at and struck."""
        if not fnmatch.fnmatchcase(on, self.on) or (self.times is not None and self.hits >= self.times):
            return False
        if self.match:
            given = args()
            if any(str(given.get(key)) != str(value) for key, value in self.match.items()):
                return False
        self.seen += 1
        if self.seen <= self.after or (self.chance < 1 and chance.random() >= self.chance):
            return False
        self.hits += 1
        return True


_DETAILS: Mapping[str, tuple[str, ...]] = {
    "ratelimited": ("retry_after",),
    "error": ("error",),
    "status": ("status",),
    "status_after": ("status",),
    "slow": ("seconds",),
    "hang": ("seconds",),
    "hang_after": ("seconds",),
}
_SETTABLE = ("on", "kind", "times", "after", "chance", "match", "retry_after", "error", "status", "seconds")


class Faults:
    """The faults that are set, in the order in which they were."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._number = 0
        self._chance = random.Random(7)
        self.dead = False

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults.values())

    def add(self, wish: Mapping[str, Any]) -> Fault:
        """Sets a fault. Raises Refused (400) for one that makes no sense."""
        if unknown := set(wish) - set(_SETTABLE):
            raise Refused(400, "invalid_fault", f"unknown fields: {', '.join(sorted(unknown))}")
        kind = wish.get("kind")
        if kind not in (*API_KINDS, *EVENT_KINDS, *REQUEST_KINDS):
            raise Refused(400, "invalid_fault", f"no fault is called {kind!r}")
        if not wish.get("on"):
            raise Refused(400, "invalid_fault", "`on` is missing: a method, a pattern or an event type")
        given = {key: value for key, value in wish.items() if value is not None or key == "times"}
        if kind in ("hang", "hang_after"):
            given.setdefault("seconds", 60.0)
        self._number += 1
        fault = Fault(id=f"F{self._number}", **given)
        self._faults[fault.id] = fault
        return fault

    def end(self, fault_id: str) -> None:
        """Ends a fault; calls that it holds go on. Raises Refused (404)."""
        fault = self._faults.pop(fault_id, None)
        if fault is None:
            raise Refused(404, "fault_not_found", fault_id)
        fault.ended.set()

    def end_all(self) -> None:
        """Ends every fault."""
        for fault_id in list(self._faults):
            self.end(fault_id)
        self.dead = False

    def strike(self, on: str, kinds: tuple[str, ...], args: Callable[[], Mapping[str, Any]]) -> Fault | None:
        """The first fault of those kinds that strikes here."""
        for fault in self._faults.values():
            if fault.kind in kinds and fault.applies(on, args, self._chance):
                return fault
        return None

    async def hold(self, fault: Fault) -> None:
        """Waits until the fault is ended."""
        fault.waiting += 1
        try:
            await fault.ended.wait()
        finally:
            fault.waiting -= 1
