"""A database for each test of the core, on SQLite and on Postgres."""

from collections.abc import AsyncIterator

import pytest

from bot.core.db import Database


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    db = Database(database_url)
    yield db
    await db.close()


@pytest.fixture
async def other_db(db: Database, database_url: str) -> AsyncIterator[Database]:
    """A second process's view of the same Postgres; SQLite is for one process, so there it is the same."""
    if db.is_sqlite:
        yield db
        return
    other = Database(database_url)
    yield other
    await other.close()
