"""What Slack has delivered already: the same request delivered twice is carried out once.

Slack repeats events, networks repeat requests, people click twice. The receipt is a row of the same
transaction as the change, so that "seen" and "done" cannot come apart.
"""

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import CursorResult, String, Table, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base

# Slack's last retry comes after some six minutes; a signature is good for five. A day is ample.
KEPT_FOR = timedelta(days=1)


class Receipt(Base):
    """A request that was carried out, by the identity that Slack gave it."""

    __tablename__ = "receipt"

    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    incident_id: Mapped[int | None]


async def first_time(session: AsyncSession, key: str, *, now: datetime) -> bool:
    """Whether this request comes for the first time; writes its receipt if so.

    On Postgres a second delivery that runs at the same moment waits here for the first one's commit.
    """
    # Core rather than ORM, and compiled once: every click pays for this.
    insert = _INSERT[session.get_bind().dialect.name]
    result = await session.execute(insert, {"key": key[:300], "at": now})
    return cast("CursorResult[tuple[()]]", result).rowcount == 1


async def was_about(session: AsyncSession, key: str, incident_id: int) -> None:
    """Notes on the receipt which incident came of the request, for the answer to a repeat."""
    await session.execute(_ABOUT, {"of": key[:300], "incident": incident_id})


_TABLE = cast("Table", Receipt.__table__)
_INSERT = {
    "sqlite": insert_sqlite(_TABLE).on_conflict_do_nothing(),
    "postgresql": insert_postgres(_TABLE).on_conflict_do_nothing(),
}
_ABOUT = update(_TABLE).where(_TABLE.c.key == bindparam("of")).values(incident_id=bindparam("incident"))


async def incident_of(session: AsyncSession, key: str) -> int | None:
    """The incident that this request was about when it was carried out, if it was and if it had one."""
    return await session.scalar(select(Receipt.incident_id).where(Receipt.key == key[:300]))


async def purge(session: AsyncSession, *, now: datetime) -> None:
    """Forgets receipts that no repeat can ask for any more."""
    await session.execute(delete(Receipt).where(Receipt.at < now - KEPT_FOR))
