"""Whose App Home is kept current."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.outbox import Priority, enqueue, is_noted
from bot.core.people import Person, remember

# A Home that nobody looked at for so long is brought up to date when it is opened next.
KEPT_CURRENT_FOR = timedelta(hours=8)
# Several changes in a row make one refresh.
GATHER, GATHER_MANY = timedelta(seconds=1), timedelta(seconds=5)
HOMES = "homes"


async def home_opened(session: AsyncSession, user_id: str, *, now: datetime) -> None:
    """Somebody looks at their Home: show the present state, and keep it so for a while."""
    (await remember(session, user_id)).home_opened_at = now
    refresh_home(session, user_id, now=now)


def refresh_home(session: AsyncSession, user_id: str, *, now: datetime) -> None:
    """Something changed that only this person's Home shows."""
    enqueue(
        session, "home", now=now, about={"user": user_id}, fold=f"home:{user_id}", priority=Priority.ANSWER
    )


async def refresh_homes(session: AsyncSession, *, now: datetime, delay: timedelta = GATHER) -> None:
    """Something changed that Homes show."""
    looking = await session.scalars(
        select(Person.user_id)
        .where(Person.home_opened_at > now - KEPT_CURRENT_FOR)
        .order_by(Person.home_opened_at.desc())
        .limit(200)
    )
    # Always in one order, so that two of these never wait for each other.
    for user_id in sorted(looking):
        enqueue(session, "home", now=now, about={"user": user_id}, fold=f"home:{user_id}", delay=delay)


def refresh_homes_soon(session: AsyncSession, *, now: datetime) -> None:
    """Something changed that Homes show and that comes by the hundred, such as alerts: all of some seconds is gathered."""
    if not is_noted(session, HOMES):
        enqueue(session, "homes", now=now, fold=HOMES, delay=GATHER_MANY)
