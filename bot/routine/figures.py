"""The figures of a recurring review's period. What can be seen by everybody, and no drills."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.incidents.rows import Incident
from bot.reviews.action_rows import ActionItem
from bot.reviews.actions import today
from bot.routine.task_rows import MISSED, SKIPPED, RoutineOccurrence


async def figures(
    session: AsyncSession, config: Config, *, since: datetime, until: datetime, now: datetime
) -> list[str]:
    """A line each, as plain text."""
    return [
        await _incidents(session, config, since, until),
        await _actions(session, config, now),
        await _tasks(session, since, until, now),
    ]


async def _incidents(session: AsyncSession, config: Config, since: datetime, until: datetime) -> str:
    rows = await session.execute(
        select(Incident.severity, func.count())
        .where(
            Incident.declared_at >= since,
            Incident.declared_at < until,
            Incident.private.is_(False),
            Incident.drill.is_(False),
        )
        .group_by(Incident.severity)
    )
    found = sorted(
        ((severity, count) for severity, count in rows), key=lambda one: config.severity_rank(one[0])
    )
    total = sum(count for _, count in found)
    by_severity = ", ".join(f"{count} {severity}" for severity, count in found)
    return f"Incidents: {total}" + (f" ({by_severity})" if found else "")


async def _actions(session: AsyncSession, config: Config, now: datetime) -> str:
    open_items = (
        ActionItem.closed_at.is_(None),
        ActionItem.private.is_(False),
        ActionItem.drill.is_(False),
    )
    total = await session.scalar(select(func.count()).select_from(ActionItem).where(*open_items)) or 0
    late = (
        await session.scalar(
            select(func.count())
            .select_from(ActionItem)
            .where(*open_items, ActionItem.due_on < today(config, now))
        )
        or 0
    )
    return f"Action items open: {total}" + (f", {late} of them overdue" if late else "")


async def _tasks(session: AsyncSession, since: datetime, until: datetime, now: datetime) -> str:
    rows = await session.execute(
        select(RoutineOccurrence.status, func.count())
        .where(
            RoutineOccurrence.closed_at >= since,
            RoutineOccurrence.closed_at < until,
        )
        .group_by(RoutineOccurrence.status)
    )
    ended: dict[str, int] = {row[0]: row[1] for row in rows}
    overdue = (
        await session.scalar(
            select(func.count())
            .select_from(RoutineOccurrence)
            .where(RoutineOccurrence.closed_at.is_(None), RoutineOccurrence.due_at <= now)
        )
        or 0
    )
    said = [f"Routine tasks: {ended.get('done', 0)} done"]
    said += [f"{ended[state]} {state}" for state in (SKIPPED, MISSED) if ended.get(state)]
    said += [f"{overdue} overdue now"] if overdue else []
    return ", ".join(said)
