"""The schema: what migrations make is what the rows say, on both databases."""

import asyncio

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from bot import migrate, schema
from bot.core.db import engine_for
from bot.core.errors import OperatorError
from bot.rows import METADATA


async def tables(url: str) -> set[str]:
    engine = engine_for(url)
    async with engine.connect() as connection:
        found = await connection.run_sync(lambda c: set(inspect(c).get_table_names()))
    await engine.dispose()
    return found


async def test_an_upgrade_from_nothing_gives_what_the_rows_say(empty_database_url: str) -> None:
    assert await tables(empty_database_url) <= {"sqlite_sequence"}
    assert await schema.revision_of(empty_database_url) is None
    before, after = await migrate.migrate(empty_database_url)
    assert (before, after) == (None, schema.newest_revision())
    engine = engine_for(empty_database_url)
    async with engine.connect() as connection:
        assert await connection.run_sync(migrate.differences) == []
    await engine.dispose()
    assert set(METADATA.tables) <= await tables(empty_database_url)


async def test_migrating_twice_is_harmless(empty_database_url: str) -> None:
    await migrate.migrate(empty_database_url)
    newest = schema.newest_revision()
    assert await migrate.migrate(empty_database_url) == (newest, newest)


async def test_two_at_the_same_time_are_harmless_on_postgres(empty_database_url: str) -> None:
    if empty_database_url.startswith("sqlite"):
        return
    outcomes = await asyncio.gather(migrate.migrate(empty_database_url), migrate.migrate(empty_database_url))
    assert sorted(before is None for before, _ in outcomes) == [False, True]


async def test_a_downgrade_takes_everything_out_and_the_way_back_is_open(empty_database_url: str) -> None:
    await migrate.migrate(empty_database_url)
    engine = engine_for(empty_database_url)
    async with engine.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(migrate._alembic(c), "base"))
    await engine.dispose()
    assert await tables(empty_database_url) <= {"alembic_version", "sqlite_sequence"}
    await migrate.migrate(empty_database_url)
    assert set(METADATA.tables) <= await tables(empty_database_url)


def test_what_is_newest_is_what_alembic_takes_for_it() -> None:
    known = ScriptDirectory(str(schema.MIGRATIONS))
    assert schema.newest_revision() == known.get_current_head()
    assert schema.revisions() == [script.revision for script in known.walk_revisions()][::-1]


async def test_a_schema_of_a_newer_program_is_left_alone(empty_database_url: str) -> None:
    await migrate.migrate(empty_database_url)
    engine = engine_for(empty_database_url)
    async with engine.begin() as connection:
        await connection.run_sync(
            lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        )
    await engine.dispose()
    with pytest.raises(OperatorError, match="newer than this program"):
        await migrate.migrate(empty_database_url)
