"""Somebody asks for checks while what they found is written, by two replicas on one Postgres."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Select, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.checks import course
from bot.checks.rows import CheckState
from bot.core.db import Database
from tests.databases import PostgresCluster

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
BLANK = {
    "next_at": NOW + timedelta(minutes=1),
    "known_at": NOW,
    "state": "unknown",
    "failures": 0,
    "successes": 0,
    "alerting": False,
    "expected": "",
    "seen": "",
    "output": "",
}
# Long enough to come to the lock that the first one holds.
COMES_TO_IT = 0.15


async def ask(session: AsyncSession) -> None:
    await course.ask_now(session, ["a", "b"], now=NOW)


async def silence(session: AsyncSession) -> None:
    await course.silence(session, ["a", "b"], until=NOW + timedelta(hours=1), by="U01ADA")


@pytest.mark.parametrize("act", [ask, silence])
async def test_neither_waits_for_the_other(
    postgres_cluster: PostgresCluster, act: Callable[[AsyncSession], Awaitable[None]]
) -> None:
    async with postgres_cluster.one() as url:
        writer, other = Database(url), Database(url)
        async with writer.begin() as session:
            await session.execute(insert(CheckState), [{"name": name, **BLANK} for name in ("b", "a")])

        async def comes() -> None:
            async with other.begin() as session:
                await act(session)

        def locked(name: str) -> Select[tuple[str]]:
            return select(CheckState.name).where(CheckState.name == name).with_for_update()

        async with writer.begin() as session:
            await session.execute(locked("a"))
            coming = asyncio.create_task(comes())
            await asyncio.sleep(COMES_TO_IT)
            await session.execute(locked("b"))
        async with asyncio.timeout(60):
            await coming
        await writer.close()
        await other.close()
