"""What Slack has delivered already: the same request delivered twice is carried out once.

Slack repeats events, networks repeat requests, people click twice. The receipt is a row of the same
transaction as the change, so that "seen" and "done" cannot come apart.
"""

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection, String, Table, delete, select
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base, at_commit

# Slack's last retry comes after some six minutes; a signature is good for five. A day is ample.
KEPT_FOR = timedelta(days=1)


class Receipt(Base):
    """A request that was carried out, by the identity that Slack gave it."""

    __tablename__ = "receipt"

    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    incident_id: Mapped[int | None]


class SeenBefore(Exception):
    """This very request was carried out before; the transaction that was to do it again is rolled back."""


def receive(session: AsyncSession, key: str, *, now: datetime) -> None:
    """Has the receipt written with the commit, which raises SeenBefore when there is one already.

    On Postgres a second delivery that runs at the same moment waits there for the first one's commit.
    """
    at_commit(
        session,
        _write,
        {"key": key[:300], "at": now, "incident_id": session.info.pop("about incident", None)},
    )


def is_about(session: AsyncSession, incident_id: int) -> None:
    """Has the next receipt tell which incident came of its request, for the answer to a repeat."""
    session.info["about incident"] = incident_id


async def was_carried_out(session: AsyncSession, key: str) -> bool:
    return await session.scalar(select(Receipt.key).where(Receipt.key == key[:300])) is not None


def _write(connection: Connection, rows: list[dict[str, Any]]) -> None:
    # Core rather than ORM, and compiled once: every click pays for this.
    one, many = _INSERT[connection.dialect.name]
    if len(rows) == 1:
        written = connection.execute(one, rows[0]).rowcount
    else:
        written = len(connection.scalars(many, rows).all())
    if written != len(rows):
        raise SeenBefore


_TABLE = cast("Table", Receipt.__table__)
_INSERT = {
    name: (statement, statement.returning(_TABLE.c.key))
    for name, statement in (
        ("sqlite", insert_sqlite(_TABLE).on_conflict_do_nothing()),
        ("postgresql", insert_postgres(_TABLE).on_conflict_do_nothing()),
    )
}


async def incident_of(session: AsyncSession, key: str) -> int | None:
    """The incident that this request was about when it was carried out, if it was and if it had one."""
    return await session.scalar(select(Receipt.incident_id).where(Receipt.key == key[:300]))


async def purge(session: AsyncSession, *, now: datetime) -> None:
    """Forgets receipts that no repeat can ask for any more."""
    await session.execute(delete(Receipt).where(Receipt.at < now - KEPT_FOR))
