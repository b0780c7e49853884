"""Reading tasks and links. What belongs to a private incident is there for its responders only."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.errors import NotFound
from bot.core.viewer import Viewer
from bot.incidents.queries import Situation, TasksNow, visible_to
from bot.incidents.rows import Incident
from bot.incidents.task_rows import Link, Task

# So many of the open ones stand on the card.
ON_CARD = 5


def missing_task(number: int) -> NotFound:
    """The one answer for a task that does not exist and for one that this person may not see."""
    return NotFound(
        f"There is no task #{number} that you can see.", "`/incident tasks 12` shows an incident's."
    )


async def task_by_number(session: AsyncSession, number: int, viewer: Viewer) -> Task:
    """The task; raises NotFound."""
    query = select(Task).join(Incident, Incident.id == Task.incident_id)
    query = query.where(Task.id == number, visible_to(viewer)).execution_options(populate_existing=True)
    found: Task | None = await session.scalar(query) if 0 < number < 2**62 else None
    if found is None:
        raise missing_task(number)
    return found


async def tasks_of(
    session: AsyncSession, incident_id: int, *, limit: int | None = None, offset: int = 0
) -> Sequence[Task]:
    """An incident's tasks, the open ones first; each in the order in which they came."""
    query = select(Task).where(Task.incident_id == incident_id).order_by(Task.done_at.is_not(None), Task.id)
    return (await session.scalars(query.offset(offset).limit(limit))).all()


async def open_tasks_of(
    session: AsyncSession, incident_id: int, *, limit: int | None = None
) -> Sequence[Task]:
    """What is still to be done of it, the oldest first."""
    query = select(Task).where(Task.incident_id == incident_id, Task.done_at.is_(None))
    return (await session.scalars(query.order_by(Task.id).limit(limit))).all()


async def count_tasks(session: AsyncSession, incident_id: int) -> tuple[int, int]:
    """How many tasks an incident has, and how many of them are open."""
    unfinished = func.count().filter(Task.done_at.is_(None))
    query = select(func.count(), unfinished).where(Task.incident_id == incident_id)
    total, left = (await session.execute(query)).one()
    return total, left


async def my_tasks(
    session: AsyncSession, viewer: Viewer, *, limit: int, offset: int = 0
) -> tuple[Sequence[tuple[Task, Incident]], int]:
    """The open tasks of a person in all incidents that are not closed and that they may see, the oldest first, and
    how many there are.
    """
    mine = (
        Task.owner == viewer.user_id,
        Task.done_at.is_(None),
        Incident.closed_at.is_(None),
        visible_to(viewer),
    )
    query = select(Task, Incident).join(Incident, Incident.id == Task.incident_id).where(*mine)
    rows = (await session.execute(query.order_by(Task.id).offset(offset).limit(limit))).all()
    found = [(row[0], row[1]) for row in rows]
    if len(found) < limit and not offset:
        return found, len(found)
    counted = select(func.count()).select_from(Task).join(Incident, Incident.id == Task.incident_id)
    return found, await session.scalar(counted.where(*mine)) or 0


async def links_of(session: AsyncSession, incident_id: int) -> Sequence[Link]:
    """An incident's links, in the order in which they were added."""
    return (
        await session.scalars(select(Link).where(Link.incident_id == incident_id).order_by(Link.id))
    ).all()


async def with_tasks(session: AsyncSession, around: Situation) -> Situation:
    """The incident with how its tasks stand, and with its links."""
    number = around.incident.id
    links = tuple(await links_of(session, number))
    total, left = await count_tasks(session, number)
    if not total:
        return replace(around, links=links)
    shown = await open_tasks_of(session, number, limit=ON_CARD) if left else ()
    return replace(around, links=links, tasks=TasksNow(total=total, open=left, first=tuple(shown)))
