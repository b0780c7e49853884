"""How an objective stands, from the results of its check or from Prometheus."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Float, and_, case, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.checks.evaluation import Seen
from bot.checks.probes.prometheus import value_of
from bot.checks.probes.reach import Failed, Surroundings, words_for
from bot.checks.rows import CheckResult
from bot.checks.slo import LONG, PERIOD, SHORT, Budget, Counts, budget
from bot.config.sections.checks import Check, Objective
from bot.core.db import Database


async def look(slo: Objective, db: Database, around: Surroundings) -> tuple[Seen, dict[str, Any]]:
    """How it stands, and its figures for the row."""
    expected = f"{slo.target:g} % good over 30 days, burning less than {slo.fast_burn:g} times too fast"
    shares: list[float | None] = []
    try:
        if slo.prometheus is not None:
            shares = await _asked(slo, around)
        else:
            async with db.read() as session:
                for span in (PERIOD, LONG, SHORT):
                    counts = await counted(session, slo, since=around.now - span)
                    shares.append(counts.bad_share)
    except (Failed, OSError, ValueError) as error:
        # Who cannot be asked says nothing about the objective; a check of Prometheus is for that.
        said = str(error) if isinstance(error, Failed) else words_for(error)
        return Seen(True, expected, f"unknown: {said}"), {}
    period, long, short = shares
    stands = budget(slo.target, slo.fast_burn, period=period, long=long, short=short)
    return Seen(not stands.burns_fast, expected, words(stands)), figures(stands)


def words(stands: Budget) -> str:
    """ "82 % of the budget left, burning 0.4 times as fast as it may"."""
    if stands.left is None:
        return "nothing is known yet"
    left = f"{stands.left:.1%} of the budget left"
    return (
        left if stands.burn_long is None else f"{left}, burn rate {stands.burn_long:.2g} over the last hour"
    )


def figures(stands: Budget) -> dict[str, Any]:
    return {
        "budget_left": _rounded(stands.left),
        "burn_1h": _rounded(stands.burn_long),
        "burn_5m": _rounded(stands.burn_short),
        "pace": stands.reason,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


async def _asked(slo: Objective, around: Surroundings) -> list[float | None]:
    assert slo.prometheus is not None, "who calls this looked"
    asking = Check(name="slo", prometheus=slo.prometheus, timeout=timedelta(seconds=10))
    found: list[float | None] = []
    for window in ("30d", "1h", "5m"):
        query = slo.prometheus.query.replace("{window}", window)
        value, _, _ = await value_of(asking, around, slo.prometheus, query)
        if value is not None and not 0 <= value <= 1:
            raise Failed(f"the query gives {value:g}, which is no share of 0 to 1")
        found.append(value)
    return found


async def counted(session: AsyncSession, slo: Objective, *, since: datetime) -> Counts:
    """The runs of its check since then. Of thinned results the mean latency stands for all of them."""
    good: ColumnElement[float] = cast(CheckResult.good, Float)
    if slo.slower_than is not None:
        limit = slo.slower_than.total_seconds() * 1000
        good = case((or_(CheckResult.latency_ms.is_(None), CheckResult.latency_ms <= limit), good), else_=0.0)
    row = (
        await session.execute(
            select(func.sum(good), func.sum(CheckResult.count)).where(
                and_(CheckResult.name == slo.check, CheckResult.at > since)
            )
        )
    ).one()
    return Counts(float(row[0] or 0), float(row[1] or 0))
