"""How an objective stands, from the results of its check or from Prometheus."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from sqlalchemy import ColumnElement, Float, and_, case, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.checks.evaluation import Seen
from bot.checks.probes.prometheus import value_of
from bot.checks.probes.reach import Failed, Surroundings, words_for
from bot.checks.rows import CheckResult
from bot.checks.slo import LONG, PERIOD, SHORT, Budget, Counts, budget
from bot.config.sections.checks import Check, Objective
from bot.core.db import Database

# All of an objective's queries together; those over 30 days take their time.
ASKED_WITHIN = 20.0


async def look(slo: Objective, db: Database, around: Surroundings) -> tuple[Seen, dict[str, Any]]:
    """How it stands, and its figures for the row."""
    expected = f"{slo.target:g}% good over 30 days, burning less than {slo.fast_burn:g} times too fast"
    shares: list[float | None] = []
    try:
        if slo.prometheus is not None:
            async with asyncio.timeout(ASKED_WITHIN):
                shares = await _asked(slo, around)
        else:
            async with db.read() as session:
                for span in (PERIOD, LONG, SHORT):
                    counts = await counted(session, slo, since=around.now - span)
                    shares.append(counts.bad_share)
    except (Failed, aiohttp.ClientError, OSError, ValueError) as error:
        # Who cannot be asked says nothing about the objective, neither that it burns nor that it does no more; a
        # check of Prometheus is for that.
        return Seen(True, expected, f"unknown: {_problem(error)}", known=False), {}
    period, long, short = shares
    stands = budget(slo.target, slo.fast_burn, period=period, long=long, short=short)
    known = stands.burn_long is not None and stands.burn_short is not None
    return Seen(not stands.burns_fast, expected, words(stands), known=known), figures(stands)


def _problem(error: Exception) -> str:
    if isinstance(error, Failed):
        return str(error)
    if isinstance(error, TimeoutError):
        return f"no answer within {ASKED_WITHIN:.0f} s"
    return words_for(error)


def words(stands: Budget) -> str:
    """ "82.0% of the budget left, burn rate 3 over the last hour: spent in 8 days at this pace"."""
    if stands.left is None:
        return "nothing is known yet"
    left = stands.left
    said = f"{left:.1%} of the budget left" if left >= 0 else f"the budget is spent {1 - left:.1f} times"
    if stands.burn_long is None:
        return said
    said = f"{said}, burn rate {stands.burn_long:.3g} over the last hour"
    if stands.burns_fast:
        return f"{said}: too fast"
    if stands.burn_long > 1 and left > 0:
        return f"{said}: spent in {_about(PERIOD * (left / stands.burn_long))} at this pace"
    return said


def _about(length: timedelta) -> str:
    """ "8 days", "30 hours"."""
    hours = max(1, round(length / timedelta(hours=1)))
    if hours >= 48:
        return f"{round(hours / 24)} days"
    return f"{hours} hour{'s' if hours > 1 else ''}"


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
