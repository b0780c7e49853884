"""Incidents as measures see them. Private ones, drills and what was none are in no figure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.rows import Alert
from bot.core.timeline import AT_WORK, TimelineEntry
from bot.digests.measures import Handled
from bot.digests.spans import Span
from bot.digests.sql import seconds_between
from bot.incidents.queries import is_open
from bot.incidents.rows import Incident


def is_counted() -> ColumnElement[bool]:
    """Whether an incident is in figures: not for a few eyes only, not made up, and not closed because it was none."""
    return and_(Incident.private.is_(False), Incident.drill.is_(False), Incident.counted.is_(True))


async def handled(session: AsyncSession, span: Span) -> list[Handled]:
    """Those that were declared in the span, the oldest first."""
    rows = await session.execute(_handled(span).order_by(Incident.declared_at, Incident.id))
    return [
        Handled(
            number,
            severity,
            service,
            at,
            _not_before(ack),
            _not_before(end),
            _not_before(seen),
            effort,
            retrospective=retrospective,
        )
        for number, severity, service, at, ack, end, seen, effort, retrospective in rows
    ]


# What was written down afterwards tells how long the harm lasted, where that is known, and not how people responded.
_LIVE = Incident.retrospective.is_(False)
_RESOLVED = case(
    (
        or_(_LIVE, Incident.resolved_at > Incident.declared_at),
        seconds_between(Incident.declared_at, Incident.resolved_at),
    )
)


def _not_before(seconds: float | None) -> float | None:
    """Clocks of several machines: what seems to come before its cause came with it."""
    return None if seconds is None else max(0.0, seconds)


def _handled(span: Span) -> Select[Any]:
    of = and_(is_counted(), Incident.declared_at >= span.start, Incident.declared_at < span.end)
    # When each of those who worked on an incident began to.
    first = (
        select(
            TimelineEntry.incident_id,
            Incident.resolved_at,
            func.min(TimelineEntry.recorded_at).label("at"),
        )
        .join(Incident, Incident.id == TimelineEntry.incident_id)
        .where(of, _LIVE, text(AT_WORK))
        .group_by(TimelineEntry.incident_id, Incident.resolved_at, TimelineEntry.author)
        .subquery()
    )
    work = (
        select(
            first.c.incident_id,
            func.min(first.c.at).label("first_at"),
            func.sum(
                case(
                    (first.c.resolved_at > first.c.at, seconds_between(first.c.at, first.c.resolved_at)),
                    else_=0.0,
                )
            ).label("effort"),
        )
        .group_by(first.c.incident_id)
        .subquery()
    )
    alerted_at = (
        select(func.min(Alert.first_at))
        .where(Alert.incident_id == Incident.id, Alert.first_at <= Incident.declared_at)
        .scalar_subquery()
    )
    return (
        select(
            Incident.id,
            Incident.severity,
            Incident.service,
            Incident.declared_at,
            seconds_between(Incident.declared_at, work.c.first_at),
            _RESOLVED,
            case(
                (_LIVE, seconds_between(func.coalesce(Incident.began_at, alerted_at), Incident.declared_at))
            ),
            case((Incident.resolved_at.is_not(None), work.c.effort)),
            Incident.retrospective,
        )
        .outerjoin(work, work.c.incident_id == Incident.id)
        .where(of)
    )


@dataclass(frozen=True)
class Step:
    """One step of a trend: the incidents declared in it by severity, and the mean times in seconds."""

    span: Span
    by_severity: dict[str, int]
    mtta: float | None
    mttr: float | None

    @property
    def count(self) -> int:
        return sum(self.by_severity.values())


async def open_now(session: AsyncSession, *, limit: int) -> tuple[Sequence[Incident], int]:
    """The open ones that everybody may see, the oldest first, and how many there are."""
    of = and_(is_counted(), Incident.resolved_at.is_(None), is_open())
    count = await session.scalar(select(func.count()).select_from(Incident).where(of)) or 0
    rows = await session.scalars(select(Incident).where(of).order_by(Incident.id).limit(limit))
    return rows.all(), count


async def trend(session: AsyncSession, steps: Sequence[Span]) -> list[Step]:
    """The steps, which follow each other without a gap."""
    if not steps:
        return []
    number = case(
        *((Incident.declared_at < step.end, literal(n)) for n, step in enumerate(steps)), else_=literal(-1)
    )
    first_at = (
        select(func.min(TimelineEntry.recorded_at))
        .where(TimelineEntry.incident_id == Incident.id, _LIVE, text(AT_WORK))
        .scalar_subquery()
    )
    each = (
        select(
            number.label("step"),
            Incident.severity,
            seconds_between(Incident.declared_at, first_at).label("ack"),
            _RESOLVED.label("end"),
        )
        .where(is_counted(), Incident.declared_at >= steps[0].start, Incident.declared_at < steps[-1].end)
        .cte("each_incident")
        # Otherwise who was at work first is looked for anew wherever it is counted.
        .prefix_with("MATERIALIZED")
    )
    of = each.c
    rows = await session.execute(
        select(
            of.step,
            of.severity,
            func.count(),
            func.count(of.ack),
            func.sum(of.ack),
            func.count(of.end),
            func.sum(of.end),
        ).group_by(of.step, of.severity)
    )
    found: dict[int, list[tuple[str, int, int, float, int, float]]] = {}
    for at, name, count, acks, acks_in, ends, ends_in in rows:
        found.setdefault(int(at), []).append((name, count, acks, acks_in or 0.0, ends, ends_in or 0.0))
    return [
        Step(
            span,
            {name: count for name, count, *_ in found.get(n, ())},
            _mean((acks, acks_in) for _, _, acks, acks_in, _, _ in found.get(n, ())),
            _mean((ends, ends_in) for *_, ends, ends_in in found.get(n, ())),
        )
        for n, span in enumerate(steps)
    ]


def _mean(parts: Iterable[tuple[int, float]]) -> float | None:
    pairs = list(parts)
    count = sum(one for one, _ in pairs)
    return sum(total for _, total in pairs) / count if count else None
