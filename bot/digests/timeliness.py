"""What was promised by a time: how much of it was kept, and how late the rest came. Of what was due in a span."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.config.sections.reviews import PUBLISH
from bot.core.wall import midnight, wall_of
from bot.digests.incidents import is_counted
from bot.digests.measures import NOTHING, Lasting, lasting
from bot.digests.spans import Span
from bot.incidents.rows import Incident
from bot.reviews.action_rows import DONE as ITEM_DONE
from bot.reviews.action_rows import DROPPED, ActionItem
from bot.reviews.rows import DONE, OPEN, STEP_DONE, Review, ReviewTask
from bot.routine.task_rows import DONE as TASK_DONE
from bot.routine.task_rows import SKIPPED, RoutineOccurrence

Promise = tuple[datetime, datetime | None]
"""When it was due, and when it was done."""


@dataclass(frozen=True)
class Timeliness:
    """How many were done in time, how many are not done yet, and by how much the late ones were late, in seconds."""

    in_time: int = 0
    undone: int = 0
    late: Lasting = NOTHING

    @property
    def due(self) -> int:
        return self.in_time + self.late.count + self.undone

    @property
    def share(self) -> float | None:
        """Of those that were done in time, 0 to 1."""
        return self.in_time / self.due if self.due else None


@dataclass(frozen=True)
class Promises:
    """Of reviews, by severity and together; of action items; of routine tasks."""

    by_severity: Mapping[str, Timeliness] = field(default_factory=dict)
    reviews: Timeliness = Timeliness()
    actions: Timeliness = Timeliness()
    tasks: Timeliness = Timeliness()


def timeliness(promises: Iterable[Promise]) -> Timeliness:
    """Pure."""
    known = list(promises)
    return Timeliness(
        in_time=sum(done is not None and done <= due for due, done in known),
        undone=sum(done is None for _, done in known),
        late=lasting((done - due).total_seconds() for due, done in known if done is not None and done > due),
    )


async def promises(session: AsyncSession, config: Config, span: Span, *, now: datetime) -> Promises:
    """What fell due in the span and before now; nothing of private incidents, nothing that drills brought about."""
    until = min(span.end, now)
    reviews = await _reviews(session, span.start, until)
    by_severity: dict[str, list[Promise]] = {}
    for severity, due, done in reviews:
        by_severity.setdefault(severity, []).append((due, done))
    return Promises(
        by_severity={
            name: timeliness(by_severity[name])
            for name in sorted(by_severity, key=lambda name: (config.severity_rank(name), name))
        },
        reviews=timeliness((due, done) for _, due, done in reviews),
        actions=timeliness(await _actions(session, config, span.start, until)),
        tasks=timeliness(await _tasks(session, span.start, until)),
    )


async def _reviews(
    session: AsyncSession, start: datetime, until: datetime
) -> list[tuple[str, datetime, datetime | None]]:
    """When the report was due, and when it was published for the first time: that is when its step was done. One that
    nobody wanted published was done when the review was.
    """
    ended = case((Review.state == DONE, Review.ended_at))
    rows = await session.execute(
        select(
            Incident.severity,
            Review.due_at,
            func.coalesce(ReviewTask.changed_at, Review.published_at, ended),
        )
        .join(Incident, Incident.id == Review.incident_id)
        .outerjoin(
            ReviewTask,
            and_(
                ReviewTask.incident_id == Review.incident_id,
                ReviewTask.name == PUBLISH,
                ReviewTask.state == STEP_DONE,
            ),
        )
        .where(
            is_counted(),
            Review.state.in_((OPEN, DONE)),
            Review.due_at >= start,
            Review.due_at < until,
        )
    )
    return [(severity, due, done) for severity, due, done in rows]


async def _actions(session: AsyncSession, config: Config, start: datetime, until: datetime) -> list[Promise]:
    """A day that was promised is over at its end, in the organization's timezone."""
    first, last = wall_of(start, config.zone).date(), wall_of(until, config.zone).date()
    rows = await session.execute(
        select(ActionItem.due_on, case((ActionItem.status == ITEM_DONE, ActionItem.closed_at))).where(
            ActionItem.due_on >= first,
            ActionItem.due_on < last,
            ActionItem.status != DROPPED,
            ActionItem.private.is_(False),
            ActionItem.drill.is_(False),
        )
    )
    found = [(day, closed_at) for day, closed_at in rows]
    ends = {day: midnight(day + timedelta(days=1), config.zone) for day in {day for day, _ in found}}
    return [(ends[day], closed_at) for day, closed_at in found]


async def _tasks(session: AsyncSession, start: datetime, until: datetime) -> list[Promise]:
    """A missed one was never done; one that was skipped with a reason was no promise any more."""
    row = RoutineOccurrence
    rows = await session.execute(
        select(row.due_at, case((row.status == TASK_DONE, row.closed_at))).where(
            row.due_at >= start, row.due_at < until, row.status != SKIPPED
        )
    )
    return [(due, done) for due, done in rows]
