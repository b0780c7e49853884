"""Looking for occurrences of routine tasks."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.db import numbered
from bot.core.errors import NotFound
from bot.paging.people import person_of
from bot.routine.task_rows import RoutineOccurrence

# What is on a list: to be done, overdue, or all that there ever was.
TODAY, OVERDUE, ALL = LISTS = ("today", "overdue", "all")


async def listed(
    session: AsyncSession, which: str, *, now: datetime, limit: int, offset: int = 0
) -> Sequence[RoutineOccurrence]:
    """The open ones, those due first in front; of `all` the newest first. Tasks are for everybody to see."""
    query = select(RoutineOccurrence).where(*_of(which, now))
    if which == ALL:
        query = query.order_by(RoutineOccurrence.id.desc())
    else:
        query = query.order_by(RoutineOccurrence.due_at, RoutineOccurrence.id)
    return (await session.scalars(query.limit(limit).offset(offset))).all()


async def count(session: AsyncSession, which: str, *, now: datetime) -> int:
    query = select(func.count()).select_from(RoutineOccurrence).where(*_of(which, now))
    return await session.scalar(query) or 0


def _of(which: str, now: datetime) -> list[ColumnElement[bool]]:
    if which == ALL:
        return []
    found: list[ColumnElement[bool]] = [RoutineOccurrence.closed_at.is_(None)]
    if which == OVERDUE:
        found.append(RoutineOccurrence.due_at <= now)
    return found


async def mine(
    session: AsyncSession, config: Config, user_id: str, *, limit: int
) -> Sequence[RoutineOccurrence]:
    """The open tasks of this person, those due first in front."""
    names = {user_id, await person_of(session, config, user_id)}
    query = (
        select(RoutineOccurrence)
        .where(RoutineOccurrence.closed_at.is_(None), RoutineOccurrence.owner.in_(names))
        .order_by(RoutineOccurrence.due_at, RoutineOccurrence.id)
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def of_message(session: AsyncSession, message_id: int) -> Sequence[RoutineOccurrence]:
    """What a message shows, in its order."""
    query = (
        select(RoutineOccurrence)
        .where(RoutineOccurrence.message_id == message_id)
        .order_by(RoutineOccurrence.id)
    )
    return (await session.scalars(query)).all()


async def by_number(session: AsyncSession, number: int, *, lock: bool = False) -> RoutineOccurrence:
    """The row is locked if it is to be changed. Raises NotFound."""
    row = await numbered(session, RoutineOccurrence, number, lock=lock)
    if row is None:
        raise NotFound(f"There is no routine task #{number}.", "`/ops tasks` shows them.")
    return row


async def due_runs(session: AsyncSession, *, now: datetime) -> Sequence[int]:
    """The tasks whose commands are to be run."""
    query = select(RoutineOccurrence.id).where(RoutineOccurrence.run_at <= now)
    return (await session.scalars(query.order_by(RoutineOccurrence.run_at).limit(100))).all()
