"""What a run means: how bad it is, and whether an alert opens or closes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from bot.alerts.event import Level
from bot.config.fields import duration_text
from bot.config.sections.checks import UNITS, Check, Percentile, Threshold
from bot.core.texts import storable

State = Literal["unknown", "passing", "failing"]
UNKNOWN: State = "unknown"
PASSING: State = "passing"
FAILING: State = "failing"

LEVELS: dict[str, Level] = {"P1": "critical", "P2": "error", "P3": "warning", "P4": "info"}


@dataclass(frozen=True)
class Seen:
    """What a probe found. `value` is what it measures, in the unit of its kind; `output` is kept with a failure.

    Where nothing could be found out it is not `known`, and where the check stands does not change. Its texts can be
    stored, whatever a server has answered.
    """

    ok: bool
    expected: str
    seen: str
    latency_ms: float | None = None
    value: float | None = None
    output: str = ""
    known: bool = True

    def __post_init__(self) -> None:
        for name in ("expected", "seen", "output"):
            object.__setattr__(self, name, storable(getattr(self, name)))


@dataclass(frozen=True)
class Verdict:
    """Whether a run passed, and how bad it is if not (`severity` is set then)."""

    ok: bool
    severity: str | None
    expected: str
    seen: str
    reason: str


@dataclass(frozen=True)
class Standing:
    """Where a check stands. `failures` and `successes` count the last runs in a row; `severity` is the worst one since
    it opened.
    """

    state: State = UNKNOWN
    severity: str | None = None
    failures: int = 0
    successes: int = 0
    since: datetime | None = None


@dataclass(frozen=True)
class Decision:
    """The new standing; `act` is what follows for the alert, `reason` why."""

    standing: Standing
    act: Literal["opens", "worsens", "closes", "none"]
    reason: str


def judge(check: Check, seen: Seen, *, p95_ms: float | None = None) -> Verdict:
    """How bad a run is: an unmet expectation by the check's severity, a measure by the worst threshold it crosses.

    `p95_ms` is that of the window that the check looks at, if it looks at one.
    """
    found: list[Verdict] = []
    if not seen.ok:
        found.append(Verdict(False, check.severity, seen.expected, seen.seen, "expectation unmet"))
    if seen.value is not None:
        for limit in check.limits:
            if limit.is_crossed(seen.value):
                found.append(_beyond(limit, seen.value, UNITS.get(check.kind, "")))
    if check.p95 is not None and p95_ms is not None and p95_ms > check.p95.at_most.total_seconds() * 1000:
        found.append(_slow(check.p95, p95_ms))
    if found:
        return min(
            found, key=lambda verdict: verdict.severity or ""
        )  # the first of equals: what is unmet says more
    return Verdict(True, None, seen.expected, seen.seen, "as expected")


def _beyond(limit: Threshold, value: float, unit: str) -> Verdict:
    expected = f"{limit.words} {unit}".strip()
    return Verdict(False, limit.severity, expected, f"{value:.6g} {unit}".strip(), "threshold crossed")


def _slow(limit: Percentile, p95_ms: float) -> Verdict:
    expected = f"p95 at most {limit.at_most.total_seconds() * 1000:g} ms over {duration_text(limit.over)}"
    return Verdict(False, limit.severity, expected, f"p95 {p95_ms:.0f} ms", "p95 too slow")


def p95(latencies: Sequence[float]) -> float | None:
    """The value that 95 of 100 do not exceed (nearest rank); None of none."""
    if not latencies:
        return None
    ordered = sorted(latencies)
    return ordered[-(-len(ordered) * 95 // 100) - 1]


def decide(
    before: Standing, verdict: Verdict, *, opens_after: int, closes_after: int, at: datetime
) -> Decision:
    """What a run makes of the standing.

    It opens after so many failures in a row and closes after so many successes in a row: whatever comes and goes
    faster changes nothing. While it is open its severity only grows.
    """
    if verdict.ok:
        return _passed(before, closes_after, at)
    failures = before.failures + 1
    after = replace(before, failures=failures, successes=0)
    if before.state == FAILING:
        if (verdict.severity or "P4") < (before.severity or "P4"):
            worse = replace(after, severity=verdict.severity)
            return Decision(worse, "worsens", f"{verdict.severity} now, was {before.severity}")
        return Decision(after, "none", "still failing")
    if failures >= opens_after:
        opened = replace(after, state=FAILING, severity=verdict.severity, since=at)
        return Decision(opened, "opens", f"{failures} in a row failed" if failures > 1 else verdict.reason)
    return Decision(after, "none", f"failed {failures} of {opens_after} times")


def _passed(before: Standing, closes_after: int, at: datetime) -> Decision:
    successes = before.successes + 1
    after = replace(before, failures=0, successes=successes)
    if before.state == FAILING:
        if successes < closes_after:
            return Decision(after, "none", f"passed {successes} of {closes_after} times")
        closed = replace(after, state=PASSING, severity=None, since=at)
        return Decision(closed, "closes", f"{successes} in a row passed" if successes > 1 else "passed")
    if before.state == UNKNOWN:
        return Decision(replace(after, state=PASSING, since=at), "none", "first seen passing")
    return Decision(after, "none", "still passing")
