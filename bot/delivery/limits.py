"""Rate limits as Slack tells them: a gate per method (and channel), closed until Slack said.

The gates are rows, so that all replicas keep away from a closed one.
"""

from datetime import datetime

from sqlalchemy import String, delete, select
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base


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


async def purge(session: AsyncSession, *, now: datetime) -> None:
    """Forgets the gates that are open again."""
    await session.execute(delete(RateLimit).where(RateLimit.closed_until <= now))
