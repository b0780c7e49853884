"""Where incidents and the backlog meet: the item that an incident makes, and who may see which item."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from bot.backlog import items
from bot.backlog.rows import BUG, INCIDENT, BacklogItem
from bot.config import Config
from bot.core.errors import NotFound
from bot.core.timeline import record
from bot.core.viewer import Viewer
from bot.incidents.rows import Incident, Responder


def asks_for_item(incident: Incident, config: Config) -> bool:
    """Whether the incident's severity leads to the backlog. In a drill nothing is broken, so nothing is to be done."""
    severity = config.severity(incident.severity)
    return severity is not None and severity.page == "backlog" and not incident.drill


async def item_for(
    session: AsyncSession, incident: Incident, *, config: Config, by: str | None, now: datetime
) -> None:
    """Makes the incident's item if its severity asks for one; once, whatever becomes of severity and item later."""
    if not asks_for_item(incident, config) or await items.of_incident(session, incident.id) is not None:
        return
    item, _ = await items.add(
        session,
        title=incident.title,
        by=by,
        now=now,
        kind=BUG,
        description=incident.summary,
        service=incident.service,
        origin=INCIDENT,
        incident_id=incident.id,
        private=incident.private,
    )
    record(session, incident, "backlog_item", now=now, by=None, item=item.id)


def _visible_to(viewer: Viewer) -> ColumnElement[bool]:
    """An item of a private incident is there for those who take part in it."""
    if viewer.sees_everything:
        return true()
    takes_part = exists().where(
        Responder.incident_id == BacklogItem.incident_id, Responder.user_id == viewer.user_id
    )
    return or_(BacklogItem.private.is_(False), takes_part)


async def listed(
    session: AsyncSession,
    viewer: Viewer,
    *,
    service: str | None = None,
    everything: bool = False,
    limit: int,
    offset: int = 0,
) -> Sequence[BacklogItem]:
    """The unfinished items (or all) that this person may see, the oldest first."""
    query = select(BacklogItem).where(*_of(viewer, service, everything)).order_by(BacklogItem.id)
    return (await session.scalars(query.limit(limit).offset(offset))).all()


async def count_items(
    session: AsyncSession, viewer: Viewer, *, service: str | None = None, everything: bool = False
) -> int:
    query = select(func.count()).select_from(BacklogItem).where(*_of(viewer, service, everything))
    return await session.scalar(query) or 0


def _of(viewer: Viewer, service: str | None, everything: bool) -> list[ColumnElement[bool]]:
    found = [_visible_to(viewer)]
    if not everything:
        found.append(BacklogItem.closed_at.is_(None))
    if service is not None:
        found.append(BacklogItem.service == service)
    return found


async def item_by_number(
    session: AsyncSession, number: int, viewer: Viewer, *, lock: bool = False
) -> BacklogItem:
    """The item, with its row locked if it is to be changed; raises NotFound, also for one that this person may not see."""
    query = select(BacklogItem).where(BacklogItem.id == number, _visible_to(viewer))
    found: BacklogItem | None = None
    if 0 < number < 2**62:
        found = await session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound(
            f"There is no item #{number} in the backlog that you can see.", "`/ops backlog` shows them."
        )
    return found


async def plan(session: AsyncSession, number: int, *, by: str, now: datetime) -> BacklogItem:
    item = await item_by_number(session, number, Viewer(by), lock=True)
    items.plan(item, by=by, now=now)
    return item


async def finish(session: AsyncSession, number: int, *, by: str, now: datetime) -> BacklogItem:
    item = await item_by_number(session, number, Viewer(by), lock=True)
    items.finish(item, by=by, now=now)
    return item


async def decline(session: AsyncSession, number: int, reason: str, *, by: str, now: datetime) -> BacklogItem:
    item = await item_by_number(session, number, Viewer(by), lock=True)
    items.decline(item, reason, by=by, now=now)
    return item


async def reopen(session: AsyncSession, number: int, *, by: str, now: datetime) -> BacklogItem:
    item = await item_by_number(session, number, Viewer(by), lock=True)
    await items.reopen(session, item, by=by, now=now)
    return item
