"""The schema: what migrations make is what the rows say, on both databases."""

import asyncio

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text

from bot import migrate, schema
from bot.config import Config
from bot.core.clock import Clock
from bot.core.db import Database, engine_for
from bot.core.errors import OperatorError
from bot.core.outbox import OutboxItem, enqueue
from bot.incidents.declaring import Declaration, declare
from bot.incidents.rows import Incident
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


async def test_what_was_filled_in_before_stands_as_it_is_kept_now(empty_database_url: str) -> None:
    """The texts of lists and of search, rewritten by a migration, are those that a verb writes."""
    await migrate.migrate(empty_database_url)
    fields = [
        {"name": "customers", "label": "Customers", "kind": "number"},
        {"name": "cause", "label": "Cause"},
        {"name": "contact", "label": "Contact", "kind": "person"},
    ]
    config = Config.model_validate({"organization": "O", "fields": fields})
    database = Database(empty_database_url)
    async with database.begin() as session:
        for customers in ("1200.5", "-3"):
            await declare(
                session,
                Declaration(
                    title="Broken",
                    summary="It is slow",
                    severity=config.severities[0],
                    filled={"customers": customers, "cause": "Bad Übergang  7", "contact": "U0123ABCD"},
                ),
                config=config,
                by="U1",
                now=Clock().now(),
            )
    before = await kept(empty_database_url)
    assert tuple(row[2] for row in before[0][1::3]) == ("#1000000000001200500000", "#0999999999999997000000")
    engine = engine_for(empty_database_url)
    async with engine.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(migrate._alembic(c), "0040"))
    assert (await kept(empty_database_url)) != before
    await engine.dispose()
    await database.close()
    await migrate.migrate(empty_database_url)
    assert await kept(empty_database_url) == before


async def test_what_waited_for_the_cards_of_others_waits_on(empty_database_url: str) -> None:
    """It was an intent that nothing sends any more: left in the outbox it would fail there for ever."""
    await migrate.migrate(empty_database_url)
    now = Clock().now()
    config = Config.model_validate({"organization": "O"})
    database = Database(empty_database_url)
    async with database.begin() as session:
        for title in ("Named", "Quiet"):
            said = Declaration(title=title, severity=config.severities[0])
            await declare(session, said, config=config, by="U1", now=now)
    async with database.begin() as session:
        enqueue(session, "incident.named", now=now, incident_id=1)
    await database.close()
    engine = engine_for(empty_database_url)
    async with engine.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(migrate._alembic(c), "0041"))
    await engine.dispose()
    await migrate.migrate(empty_database_url)
    database = Database(empty_database_url)
    async with database.read() as session:
        incidents = (await session.scalars(select(Incident).order_by(Incident.id))).all()
        assert [incident.other_cards_at for incident in incidents] == [now, None]
        assert "incident.named" not in (await session.scalars(select(OutboxItem.kind))).all()
    await database.close()


async def kept(url: str) -> list[list[tuple[object, ...]]]:
    engine = engine_for(url)
    queries = (
        "SELECT incident_id, name, value FROM field_value ORDER BY incident_id, CASE name WHEN 'cause' THEN 1 WHEN 'customers' THEN 2 ELSE 3 END",
        "SELECT incident_id, title, body FROM search_text WHERE kind = 'incident' ORDER BY id",
    )
    async with engine.connect() as connection:
        found = await connection.run_sync(
            lambda c: [[tuple(row) for row in c.execute(text(query))] for query in queries]
        )
    await engine.dispose()
    return found
