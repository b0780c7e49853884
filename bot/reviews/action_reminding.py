"""Reminding of action items: whom, and when next."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.outbox import enqueue
from bot.core.people import person
from bot.incidents.queries import roles_of
from bot.reviews.action_reminders import Firmness, firmness
from bot.reviews.action_rows import ActionItem
from bot.reviews.actions import next_reminder, today

AT_MOST = 100


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
    roles = await roles_of(session, item.incident_id) if item.incident_id is not None else {}
    wanted = [who for who in (item.created_by, roles.get("lead")) if who and who != item.owner]
    others = [who for who in wanted if not await has_left(session, who)]
    people = [item.owner]
    is_left = await has_left(session, item.owner)
    if is_left:
        # Somebody has to hand it on; a direct message to whoever left is read by nobody.
        people = others or ([] if item.private else [f"#{config.channels.announcements}"])
    elif firmness(item.due_on, today(config, now)) == Firmness.VERY_LATE:
        people += others
    about = {"item": item.id, "owner": item.owner, "due": item.due_on.isoformat()}
    for to in dict.fromkeys(people):
        enqueue(session, "action.reminder", now=now, about={**about, "to": to, "left": is_left})


async def has_left(session: AsyncSession, user: str) -> bool:
    """Whether this account is one of a full member no more."""
    known = await person(session, user)
    return known is not None and known.is_no_member
