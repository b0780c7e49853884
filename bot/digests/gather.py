"""Everything that a digest or a report tells, read at once: few queries, each over all of a span."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.review import Review, review
from bot.config import Config
from bot.config.sections.digests import Period
from bot.digests import dora as delivery
from bot.digests import services
from bot.digests.dora import Dora
from bot.digests.health import Standing, standing
from bot.digests.incidents import Step, handled, open_now, trend
from bot.digests.load import PersonLoad, load
from bot.digests.measures import Handled, IncidentFigures, incident_figures
from bot.digests.pending import Due, overdue, reviews_due
from bot.digests.services import BudgetNow, FailingCheck, Uptime
from bot.digests.spans import Span, Spans
from bot.digests.timeliness import Promises, promises
from bot.incidents.rows import Incident
from bot.oncall.duties import Duty, duties

MOST_OPEN = 20
MOST_RULES = 5
# Reviews that come due so soon are told of.
SOON = timedelta(days=7)


@dataclass(frozen=True)
class Today:
    """How things stand at the moment."""

    open: Sequence[Incident]
    open_count: int
    on_call: Sequence[Duty]
    failing: Sequence[FailingCheck]
    overdue: Due
    reviews_due: Due


@dataclass(frozen=True)
class Past:
    """A span of time in figures."""

    span: Span
    incidents: IncidentFigures
    dora: Dora
    alerts: Review
    promises: Promises


@dataclass(frozen=True)
class Digest:
    """What is told. `past` is held against `before`; a daily digest has less of both."""

    period: Period | None
    now: datetime
    today: Today
    past: Past
    before: Past | None = None
    handled: Sequence[Handled] = ()
    load: Sequence[PersonLoad] = ()
    uptimes: Sequence[Uptime] = ()
    budgets: Sequence[BudgetNow] = ()
    steps: Sequence[Step] = ()
    standing: Standing | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that anybody should know: who is on call is no news."""
        today, past = self.today, self.past
        return not (
            today.open_count
            or today.failing
            or today.overdue.count
            or today.reviews_due.count
            or past.incidents.count
            or past.alerts.total.came
            or past.dora.deployments
            or any(one.interruptions for one in self.load)
        )


async def daily(session: AsyncSession, config: Config, spans: Spans, *, now: datetime) -> Digest:
    """What is open, who is on call, what came since the digest before."""
    today, (past, incidents) = (
        await _today(session, config, now=now, runbooks=False),
        await _past(session, config, spans.span, now=now),
    )
    return Digest("daily", now, today, past, handled=incidents)


async def figures(
    session: AsyncSession, config: Config, period: Period | None, spans: Spans, *, now: datetime
) -> Digest:
    """The figures of a span against those of the time before it."""
    past, incidents = await _past(session, config, spans.span, now=now)
    before, _ = await _past(session, config, spans.before, now=now)
    return Digest(
        period,
        now,
        await _today(session, config, now=now),
        past,
        before,
        handled=incidents,
        load=await load(session, config, spans.span),
        uptimes=await services.uptimes(session, config, spans.span),
        budgets=await services.budgets(session, config),
        steps=await trend(session, spans.steps),
        standing=await standing(session, config, spans.span, now=now),
    )


async def gathered(
    session: AsyncSession, config: Config, period: Period, spans: Spans, *, now: datetime
) -> Digest:
    """The digest of a period."""
    if period == "daily":
        return await daily(session, config, spans, now=now)
    return await figures(session, config, period, spans, now=now)


async def _today(session: AsyncSession, config: Config, *, now: datetime, runbooks: bool = True) -> Today:
    """Each day nobody need be told of the same stale runbooks."""
    incidents, count = await open_now(session, limit=MOST_OPEN)
    return Today(
        open=incidents,
        open_count=count,
        on_call=await duties(session, config, now=now),
        failing=await services.failing(session, config),
        overdue=await overdue(session, config, now=now, runbooks=runbooks),
        reviews_due=await reviews_due(session, config, until=now + SOON),
    )


async def _past(
    session: AsyncSession, config: Config, span: Span, *, now: datetime
) -> tuple[Past, list[Handled]]:
    incidents = await handled(session, span)
    deployed = await delivery.deployments(session, span)
    alerts = await review(
        session, now=span.end, since=span.start, flaps=config.alerts.flapping.times, limit=MOST_RULES
    )
    return (
        Past(
            span,
            incident_figures(incidents, config, now=now),
            delivery.dora(deployed, incidents, span),
            alerts,
            await promises(session, config, span, now=now),
        ),
        incidents,
    )
