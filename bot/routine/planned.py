"""Routine tasks that a plan made: they come as those of app.yaml do, and are changed and ended from Slack."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cadences import recurring
from bot.cadences.cadence import cadence
from bot.cadences.recurring import Plan
from bot.config import Config
from bot.config.sections.routine_tasks import RoutineTask
from bot.core.db import insert_missing, numbered
from bot.core.errors import NotFound, RuleRefused, UserError
from bot.core.texts import checked_text, one_line
from bot.routine.planned_rows import PlannedTask
from bot.routine.rhythms import RHYTHMS
from bot.routine.task_rows import KIND, LONGEST_TASK

_STANDS = PlannedTask.ended_at.is_(None)


async def add(
    session: AsyncSession,
    config: Config,
    *,
    name: str,
    title: str,
    description: str,
    rhythm: str,
    owner: str | None,
    plan_id: int | None,
    by: str,
    now: datetime,
) -> bool:
    """It comes at its next time from now on; False: there is one of this name already."""
    row = {
        "name": name,
        "title": title,
        "description": description,
        "cadence": rhythm,
        "owner": owner,
        "plan_id": plan_id,
        "created_at": now,
        "created_by": by,
        "changed_at": now,
        "changed_by": by,
    }
    if config.routine_task(name) is not None or await _standing(session, name) is not None:
        return False
    await insert_missing(session, PlannedTask, [row])
    await recurring.begin(session, (KIND, name), _plan(config, rhythm), now=now)
    return True


async def change(
    session: AsyncSession,
    number: int,
    *,
    title: str,
    description: str,
    rhythm: str,
    owner: str | None,
    config: Config,
    by: str,
    now: datetime,
) -> PlannedTask:
    """From its next time on. What has come already stays as it came."""
    row = await by_number(session, number, config=config, lock=True)
    title = one_line(title)
    if not title or len(title) > LONGEST_TASK:
        raise UserError(
            f"A title has 1 to {LONGEST_TASK} characters.", "Put more into the description.", field="title"
        )
    if rhythm not in RHYTHMS:
        raise UserError("Say how often it is done.", "Choose one from the list.", field="cadence")
    row.title, row.description = title, checked_text(description, "text")
    row.owner, row.changed_at, row.changed_by = owner, now, by
    if row.cadence != rhythm:
        row.cadence = rhythm
        await recurring.begin(session, (KIND, row.name), _plan(config, rhythm), now=now)
    return row


async def end(session: AsyncSession, number: int, *, config: Config, by: str, now: datetime) -> PlannedTask:
    """It comes no more; one that is open is still to be done, or skipped."""
    row = await by_number(session, number, config=config, lock=True)
    row.ended_at = row.changed_at = now
    row.changed_by = by
    await recurring.forget(session, (KIND, row.name))
    return row


async def by_number(session: AsyncSession, number: int, *, config: Config, lock: bool = False) -> PlannedTask:
    """The row is locked if it is to be changed. Raises NotFound; RuleRefused for one that stands in app.yaml by now."""
    row = await numbered(session, PlannedTask, number, lock=lock)
    if row is None or row.ended_at is not None:
        raise NotFound("This task comes no more.", "`/ops tasks planned` shows those that do.")
    if config.routine_task(row.name) is not None:
        raise RuleRefused(f"“{row.title}” stands in app.yaml by now.", "It is changed there.")
    return row


async def listed(
    session: AsyncSession, config: Config, *, limit: int, offset: int = 0
) -> Sequence[PlannedTask]:
    """Those that come, by title; those that stand in app.yaml by now are left out."""
    query = select(PlannedTask).where(*_shown(config)).order_by(PlannedTask.title, PlannedTask.id)
    return (await session.scalars(query.limit(limit).offset(offset))).all()


async def count(session: AsyncSession, config: Config) -> int:
    return await session.scalar(select(func.count()).select_from(PlannedTask).where(*_shown(config))) or 0


def _shown(config: Config) -> list[ColumnElement[bool]]:
    return [_STANDS, PlannedTask.name.not_in([task.name for task in config.routine_tasks])]


async def plans(session: AsyncSession, config: Config) -> Mapping[str, Plan]:
    """When each of them comes."""
    rows = await session.execute(select(PlannedTask.name, PlannedTask.cadence).where(_STANDS))
    return {name: _plan(config, rhythm) for name, rhythm in rows}


def _plan(config: Config, rhythm: str) -> Plan:
    return Plan(cadence(config, RHYTHMS[rhythm]))


async def task_named(session: AsyncSession, config: Config, name: str) -> RoutineTask | None:
    """The routine task of this name: of app.yaml, or else of a plan."""
    found = config.routine_task(name)
    row = await _standing(session, name) if found is None else None
    if row is None:
        return found
    return RoutineTask.model_construct(
        name=row.name,
        title=row.title,
        description=row.description or None,
        cadence=RHYTHMS[row.cadence],
        owner=row.owner,
    )


async def _standing(session: AsyncSession, name: str) -> PlannedTask | None:
    found: PlannedTask | None = await session.scalar(
        select(PlannedTask).where(PlannedTask.name == name, _STANDS)
    )
    return found


async def titles(session: AsyncSession, config: Config, *, standing: bool = False) -> dict[str, str]:
    """What people read, by the names of all routine tasks: also of those that are over, unless only `standing` ones."""
    query = select(PlannedTask.name, PlannedTask.title).order_by(PlannedTask.id.desc())
    found = {task.name: task.title for task in config.routine_tasks}
    for name, title in await session.execute(query.where(_STANDS) if standing else query):
        found.setdefault(name, title)
    return found
