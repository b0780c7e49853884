"""Reading incidents. Each query takes the viewer: a private incident is there for its responders only."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, exists, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.core.db import write_noted
from bot.core.errors import NotFound
from bot.core.outbox import OutboxItem, problems_of
from bot.core.timeline import TimelineEntry
from bot.core.viewer import Viewer
from bot.incidents.rows import Incident, Responder, RoleAssignment
from bot.incidents.task_rows import Link, Task
from bot.paging.status import AlertsNow, PageStatus


@dataclass(frozen=True)
class Unpaged:
    """Why an incident pages nobody: `kind` is backlog, policy or severity, `reason` the words."""

    kind: str
    reason: str


@dataclass(frozen=True)
class PagingNow:
    """How an incident's pages stand: those that are not over, or else the newest; or why there are none. `item` is
    the number of the backlog's item that its severity asks for in their place.
    """

    pages: tuple[PageStatus, ...] = ()
    unpaged: Unpaged | None = None
    item: int | None = None


@dataclass(frozen=True)
class FittingRunbook:
    """A runbook that is for an incident such as this; `link` is where people read it whole."""

    name: str
    title: str
    link: str | None = None


@dataclass(frozen=True)
class ActionsNow:
    """How many action items came of an incident, and how many of them are open."""

    total: int
    open: int


@dataclass(frozen=True)
class TasksNow:
    """How many tasks an incident has, how many of them are open, and the first of those."""

    total: int
    open: int
    first: tuple[Task, ...] = ()


@dataclass(frozen=True)
class Related:
    """Another incident, and how it belongs to this one; `into` says that this one went into that."""

    kind: str
    other: Incident
    into: bool


@dataclass(frozen=True)
class Situation:
    """An incident with what surrounds it: all that a card, an announcement or a list line shows."""

    incident: Incident
    roles: dict[str, str] = field(default_factory=dict)  # role name -> user id
    responders: tuple[str, ...] = ()
    last_update: TimelineEntry | None = None
    resolution: TimelineEntry | None = None  # how it was resolved, unless it was reopened since
    problems: Sequence[OutboxItem] = ()
    paging: PagingNow = PagingNow()
    alerts: AlertsNow | None = None
    runbooks: tuple[FittingRunbook, ...] = ()
    actions: ActionsNow | None = None
    tasks: TasksNow | None = None
    links: tuple[Link, ...] = ()
    relations: tuple[Related, ...] = ()
    similar: tuple[Incident, ...] = ()  # earlier ones that were like it, the most alike first


def visible_to(viewer: Viewer) -> ColumnElement[bool]:
    """The condition under which a viewer may see an incident."""
    return true() if viewer.sees_everything else _visible_to(viewer.user_id)


def visible_to_asker() -> ColumnElement[bool]:
    """The same for statements that are built once: who asks comes as the parameter `viewer`."""
    return _visible_to(bindparam("viewer"))


def _visible_to(user_id: str | BindParameter[str] | None) -> ColumnElement[bool]:
    takes_part = exists().where(Responder.incident_id == Incident.id, Responder.user_id == user_id)
    return or_(Incident.private.is_(False), takes_part)


def is_open() -> ColumnElement[bool]:
    """The condition of `Incident.is_open`, as the index of the open ones has it: a closed one was resolved before."""
    return Incident.resolved_at.is_(None)


def among_few(column: InstrumentedAttribute[Any]) -> ColumnElement[str]:
    """A name of an open incident, to be compared: beside `is_open` SQLite would rather take the index of this column, and
    look through years of incidents that are over.
    """
    return column.concat("")


def missing(number: int, viewer: Viewer) -> NotFound:
    """The one answer for an incident that does not exist and for one that this person may not see."""
    if viewer.sees_everything:  # the operator, at the command line
        return NotFound(f"There is no incident #{number}.", "`tocsin incident list --all` shows all.")
    return NotFound(
        f"There is no incident #{number} that you can see.", "`/incident list` shows the open ones."
    )


async def by_number(session: AsyncSession, number: int, viewer: Viewer) -> Incident:
    """The incident; raises NotFound."""
    return await _found(session, _BY_NUMBER[viewer.sees_everything], number, viewer)


async def locked(session: AsyncSession, number: int, viewer: Viewer) -> Incident:
    """The incident with its row locked until the transaction ends; raises NotFound."""
    await session.run_sync(write_noted)  # one that was declared just now is found with its responders
    return await _found(session, _LOCKED[viewer.sees_everything], number, viewer)


async def _found(session: AsyncSession, query: Select[Any], number: int, viewer: Viewer) -> Incident:
    found: Incident | None = None
    if 0 < number < 2**62:
        found = await session.scalar(query, {"number": number, "viewer": viewer.user_id})
    if found is None:
        raise missing(number, viewer)
    return found


# Built once, for those who see everything and for the rest: every click and every delivery pays for them.
_BY_NUMBER = {
    True: select(Incident).where(Incident.id == bindparam("number")),
    False: select(Incident).where(Incident.id == bindparam("number"), visible_to_asker()),
}
_LOCKED = {everything: query.with_for_update() for everything, query in _BY_NUMBER.items()}


async def by_channel(session: AsyncSession, channel_id: str, viewer: Viewer) -> Incident | None:
    """The incident whose channel this is."""
    found: Incident | None = await session.scalar(
        select(Incident)
        .where(Incident.channel_id == channel_id, visible_to(viewer))
        .order_by(Incident.id.desc())
    )
    return found


async def open_incidents(
    session: AsyncSession, viewer: Viewer, *, service: str | None = None, limit: int = 50, offset: int = 0
) -> Sequence[Incident]:
    """Those still being responded to, the newest first."""
    query = select(Incident).where(is_open(), visible_to(viewer))
    if service is not None:
        query = query.where(among_few(Incident.service) == service)
    return (await session.scalars(query.order_by(Incident.id.desc()).limit(limit).offset(offset))).all()


async def recent_incidents(
    session: AsyncSession, viewer: Viewer, *, limit: int = 50, offset: int = 0
) -> Sequence[Incident]:
    """All of them, the newest first."""
    query = select(Incident).where(visible_to(viewer)).order_by(Incident.id.desc())
    return (await session.scalars(query.limit(limit).offset(offset))).all()


async def count_incidents(session: AsyncSession, viewer: Viewer, *, only_open: bool) -> int:
    query = select(func.count()).select_from(Incident).where(visible_to(viewer))
    if only_open:
        query = query.where(is_open())
    return await session.scalar(query) or 0


async def roles_of(session: AsyncSession, incident_id: int) -> dict[str, str]:
    """Role name to user id."""
    return dict(iter(await session.execute(_ROLES, {"of": incident_id})))


async def responders_of(session: AsyncSession, incident_id: int) -> tuple[str, ...]:
    """User ids in the order in which they joined."""
    return tuple(await session.scalars(_RESPONDERS, {"of": incident_id}))


async def last_update_of(
    session: AsyncSession, incident_id: int, kind: str = "update"
) -> TimelineEntry | None:
    found: TimelineEntry | None = await session.scalar(_LAST_ENTRY, {"of": incident_id, "kind": kind})
    return found


_ROLES = select(RoleAssignment.role, RoleAssignment.user_id).where(
    RoleAssignment.incident_id == bindparam("of")
)
_RESPONDERS = (
    select(Responder.user_id)
    .where(Responder.incident_id == bindparam("of"))
    .order_by(Responder.joined_at, Responder.user_id)
)
_LAST_ENTRY = (
    select(TimelineEntry)
    .where(TimelineEntry.incident_id == bindparam("of"), TimelineEntry.kind == bindparam("kind"))
    .order_by(TimelineEntry.number.desc())
    .limit(1)
)


async def situation(session: AsyncSession, incident: Incident) -> Situation:
    """Loads what surrounds an incident that the caller was allowed to load."""
    return Situation(
        incident=incident,
        roles=await roles_of(session, incident.id),
        responders=await responders_of(session, incident.id),
        last_update=await last_update_of(session, incident.id) if incident.updated_at else None,
        resolution=await last_update_of(session, incident.id, "resolved") if incident.resolved_at else None,
        problems=await problems_of(session, incident.id),
    )
