"""Where incidents and the backlog meet: the item that an incident makes, and who may see which item."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from bot.backlog import grooming, items
from bot.backlog.health import Health, health
from bot.backlog.priority import LEVELS, Priority, priority
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


def visible_items(viewer: Viewer) -> ColumnElement[bool]:
    """An item of a private incident is there for those who take part in it."""
    if viewer.sees_everything:
        return true()
    takes_part = exists().where(
        Responder.incident_id == BacklogItem.incident_id, Responder.user_id == viewer.user_id
    )
    return or_(BacklogItem.private.is_(False), takes_part)


# What is not judged comes behind what is: grooming brings it up.
_RANK = case(
    *(
        (and_(BacklogItem.impact == impact, BacklogItem.effort == effort), list(Priority).index(known))
        for impact in LEVELS
        for effort in LEVELS
        if (known := priority(impact, effort)) is not None
    ),
    else_=len(Priority),
)


@dataclass(frozen=True)
class Which:
    """The items of a list: the unfinished ones or all, of a kind, of a service, of a milestone."""

    everything: bool = False
    kind: str | None = None
    service: str | None = None
    milestone: str | None = None


async def listed(
    session: AsyncSession, viewer: Viewer, which: Which = Which(), *, limit: int, offset: int = 0
) -> Sequence[BacklogItem]:
    """The items that this person may see by priority, of each the oldest first; closed ones come last."""
    query = (
        select(BacklogItem)
        .where(*_of(viewer, which))
        .order_by(BacklogItem.closed_at.is_not(None), _RANK, BacklogItem.place, BacklogItem.id)
    )
    return (await session.scalars(query.limit(limit).offset(offset))).all()


async def count_items(session: AsyncSession, viewer: Viewer, which: Which = Which()) -> int:
    query = select(func.count()).select_from(BacklogItem).where(*_of(viewer, which))
    return await session.scalar(query) or 0


def _of(viewer: Viewer, which: Which) -> list[ColumnElement[bool]]:
    found = [visible_items(viewer)]
    if not which.everything:
        found.append(BacklogItem.closed_at.is_(None))
    if which.kind is not None:
        found.append(BacklogItem.kind == which.kind)
    if which.service is not None:
        found.append(BacklogItem.service == which.service)
    if which.milestone is not None:
        # SQLite's lower() knows ASCII only: what is typed as it was written is found in any script.
        said = func.lower(BacklogItem.milestone) == which.milestone.lower()
        found.append(or_(BacklogItem.milestone == which.milestone, said))
    return found


async def health_seen_by(session: AsyncSession, viewer: Viewer, *, now: datetime) -> Health:
    """The figures of what this person may see."""
    return await health(session, visible_items(viewer), now=now)


async def item_by_number(
    session: AsyncSession, number: int, viewer: Viewer, *, lock: bool = False
) -> BacklogItem:
    """The item, with its row locked if it is to be changed; raises NotFound, also for one that this person may not see."""
    query = select(BacklogItem).where(BacklogItem.id == number, visible_items(viewer))
    found: BacklogItem | None = None
    if 0 < number < 2**62:
        found = await session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound(
            f"There is no item #{number} in the backlog that you can see.", "`/ops backlog` shows them."
        )
    return found


async def change(
    session: AsyncSession,
    number: int,
    verb: Callable[..., None],
    *what: items.Said | str | None,
    by: str,
    now: datetime,
) -> BacklogItem:
    """Carries out a verb of bot.backlog.items on an item that this person may see."""
    item = await item_by_number(session, number, Viewer(by), lock=True)
    verb(item, *what, by=by, now=now)
    items.found_by_its_words(session, item)
    await grooming.refresh(session, now=now)
    return item


async def reopen(session: AsyncSession, number: int, *, by: str, now: datetime) -> BacklogItem:
    item = await item_by_number(session, number, Viewer(by), lock=True)
    await items.reopen(session, item, by=by, now=now)
    items.found_by_its_words(session, item)
    await grooming.refresh(session, now=now)
    return item


async def put_first(session: AsyncSession, number: int, *, by: str, now: datetime) -> BacklogItem:
    item = await item_by_number(session, number, Viewer(by), lock=True)
    await items.put_first(session, item, by=by, now=now)
    await grooming.refresh(session, now=now)
    return item


async def split(
    session: AsyncSession, number: int, titles: Sequence[str], *, by: str, now: datetime
) -> tuple[BacklogItem, list[BacklogItem]]:
    """The item, closed, and its parts."""
    item = await item_by_number(session, number, Viewer(by), lock=True)
    parts = await items.split(session, item, titles, by=by, now=now)
    await grooming.refresh(session, now=now)
    return item, parts


async def add_idea(
    session: AsyncSession,
    *,
    title: str,
    kind: str,
    description: str,
    service: str | None,
    channel: str | None,
    by: str,
    now: datetime,
) -> BacklogItem:
    """An item from somebody's idea. From the channel of a private incident it is for its responders only."""
    private = await _private_incident_in(session, channel) if channel is not None else None
    if private is not None and not await _takes_part(session, private, by):
        raise NotFound("This channel belongs to nothing that you can see.", "Add it by `/ops backlog add`.")
    item, _ = await items.add(
        session,
        title=title,
        kind=kind,
        description=description,
        service=service,
        by=by,
        now=now,
        incident_id=private.id if private else None,
        private=private is not None,
    )
    return item


async def _private_incident_in(session: AsyncSession, channel: str) -> Incident | None:
    found: Incident | None = await session.scalar(
        select(Incident).where(Incident.channel_id == channel, Incident.private.is_(True)).limit(1)
    )
    return found


async def _takes_part(session: AsyncSession, incident: Incident, user: str) -> bool:
    return await session.get(Responder, (incident.id, user)) is not None
