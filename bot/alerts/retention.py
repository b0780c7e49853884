"""How long signals are kept, and how long they have waited."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.rows import Signal

KEPT_FOR = timedelta(days=30)
# At once: nobody who writes meanwhile is to notice. A storm's are gone after some rounds.
AT_MOST = 5_000


async def forget_signals(session: AsyncSession, *, now: datetime, kept_for: timedelta = KEPT_FOR) -> int:
    """Deletes the oldest that were carried out so long ago, some thousands at most; returns how many.

    What was not carried out yet is kept, however old; what became of the alert stands in its own row.
    """
    oldest = (
        select(Signal.id)
        .where(Signal.received_at < now - kept_for, Signal.due_at.is_(None))
        .order_by(Signal.received_at)
        .limit(AT_MOST)
    )
    gone = await session.execute(
        delete(Signal).where(Signal.id.in_(oldest)).returning(Signal.id),
        execution_options={"synchronize_session": False},
    )
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
