"""Reading action items. Each query takes the viewer: an item of a private incident is there for its responders only."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.errors import NotFound
from bot.core.viewer import Viewer
from bot.incidents.queries import ActionsNow, Situation
from bot.incidents.rows import Responder
from bot.reviews.action_rows import ActionItem


@dataclass(frozen=True)
class Which:
    """Which items a list has: of an owner, of a service, of an incident, those due before a day; without `everything`
    the unfinished ones.
    """

    owner: str | None = None
    service: str | None = None
    incident_id: int | None = None
    due_before: date | None = None
    everything: bool = False


@dataclass(frozen=True)
class Health:
    """How the promises stand: how many are open, how many of them overdue, since when the oldest is open, and since
    when the longest overdue was due.
    """

    open: int
    overdue: int
    oldest_at: datetime | None
    longest_due_on: date | None


def visible_items(viewer: Viewer) -> ColumnElement[bool]:
    if viewer.sees_everything:
        return true()
    takes_part = exists().where(
        Responder.incident_id == ActionItem.incident_id, Responder.user_id == viewer.user_id
    )
    return or_(ActionItem.private.is_(False), takes_part)


def _of(viewer: Viewer, which: Which) -> list[ColumnElement[bool]]:
    found = [visible_items(viewer)]
    if not which.everything:
        found.append(ActionItem.closed_at.is_(None))
    if which.owner is not None:
        found.append(ActionItem.owner == which.owner)
    if which.service is not None:
        found.append(ActionItem.service == which.service)
    if which.incident_id is not None:
        found.append(ActionItem.incident_id == which.incident_id)
    if which.due_before is not None:
        found.append(ActionItem.due_on < which.due_before)
    return found


async def listed(
    session: AsyncSession, viewer: Viewer, which: Which, *, limit: int, offset: int = 0
) -> Sequence[ActionItem]:
    """Those that this person may see, what is due first before what is due later."""
    query = select(ActionItem).where(*_of(viewer, which)).order_by(ActionItem.due_on, ActionItem.id)
    return (await session.scalars(query.limit(limit).offset(offset))).all()


async def count_items(session: AsyncSession, viewer: Viewer, which: Which) -> int:
    query = select(func.count()).select_from(ActionItem).where(*_of(viewer, which))
    return await session.scalar(query) or 0


async def item_by_number(
    session: AsyncSession, number: int, viewer: Viewer, *, lock: bool = False
) -> ActionItem:
    """The item, with its row locked if it is to be changed; raises NotFound, also for one that this person may not see."""
    query = select(ActionItem).where(ActionItem.id == number, visible_items(viewer))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found: ActionItem | None = await session.scalar(query) if 0 < number < 2**62 else None
    if found is None:
        raise NotFound(
            f"There is no action item #{number} that you can see.", "`/ops actions` shows the open ones."
        )
    return found


async def with_actions(session: AsyncSession, around: Situation) -> Situation:
    """The incident with how many of its action items are open, and of how many."""
    of_it = ActionItem.incident_id == around.incident.id
    unfinished = func.count().filter(ActionItem.closed_at.is_(None))
    total, left = (await session.execute(select(func.count(), unfinished).where(of_it))).one()
    return replace(around, actions=ActionsNow(total=total, open=left)) if total else around


async def health(session: AsyncSession, *, today: date) -> Health:
    """Of all that everybody may know of; what drills brought about does not count."""
    counted = ActionItem.closed_at.is_(None), ActionItem.private.is_(False), ActionItem.drill.is_(False)
    late = ActionItem.due_on < today
    found = await session.execute(
        select(
            func.count(),
            func.count().filter(late),
            func.min(ActionItem.created_at),
            func.min(ActionItem.due_on).filter(late),
        ).where(*counted)
    )
    return Health(*found.one())
