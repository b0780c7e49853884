"""A database for each test of figures, on SQLite and on Postgres."""

from collections.abc import AsyncIterator

import pytest

from bot.core.db import Database


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    db = Database(database_url)
    yield db
    await db.close()
