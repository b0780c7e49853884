"""How services stood: the uptime of checks over a span, what fails now, and the budgets of objectives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.checks.course import OBJECTIVE
from bot.checks.evaluation import FAILING
from bot.checks.queries import states_of
from bot.checks.rows import CheckResult
from bot.config import Config
from bot.digests.spans import Span


@dataclass(frozen=True)
class Uptime:
    """Of a check: the share of its runs in the span that passed, 0 to 1, and how many there were."""

    name: str
    title: str
    service: str | None
    runs: int
    share: float


@dataclass(frozen=True)
class BudgetNow:
    """Of an objective: the share of its budget of 30 days that is left now, below 0 when more is spent; None: unknown."""

    name: str
    title: str
    service: str | None
    target: float
    left: float | None


@dataclass(frozen=True)
class FailingCheck:
    """A check that fails now, since when, and what it saw."""

    name: str
    title: str
    since: datetime | None
    seen: str


async def uptimes(session: AsyncSession, config: Config, span: Span) -> list[Uptime]:
    """Of the checks of app.yaml that ran, the worst first."""
    if not config.checks:
        return []
    rows = await session.execute(
        select(CheckResult.name, func.sum(CheckResult.good), func.sum(CheckResult.count))
        .where(
            CheckResult.name.in_([one.name for one in config.checks]),
            CheckResult.at >= span.start,
            CheckResult.at < span.end,
        )
        .group_by(CheckResult.name)
    )
    sums = {name: (int(good), int(count)) for name, good, count in rows if count}
    found = [
        Uptime(
            one.name, one.shown_name, one.service, sums[one.name][1], sums[one.name][0] / sums[one.name][1]
        )
        for one in config.checks
        if one.name in sums
    ]
    return sorted(found, key=lambda one: (one.share, one.name))


async def budgets(session: AsyncSession, config: Config) -> list[BudgetNow]:
    """Of the objectives of app.yaml, the one with the least left first; those of which nothing is known last."""
    if not config.slos:
        return []
    states = await states_of(session, [OBJECTIVE + one.name for one in config.slos])
    found = []
    for one in config.slos:
        state = states.get(OBJECTIVE + one.name)
        left = (state.figures or {}).get("budget_left") if state is not None else None
        found.append(BudgetNow(one.name, one.shown_name, one.service, one.target, left))
    return sorted(found, key=lambda one: (one.left is None, one.left or 0.0, one.name))


async def failing(session: AsyncSession, config: Config) -> list[FailingCheck]:
    """The checks of app.yaml that fail now, the longest first."""
    if not config.checks:
        return []
    states = await states_of(session, [one.name for one in config.checks])
    found = [
        FailingCheck(one.name, one.shown_name, state.since_at, state.seen)
        for one in config.checks
        if (state := states.get(one.name)) is not None and state.state == FAILING
    ]
    return sorted(found, key=lambda one: (one.since is None, one.since, one.name))
