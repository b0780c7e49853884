"""Where calls are booked: in the database, so that replicas share what Slack allows."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot.core.db import Database
from bot.delivery.limits import Booking, book, purge
from bot.delivery.pace import PER_CHANNEL

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
async def replicas(database_url: str) -> AsyncIterator[list[Database]]:
    """Two processes on one Postgres. SQLite is for one."""
    found = [Database(database_url)]
    if not found[0].is_sqlite:
        found.append(Database(database_url))
    yield found
    for db in found:
        await db.close()


async def booked(db: Database, gate: str = "g", now: datetime = NOW) -> datetime:
    async with db.begin() as session:
        return await book(session, gate, PER_CHANNEL, now=now)


async def test_what_is_booked_at_the_same_time_leaves_one_after_the_other(replicas: list[Database]) -> None:
    found = await asyncio.gather(*(booked(replicas[n % len(replicas)]) for n in range(20)))
    waits = sorted((moment - NOW) / SECOND for moment in found)
    assert waits == [0, 0, 0, *range(1, 18)]


async def test_gates_do_not_hold_up_one_another(replicas: list[Database]) -> None:
    for _ in range(5):
        await booked(replicas[0])
    assert await booked(replicas[0]) > NOW
    assert await booked(replicas[-1], "another") == NOW


async def test_what_is_rolled_back_is_not_booked(replicas: list[Database]) -> None:
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            async with replicas[0].begin() as session:
                await book(session, "g", PER_CHANNEL, now=NOW)
                raise ZeroDivisionError
    assert await booked(replicas[0]) == NOW


async def test_free_gates_are_forgotten_and_others_are_not(replicas: list[Database]) -> None:
    (db, *_) = replicas
    for _ in range(8):
        await booked(db)
    await booked(db, "quiet")
    async with db.begin() as session:
        await purge(session, now=NOW + 5 * SECOND)
    async with db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Booking)) == 1
    assert await booked(db, now=NOW + 5 * SECOND) == NOW + 6 * SECOND
