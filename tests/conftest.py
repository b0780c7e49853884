"""What all tests share: the two databases."""

import gc
import logging
import os
import random
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
import structlog
from aiohttp import web_app

from bot.core.clock import MovableClock
from bot.core.db import Database
from tests.databases import PostgresCluster, SqliteFiles, emptied, share_compiled_statements

share_compiled_statements()


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: many stories wait for processes of their own, or for a clock."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """What is there by now stays to the end: no look for garbage need go through all the modules again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def sqlite_files() -> Iterator[SqliteFiles]:
    files = SqliteFiles()
    yield files
    files.clear()


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    cluster = PostgresCluster()
    yield cluster
    cluster.stop()


@pytest.fixture(params=["sqlite", "postgres"])
async def database_url(
    request: pytest.FixtureRequest, sqlite_files: SqliteFiles, postgres_cluster: PostgresCluster
) -> AsyncIterator[str]:
    """A migrated database of the test's own; every test that asks for it runs on SQLite and on Postgres."""
    source = sqlite_files if request.param == "sqlite" else postgres_cluster
    async with source.one() as url:
        yield url


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


@pytest.fixture(params=["sqlite", "postgres"])
async def empty_database_url(
    request: pytest.FixtureRequest, sqlite_files: SqliteFiles, postgres_cluster: PostgresCluster
) -> AsyncIterator[str]:
    """A database that answers and has nothing in it."""
    async with emptied(sqlite_files if request.param == "sqlite" else postgres_cluster) as url:
        yield url


@pytest.fixture(autouse=True)
def forgotten_sites() -> Iterator[None]:
    """aiohttp remembers the last thousand sites that answered, and with them the bots of all those tests.

    So many objects that a run of the garbage collector stopped everything for seconds.
    """
    yield
    web_app._cached_build_middleware.cache_clear()


@pytest.fixture(autouse=True)
def another_day(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `TOCSIN_ANOTHER_DAY=1` (or 2, …) the clock of each story is ahead by some days, hours and seconds of its own:
    what hangs on the moment at which the tests run fails then.
    """
    seed = os.environ.get("TOCSIN_ANOTHER_DAY")
    if not seed:
        return
    ahead = timedelta(seconds=random.Random(seed + request.node.nodeid).randrange(40 * 86400))
    begin = MovableClock.__init__

    def elsewhere(self: MovableClock) -> None:
        begin(self)
        self.advance(seconds=ahead.total_seconds())

    monkeypatch.setattr(MovableClock, "__init__", elsewhere)
    print(f"The clock of this story is ahead by {ahead}.")  # shown if it fails


@pytest.fixture(autouse=True)
def quiet_libraries() -> None:
    logging.getLogger("alembic").setLevel(logging.WARNING)


@pytest.fixture(autouse=True)
def plain_traces() -> None:
    """Structlog's defaults, in which rich paints each trace: half a second, in which nothing else runs."""
    structlog.reset_defaults()
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])
