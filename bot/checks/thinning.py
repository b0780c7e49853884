"""Results are kept thinner as they grow old: each run for two days, then spans of 5 minutes, then of an hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.checks.rows import CheckResult

# What is older than this becomes spans of this length, in seconds.
STEPS = ((0, timedelta(days=2), 300), (300, timedelta(days=14), 3600))
BATCH = 5000


async def thin(session: AsyncSession, *, now: datetime) -> bool:
    """Thins a batch of each age; returns whether more is left. What ends in two batches counts as much together."""
    more = False
    for span, age, wider in STEPS:
        before = _start(now - age, wider)
        rows = (
            await session.scalars(
                select(CheckResult)
                .where(CheckResult.span == span, CheckResult.at < before)
                .order_by(CheckResult.at)
                .limit(BATCH)
                .with_for_update(skip_locked=True)
            )
        ).all()
        if rows:
            await session.execute(insert(CheckResult), widened(rows, wider))
            numbers = [row.id for row in rows]
            await session.execute(
                delete(CheckResult)
                .where(CheckResult.id.in_(numbers))
                .execution_options(synchronize_session=False)
            )
            for row in rows:
                session.expunge(row)
        more = more or len(rows) == BATCH
    return more


def old_results(before: datetime) -> Select[int]:
    """Those of before that were thinned out already, the oldest first."""
    return (
        select(CheckResult.id)
        .where(CheckResult.span == STEPS[-1][2], CheckResult.at < before)
        .order_by(CheckResult.at)
    )


def widened(rows: Sequence[CheckResult], span: int) -> list[dict[str, Any]]:
    """The same results in spans of this length."""
    spans: dict[tuple[str, datetime], list[CheckResult]] = {}
    for row in rows:
        spans.setdefault((row.name, _start(row.at, span)), []).append(row)
    return [_one(name, at, span, kept) for (name, at), kept in spans.items()]


def _one(name: str, at: datetime, span: int, kept: Sequence[CheckResult]) -> dict[str, Any]:
    measured = [(row.count, row.latency_ms) for row in kept if row.latency_ms is not None]
    runs = sum(count for count, _ in measured)
    return {
        "name": name,
        "at": at,
        "span": span,
        "count": sum(row.count for row in kept),
        "good": sum(row.good for row in kept),
        "latency_ms": sum(count * latency for count, latency in measured) / runs if runs else None,
        "p95_ms": max((row.p95_ms for row in kept if row.p95_ms is not None), default=None),
        "seen": next((row.seen for row in kept if row.seen is not None), None),
    }


def _start(at: datetime, span: int) -> datetime:
    return datetime.fromtimestamp(int(at.timestamp()) // span * span, UTC)
