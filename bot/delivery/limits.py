"""Rate limits: a gate per method (and channel), booked call by call, and closed when Slack says so all the same.

Both are rows, so that all replicas share what Slack allows, and keep away from a closed gate.
"""

from datetime import datetime

from sqlalchemy import String, delete, select
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base, insert_missing
from bot.delivery.pace import Pace


class RateLimit(Base):
    """A gate that Slack closed."""

    __tablename__ = "rate_limit"

    gate: Mapped[str] = mapped_column(String(120), primary_key=True)
    closed_until: Mapped[datetime]


class Gates:
    """The closed gates as this process knows them, read anew with every tick."""

    def __init__(self) -> None:
        self._closed: dict[str, datetime] = {}

    async def read(self, session: AsyncSession) -> None:
        rows = await session.execute(select(RateLimit.gate, RateLimit.closed_until))
        self._closed = dict(iter(rows))

    def closed_until(self, gate: str, now: datetime) -> datetime | None:
        until = self._closed.get(gate)
        return until if until is not None and until > now else None

    async def close(self, session: AsyncSession, gate: str, until: datetime) -> None:
        """Several calls of one gate are often told so at the same moment, so the row may be there already."""
        self._closed[gate] = until
        insert = insert_sqlite if session.get_bind().dialect.name == "sqlite" else insert_postgres
        statement = insert(RateLimit).values(gate=gate[:120], closed_until=until)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["gate"], set_={"closed_until": statement.excluded.closed_until}
            )
        )


class Booking(Base):
    """Up to when the calls of a gate are spoken for."""

    __tablename__ = "booking"

    gate: Mapped[str] = mapped_column(String(120), primary_key=True)
    booked_until: Mapped[datetime]


async def book(session: AsyncSession, gate: str, pace: Pace, *, now: datetime) -> datetime:
    """The moment at which one call may pass the gate; whoever books next, in whichever process, gets a later one.

    The gate is locked until the transaction ends, so this comes last in it.
    """
    row = await session.get(Booking, gate[:120], with_for_update=True)
    if row is None:
        await insert_missing(session, Booking, [{"gate": gate[:120], "booked_until": now}])
        row = await session.get_one(Booking, gate[:120], with_for_update=True)
    moment, row.booked_until = pace.reserve(row.booked_until, now)
    return moment


async def purge(session: AsyncSession, *, now: datetime) -> None:
    """Forgets the gates that are open again, and free."""
    await session.execute(delete(RateLimit).where(RateLimit.closed_until <= now))
    await session.execute(delete(Booking).where(Booking.booked_until <= now))
