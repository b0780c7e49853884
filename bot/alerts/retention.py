"""How long signals and alerts are kept, and how long signals have waited."""

from datetime import datetime

from sqlalchemy import Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.alerts.rows import Alert, Signal
from bot.backlog.rows import BacklogItem
from bot.incidents.queries import is_open
from bot.incidents.rows import Incident
from bot.paging.rows import Page


def old_signals(before: datetime) -> Select[int]:
    """Those that came in before, the oldest first. What was not carried out yet is kept, however old; what became of the
    alert stands in its own row.
    """
    return (
        select(Signal.id)
        .where(Signal.received_at < before, Signal.due_at.is_(None))
        .order_by(Signal.received_at)
    )


def old_alerts(before: datetime) -> Select[int]:
    """Those that ended before, the oldest first.

    What is not over is kept, however old, and so are the alerts of an incident, a page or an item of the backlog that
    is not, and those of a group that still has something to tell of.
    """
    other = aliased(Alert)
    return (
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
    )


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
