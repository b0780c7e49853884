"""Going through the backlog, the oldest first: one item at a time, in a message that is kept current.

Whatever is decided about an item, there or elsewhere, leads on to the next. Items of private incidents are no part of it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.backlog.rows import DECLINED, DONE, PLANNED, SPLIT, BacklogItem, Grooming
from bot.core.db import insert_row
from bot.core.outbox import Priority, enqueue

# After this long nobody goes on with it; the next one begins anew.
KEPT_CURRENT = timedelta(days=28)

PUBLIC = BacklogItem.private.is_(False)


@dataclass(frozen=True)
class Progress:
    """How far it is: the item that is next (None: it is over), how many are left, and what was decided."""

    item: BacklogItem | None
    left: int
    gone_through: int
    judged: int
    planned: int
    closed: int


async def begin(
    session: AsyncSession, *, channel: str, occurs_at: datetime, now: datetime
) -> Grooming | None:
    """Begins one, unless there is nothing to go through."""
    some = select(BacklogItem.id).where(BacklogItem.closed_at.is_(None), PUBLIC).limit(1)
    if await session.scalar(some) is None:
        return None
    grooming = await insert_row(session, Grooming, occurs_at=occurs_at, opened_at=now, channel=channel)
    tell(session, grooming, now=now)
    return grooming


def tell(session: AsyncSession, grooming: Grooming, *, now: datetime) -> None:
    """Brings its message up to date."""
    about = {"grooming": grooming.id}
    enqueue(
        session,
        "backlog.grooming",
        now=now,
        about=about,
        fold=f"grooming:{grooming.id}",
        priority=Priority.CARD,
    )


async def newest(session: AsyncSession) -> Grooming | None:
    found: Grooming | None = await session.scalar(select(Grooming).order_by(Grooming.id.desc()).limit(1))
    return found


async def refresh(session: AsyncSession, *, now: datetime) -> None:
    """Something was decided about an item: the message that goes through them may have to go on."""
    grooming = await newest(session)
    if grooming is not None and grooming.opened_at > now - KEPT_CURRENT:
        tell(session, grooming, now=now)


async def progress(session: AsyncSession, grooming: Grooming) -> Progress:
    left = [*_of(grooming), BacklogItem.closed_at.is_(None), _not_looked_at(grooming)]
    item: BacklogItem | None = await session.scalar(
        select(BacklogItem).where(*left).order_by(BacklogItem.created_at, BacklogItem.id).limit(1)
    )
    count = await session.scalar(select(func.count()).select_from(BacklogItem).where(*left))
    of = [*_of(grooming), BacklogItem.looked_at >= grooming.opened_at]
    rows = await session.execute(
        select(BacklogItem.status, func.count()).where(*of).group_by(BacklogItem.status)
    )
    decided: dict[str, int] = dict(iter(rows))
    judged = await session.scalar(
        select(func.count()).select_from(BacklogItem).where(*of, BacklogItem.judged_at >= grooming.opened_at)
    )
    return Progress(
        item=item,
        left=count or 0,
        gone_through=sum(decided.values()),
        judged=judged or 0,
        planned=decided.get(PLANNED, 0),
        closed=sum(decided.get(status, 0) for status in (DONE, DECLINED, SPLIT)),
    )


def _of(grooming: Grooming) -> list[ColumnElement[bool]]:
    return [PUBLIC, BacklogItem.created_at <= grooming.opened_at]


def _not_looked_at(grooming: Grooming) -> ColumnElement[bool]:
    return or_(BacklogItem.looked_at.is_(None), BacklogItem.looked_at < grooming.opened_at)
