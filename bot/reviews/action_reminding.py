"""Reminding of action items: whom, and when next."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.outbox import enqueue
from bot.incidents.queries import roles_of
from bot.reviews.action_reminders import Firmness, firmness
from bot.reviews.action_rows import ActionItem
from bot.reviews.actions import next_reminder, today

AT_MOST = 100


async def due(session: AsyncSession, *, now: datetime) -> Sequence[int]:
    """The items whose owners are to be reminded, the longest due first."""
    query = select(ActionItem.id).where(ActionItem.remind_at <= now).order_by(ActionItem.remind_at)
    return (await session.scalars(query.limit(AT_MOST))).all()


async def remind(session: AsyncSession, number: int, *, config: Config, now: datetime) -> None:
    """Reminds of one item, and says when it does so next. After a pause there is one reminder, of how it stands now."""
    item: ActionItem | None = await session.scalar(
        select(ActionItem)
        .where(ActionItem.id == number, ActionItem.remind_at <= now)
        .with_for_update(skip_locked=True)
    )
    if item is None or not item.is_unfinished:
        return
    item.remind_at = next_reminder(item.due_on, config=config, now=now)
    people = {item.owner: None}
    if firmness(item.due_on, today(config, now)) == Firmness.VERY_LATE:
        roles = await roles_of(session, item.incident_id) if item.incident_id is not None else {}
        people |= dict.fromkeys(filter(None, (item.created_by, roles.get("lead"))))
    about = {"item": item.id, "owner": item.owner, "due": item.due_on.isoformat()}
    for to in people:
        enqueue(session, "action.reminder", now=now, about={**about, "to": to})


async def put_off(session: AsyncSession, number: int, *, until: datetime) -> None:
    """What fails in our own code is tried again later."""
    await session.execute(update(ActionItem).where(ActionItem.id == number).values(remind_at=until))
