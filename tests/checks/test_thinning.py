"""Old results take less room and say the same."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, insert, select

from bot.checks.rows import CheckResult
from bot.checks.thinning import thin
from bot.config.sections.retention import Retention
from bot.core.db import Database
from bot.steps.retention import KINDS, count, forget

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def test_runs_become_spans_and_none_is_lost(database_url: str) -> None:
    db = Database(database_url)
    runs = [
        {
            "name": "shop",
            "at": NOW - timedelta(minutes=30 * number),
            "span": 0,
            "count": 1,
            "good": int(number % 10 != 0),
            "latency_ms": 100.0,
            "p95_ms": 100.0,
            "seen": None,
        }
        for number in range(48 * 20)
    ]
    runs += [{**run, "name": "web", "latency_ms": None, "p95_ms": None} for run in runs]
    async with db.begin() as session:
        await session.execute(insert(CheckResult), runs)
    for _ in range(3):
        async with db.begin() as session:
            await thin(session, now=NOW)
    async with db.read() as session:
        sums = await session.execute(
            select(CheckResult.span, func.sum(CheckResult.count), func.min(CheckResult.at), func.count())
            .where(CheckResult.name == "shop")
            .group_by(CheckResult.span)
            .order_by(CheckResult.span)
        )
        spans = sums.all()
        total = (
            await session.execute(
                select(
                    func.sum(CheckResult.count), func.sum(CheckResult.good), func.avg(CheckResult.latency_ms)
                )
                .group_by(CheckResult.name)
                .order_by(CheckResult.name)
            )
        ).all()
    await db.close()
    assert [span for span, *_ in spans] == [0, 300, 3600]
    assert sum(count for _, count, _, _ in spans) == 960
    assert [(count, good) for count, good, _ in total] == [(960, 864), (960, 864)]
    assert [latency for *_, latency in total] == [100.0, None]
    assert spans[2][1] >= 2 * spans[2][3] - 1  # two runs an hour, one row


async def test_what_is_very_old_is_forgotten(database_url: str) -> None:
    db = Database(database_url)
    old = {"name": "shop", "span": 3600, "count": 60, "good": 60}
    async with db.begin() as session:
        await session.execute(
            insert(CheckResult), [{**old, "at": NOW - timedelta(days=days)} for days in (365, 367)]
        )
    results = next(kind for kind in KINDS if kind.name == "check_results")
    async with db.begin() as session:
        assert await count(session, results, Retention(), now=NOW) == (1, 2)
        assert await forget(session, results, Retention(), now=NOW) == 1
        assert await count(session, results, Retention(), now=NOW) == (0, 1)
    await db.close()
