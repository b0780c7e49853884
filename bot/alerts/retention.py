"""How long signals and alerts are kept, and how long signals have waited."""

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningDelete

from bot.alerts.rows import Alert, Signal
from bot.backlog.rows import BacklogItem
from bot.incidents.queries import is_open
from bot.incidents.rows import Incident
from bot.paging.rows import Page

# In one transaction: nobody who writes meanwhile is to notice.
AT_MOST = 1_000


async def forget_signals(session: AsyncSession, *, now: datetime, kept_for: timedelta) -> int:
    """Deletes the oldest that were carried out so long ago, `AT_MOST` of them; returns how many.

    What was not carried out yet is kept, however old; what became of the alert stands in its own row.
    """
    oldest = (
        select(Signal.id)
        .where(Signal.received_at < now - kept_for, Signal.due_at.is_(None))
        .order_by(Signal.received_at)
        .limit(AT_MOST)
    )
    return await _gone(session, delete(Signal).where(Signal.id.in_(oldest)).returning(Signal.id))


async def forget_alerts(session: AsyncSession, *, now: datetime, kept_for: timedelta) -> int:
    """Deletes the oldest that ended so long ago, `AT_MOST` of them; returns how many.

    What is not over is kept, however old, and so are the alerts of an incident, a page or an item of the backlog that
    is not, and those of a group that still has something to tell of.
    """
    before, other = now - kept_for, aliased(Alert)
    oldest = (
        select(Alert.id)
        .where(
            Alert.last_at < before,
            Alert.resolved_at < before,
            ~exists().where(Incident.id == Alert.incident_id, is_open()),
            ~exists().where(Page.id == Alert.page_id, Page.resolved_at.is_(None)),
            ~exists().where(BacklogItem.id == Alert.backlog_item_id, BacklogItem.closed_at.is_(None)),
            ~exists().where(other.group == Alert.group, other.resolved_at.is_(None)),
        )
        .order_by(Alert.last_at)
        .limit(AT_MOST)
    )
    return await _gone(session, delete(Alert).where(Alert.id.in_(oldest)).returning(Alert.id))


async def _gone(session: AsyncSession, forget: ReturningDelete[int]) -> int:
    gone = await session.execute(forget, execution_options={"synchronize_session": False})
    return len(gone.all())


async def oldest_signal(session: AsyncSession) -> datetime | None:
    """Since when the oldest has waited to be carried out; None when none does."""
    row = (await session.execute(_OLDEST)).one()
    return min((at for at in row if at is not None), default=None)


# The first of each half of their index.
_OLDEST = select(
    *(
        select(func.min(Signal.due_at))
        .where(Signal.can_wait == can_wait, Signal.due_at.is_not(None))
        .scalar_subquery()
        for can_wait in (False, True)
    )
)
