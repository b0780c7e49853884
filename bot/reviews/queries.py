"""Reading reviews. Each query takes the viewer: who may see an incident may see its review."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config.sections.reviews import PUBLISH
from bot.core.viewer import Viewer
from bot.incidents.queries import by_number, visible_to
from bot.incidents.rows import Incident
from bot.reviews.course import is_overdue, next_due
from bot.reviews.document import Document
from bot.reviews.rows import DONE, HELD, OPEN, TO_DO, Review, ReviewTask, ReviewVersion


@dataclass(frozen=True)
class ReviewNow:
    """An incident with its review and the steps of it, in their order."""

    incident: Incident
    review: Review
    tasks: tuple[ReviewTask, ...] = ()

    @property
    def due_at(self) -> datetime | None:
        """When the first of what is still to do is due."""
        return next_due(self.tasks)

    @property
    def over_at(self) -> datetime:
        """From when its due dates count: the end of the incident, or when somebody asked for it after that."""
        return max(self.incident.resolved_at or self.review.began_at, self.review.began_at)

    @property
    def may_be_published(self) -> bool:
        """Whether there is something to publish: a newer version, or the step that asks for it."""
        if self.incident.private or self.review.state not in (OPEN, DONE):
            return False
        is_asked = any(task.name == PUBLISH and task.is_open for task in self.tasks)
        return is_asked or self.review.published_version != self.review.versions

    def is_overdue(self, now: datetime) -> bool:
        return is_overdue(self.review, self.tasks, now)


async def review_of(session: AsyncSession, number: int, viewer: Viewer) -> tuple[Incident, ReviewNow | None]:
    """The incident, with its review if it has one. Raises NotFound."""
    incident = await by_number(session, number, viewer)
    return incident, await of_incident(session, incident)


async def of_incident(session: AsyncSession, incident: Incident) -> ReviewNow | None:
    """The review of an incident that the caller was allowed to load."""
    review = await session.get(Review, incident.id)
    if review is None:
        return None
    return ReviewNow(incident, review, (await tasks_of(session, [incident.id]))[incident.id])


async def tasks_of(session: AsyncSession, numbers: Sequence[int]) -> Mapping[int, tuple[ReviewTask, ...]]:
    """The steps of these incidents' reviews, in their order."""
    found: dict[int, list[ReviewTask]] = {number: [] for number in numbers}
    rows = await session.scalars(
        select(ReviewTask).where(ReviewTask.incident_id.in_(list(numbers))).order_by(ReviewTask.place)
    )
    for task in rows:
        found[task.incident_id].append(task)
    return {number: tuple(tasks) for number, tasks in found.items()}


async def listed(
    session: AsyncSession,
    viewer: Viewer,
    *,
    everything: bool = False,
    people: Sequence[str] | None = None,
    limit: int,
    offset: int = 0,
) -> list[ReviewNow]:
    """The unfinished reviews (or all) that this person may see, those due first ahead.

    `people` are names of one person, by which the list is of what that person has to do.
    """
    due = (
        select(func.min(ReviewTask.due_at))
        .where(ReviewTask.incident_id == Review.incident_id, ReviewTask.state == TO_DO)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(Review, Incident)
        .join(Incident, Incident.id == Review.incident_id)
        .where(*_of(viewer, everything, people))
        .order_by(Review.ended_at.desc().nulls_first(), due.nulls_last(), Review.incident_id)
        .limit(limit)
        .offset(offset)
    )
    found = [(review, incident) for review, incident in rows]
    tasks = await tasks_of(session, [incident.id for _, incident in found])
    return [ReviewNow(incident, review, tasks[incident.id]) for review, incident in found]


async def count_reviews(session: AsyncSession, viewer: Viewer, *, everything: bool = False) -> int:
    query = select(func.count()).select_from(Review).join(Incident, Incident.id == Review.incident_id)
    return await session.scalar(query.where(*_of(viewer, everything, None))) or 0


async def count_overdue(session: AsyncSession, viewer: Viewer, *, now: datetime) -> int:
    """How many of them have something that should have been done by now."""
    late = (
        select(ReviewTask.incident_id)
        .where(
            ReviewTask.incident_id == Review.incident_id, ReviewTask.state == TO_DO, ReviewTask.due_at <= now
        )
        .exists()
    )
    query = select(func.count()).select_from(Review).join(Incident, Incident.id == Review.incident_id)
    return await session.scalar(query.where(*_of(viewer, False, None), Review.state == OPEN, late)) or 0


def _of(viewer: Viewer, everything: bool, people: Sequence[str] | None) -> list[ColumnElement[bool]]:
    found = [visible_to(viewer)]
    if not everything:
        found.append(Review.ended_at.is_(None))
    if people is not None:
        has_step = (
            select(ReviewTask.incident_id)
            .where(
                ReviewTask.incident_id == Review.incident_id,
                ReviewTask.state == TO_DO,
                ReviewTask.owner.in_(list(people)),
            )
            .exists()
        )
        found += [Review.state != HELD, or_(Review.owner.in_(list(people)), has_step)]
    return found


async def versions_of(session: AsyncSession, number: int, *, limit: int = 100) -> Sequence[ReviewVersion]:
    """The documents that were kept, the newest first. The caller may see the incident."""
    query = select(ReviewVersion).where(ReviewVersion.incident_id == number)
    return (await session.scalars(query.order_by(ReviewVersion.number.desc()).limit(limit))).all()


async def version_of(session: AsyncSession, number: int, version: int) -> ReviewVersion | None:
    found: ReviewVersion | None = await session.get(ReviewVersion, (number, version))
    return found


def kept_document(version: ReviewVersion) -> Document:
    """The document of a version."""
    return Document({str(key): str(text) for key, text in version.sections.items()})
