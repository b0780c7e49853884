"""Rate limits as Slack tells them: a gate per method (and channel), closed until Slack said.

The gates are rows, so that all replicas keep away from a closed one.
"""

from datetime import datetime

from sqlalchemy import String, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base


class RateLimit(Base):
    """A gate that Slack closed."""

    __tablename__ = "rate_limit"

    gate: Mapped[str] = mapped_column(String(120), primary_key=True)
    closed_until: Mapped[datetime]


class Gates:
    """The closed gates as this process knows them, read anew with every batch of claims."""

    def __init__(self) -> None:
        self._closed: dict[str, datetime] = {}

    async def read(self, session: AsyncSession) -> None:
        rows = await session.execute(select(RateLimit.gate, RateLimit.closed_until))
        self._closed = {gate: until for gate, until in rows}

    def closed_until(self, gate: str, now: datetime) -> datetime | None:
        until = self._closed.get(gate)
        return until if until is not None and until > now else None

    async def close(self, session: AsyncSession, gate: str, until: datetime, now: datetime) -> None:
        self._closed[gate] = until
        await session.execute(
            delete(RateLimit).where((RateLimit.gate == gate) | (RateLimit.closed_until <= now))
        )
        session.add(RateLimit(gate=gate, closed_until=until))
