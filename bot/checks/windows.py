"""Measures over a span of results. Pure."""

from collections.abc import Sequence


def p95(latencies: Sequence[float]) -> float | None:
    """The value that 95 of 100 do not exceed (nearest rank); None of none."""
    if not latencies:
        return None
    ordered = sorted(latencies)
    return ordered[-(-len(ordered) * 95 // 100) - 1]
