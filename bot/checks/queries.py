"""Looking for what checks have found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from bot.checks.evaluation import FAILING
from bot.checks.rows import CheckResult, CheckState
from bot.config import Config, choose_one
from bot.config.sections.checks import Check, Objective
from bot.core.errors import NotFound

DAY = timedelta(days=1)
SPAN = 300


@dataclass(frozen=True)
class Standings:
    """The states of checks by name, and the share of each day's runs that passed."""

    states: dict[str, CheckState]
    uptime: dict[str, float]


async def standings(session: AsyncSession, *, now: datetime) -> Standings:
    """All of them, with the uptime of the last 24 hours."""
    states = {state.name: state for state in await session.scalars(select(CheckState))}
    sums = await session.execute(
        select(CheckResult.name, func.sum(CheckResult.good), func.sum(CheckResult.count))
        .where(CheckResult.at > now - DAY)
        .group_by(CheckResult.name)
    )
    return Standings(states, {name: float(good) / float(count) for name, good, count in sums if count})


async def failing_now(session: AsyncSession, *, limit: int) -> tuple[Sequence[CheckState], int]:
    """The states of checks and objectives that fail, the worst and longest first, and how many there are."""
    rows = (
        await session.execute(
            select(CheckState, func.count().over())
            .where(CheckState.state == FAILING)
            .order_by(CheckState.severity, CheckState.since_at, CheckState.name)
            .limit(limit)
            .options(defer(CheckState.output))
        )
    ).all()
    return [state for state, _ in rows], rows[0][1] if rows else 0


async def states_of(session: AsyncSession, names: Sequence[str]) -> dict[str, CheckState]:
    """The states of these checks."""
    found = await session.scalars(select(CheckState).where(CheckState.name.in_(names)))
    return {state.name: state for state in found}


async def day_of(
    session: AsyncSession, name: str, *, now: datetime
) -> list[tuple[float, int, int, float | None]]:
    """The last 24 hours of a check in spans of 5 minutes: Unix time, runs, how many passed, mean latency in ms."""
    rows = await session.execute(
        select(CheckResult.at, CheckResult.count, CheckResult.good, CheckResult.latency_ms)
        .where(CheckResult.name == name, CheckResult.at > now - DAY)
        .order_by(CheckResult.at)
    )
    spans: dict[int, list[tuple[int, int, float | None]]] = {}
    for at, count, good, latency in rows:
        spans.setdefault(int(at.timestamp()) // SPAN * SPAN, []).append((count, good, latency))
    return [
        (float(start), sum(count for count, _, _ in kept), sum(good for _, good, _ in kept), _mean(kept))
        for start, kept in spans.items()
    ]


def _mean(kept: Sequence[tuple[int, int, float | None]]) -> float | None:
    known = [(count, latency) for count, _, latency in kept if latency is not None]
    total = sum(count for count, _ in known)
    return sum(count * latency for count, latency in known) / total if total else None


def chosen(config: Config, names: Sequence[str]) -> list[Check]:
    """The checks of these names, or of the services of these names; all for none. Raises NotFound."""
    if not config.checks:
        raise NotFound("app.yaml has no checks.", "docs/checks.md tells how to write one.")
    if not names:
        return list(config.checks)
    found: list[Check] = []
    for name in names:
        one = config.check(name)
        service = config.service(name)
        of_service = [check for check in config.checks if service and check.service == service.name]
        if one is None and not of_service:
            known = [check.name for check in config.checks]
            services = sorted({check.service for check in config.checks if check.service})
            raise NotFound(
                f"There is no check “{name}”, and no service of this name has one.",
                choose_one(name, known, aliases=services),
            )
        found += [check for check in ([one] if one else of_service) if check not in found]
    return found


def objectives_of(config: Config, checks: Sequence[Check], what: str) -> list[Objective]:
    """The objectives on these checks, and those of the service if `what` is its name."""
    names = {check.name for check in checks}
    service = config.service(what)
    return [
        slo
        for slo in config.slos
        if slo.check in names or (service is not None and slo.service == service.name)
    ]
