"""What checks have seen around an incident: the run of each, in stretches that were alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.event import OWN_CHECKS
from bot.alerts.rows import Alert
from bot.checks.rows import CheckResult, CheckState
from bot.config import Config
from bot.config.sections.checks import Check
from bot.incidents.rows import Incident

# Of a service with more checks those that raised an alert come first.
MOST_CHECKS = 10
# What is kept of the time before an incident and after it.
AROUND = timedelta(hours=1)


@dataclass(frozen=True)
class Stretch:
    """Runs one after the other that saw the same. Of runs that passed `seen` is empty; latencies are in ms."""

    begin: datetime
    end: datetime
    count: int
    failed: int
    seen: str
    fastest: float | None
    slowest: float | None


@dataclass(frozen=True)
class CheckHistory:
    """A check, where it stands (None: it has not run yet), and its stretches, the oldest first."""

    check: Check
    state: CheckState | None
    stretches: tuple[Stretch, ...]

    @property
    def count(self) -> int:
        return sum(stretch.count for stretch in self.stretches)

    @property
    def failed(self) -> int:
        return sum(stretch.failed for stretch in self.stretches)


def stretches(runs: Iterable[Stretch]) -> list[Stretch]:
    """Runs, or spans of them, put together where they were alike."""
    found: list[Stretch] = []
    for run in runs:
        last = found[-1] if found else None
        if last is not None and (bool(last.failed), last.seen) == (bool(run.failed), run.seen):
            found[-1] = replace(
                last,
                end=run.end,
                count=last.count + run.count,
                failed=last.failed + run.failed,
                fastest=_of(min, last.fastest, run.fastest),
                slowest=_of(max, last.slowest, run.slowest),
            )
        else:
            found.append(run)
    return found


def _of(choose: Callable[[float, float], float], one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return choose(one, other)


async def history_of(
    session: AsyncSession,
    incident: Incident,
    config: Config,
    *,
    since: datetime,
    until: datetime | None = None,
) -> list[CheckHistory]:
    """The checks that raised an alert of this incident, and those of its service. Who asks may see the incident."""
    checks = await _concerned(session, incident, config)
    if not checks:
        return []
    names = [check.name for check in checks]
    states = {
        state.name: state
        for state in await session.scalars(select(CheckState).where(CheckState.name.in_(names)))
    }
    return [
        CheckHistory(
            check, states.get(check.name), tuple(await _stretches_of(session, check.name, since, until))
        )
        for check in checks
    ]


async def around(session: AsyncSession, incident: Incident, config: Config) -> list[CheckHistory]:
    """The same for the record: from an hour before it was declared to an hour after it was resolved."""
    until = incident.resolved_at + AROUND if incident.resolved_at is not None else None
    return await history_of(session, incident, config, since=incident.declared_at - AROUND, until=until)


async def _concerned(session: AsyncSession, incident: Incident, config: Config) -> Sequence[Check]:
    sources = await session.scalars(
        select(Alert.source)
        .where(Alert.incident_id == incident.id, Alert.integration == OWN_CHECKS)
        .order_by(Alert.id)
    )
    found = {check.name: check for name in sources if (check := config.check(name)) is not None}
    if incident.service is not None:
        found |= {check.name: check for check in config.checks if check.service == incident.service}
    return list(found.values())[:MOST_CHECKS]


async def _stretches_of(
    session: AsyncSession, name: str, since: datetime, until: datetime | None
) -> list[Stretch]:
    of = [CheckResult.name == name, CheckResult.at >= since]
    if until is not None:
        of.append(CheckResult.at <= until)
    rows = await session.execute(
        select(
            CheckResult.at,
            CheckResult.span,
            CheckResult.count,
            CheckResult.good,
            CheckResult.seen,
            CheckResult.latency_ms,
            CheckResult.p95_ms,
        )
        .where(*of)
        .order_by(CheckResult.at)
    )
    return stretches(
        Stretch(at, at + timedelta(seconds=span), count, count - good, seen or "", latency, slow)
        for at, span, count, good, seen, latency, slow in rows
    )
