"""The same request delivered twice is carried out once."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.db import Database
from bot.core.receipts import (
    KEPT_FOR,
    SeenBefore,
    incident_of,
    is_about,
    purge,
    receive,
    was_carried_out,
)

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


async def seen(db: Database, key: str, at: datetime = NOW) -> bool:
    """Whether this came for the first time."""
    try:
        async with db.begin() as session:
            receive(session, key, now=at)
    except SeenBefore:
        return False
    return True


async def test_once(db: Database) -> None:
    assert await seen(db, "command:1")
    assert not await seen(db, "command:1")
    assert await seen(db, "command:2")


async def test_what_it_was_about_is_told_to_the_repeat(db: Database) -> None:
    async with db.begin() as session:
        is_about(session, 12)
        receive(session, "command:1", now=NOW)
    async with db.read() as session:
        assert await incident_of(session, "command:1") == 12
        assert await incident_of(session, "command:2") is None
        assert await was_carried_out(session, "command:1")
        assert not await was_carried_out(session, "command:2")


async def test_what_failed_was_not_carried_out(db: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.begin() as session:
            receive(session, "command:1", now=NOW)
            raise ZeroDivisionError
    assert await seen(db, "command:1")


async def test_many_at_the_same_moment_are_one(db: Database, other_db: Database) -> None:
    async def deliver(source: Database) -> bool:
        try:
            async with source.begin() as session:
                receive(session, "command:1", now=NOW)
                await asyncio.sleep(0.01)
        except SeenBefore:
            return False
        return True

    answers = await asyncio.gather(*(deliver((db, other_db)[n % 2]) for n in range(10)))
    assert sorted(answers) == [False] * 9 + [True]


async def test_any_key_is_cut_to_what_the_row_holds(db: Database) -> None:
    assert await seen(db, "k" * 1000)
    assert not await seen(db, "k" * 1000)


async def test_it_is_forgotten_when_no_repeat_can_come(db: Database) -> None:
    await seen(db, "old")
    await seen(db, "new", NOW + timedelta(hours=2))
    async with db.begin() as session:
        await purge(session, now=NOW + KEPT_FOR + timedelta(hours=1))
    assert await seen(db, "old")
    assert not await seen(db, "new")
