"""SQLite on the event loop: statements run at once, and only what waits for the disk leaves for a thread.

The verbs' statements take microseconds, while handing each of them to a thread and back (as aiosqlite does,
four times a statement) costs many times that: docs/adr/0003 has the figures. What can take long is taking
the write lock, when another program holds it, and the commit, which waits for the disk. And so do the figures of a
quarter: what reads so much has connections of its own, whose statements run in a thread (PatientConnection).

SQLAlchemy's AsyncConnection insists that each execution awaits something; AsyncSession does not. All access
goes through sessions (bot.core.db).
"""

import asyncio
import sqlite3
from collections.abc import Coroutine, Iterator
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool
from sqlalchemy.util import await_only

T = TypeVar("T")

DRIVER = "sqlite+tocsin"
# How long the write lock of another program (a backup, a shell) is waited for, in seconds.
PATIENCE = 10.0
# What those are told whose work was done already, but not yet committed, when a statement of another one failed.
LOST = "the disk failed, and SQLite rolled back what was not committed yet"


class Cursor(sqlite3.Cursor):
    """A cursor whose rows are there as soon as it was executed."""

    async def _async_soft_close(self) -> None:
        """SQLAlchemy lets asynchronous cursors let go of their rows; there is nothing to wait for."""


class Connection(sqlite3.Connection):
    """A connection that is used by one task at a time, in the loop's thread or in a commit's."""

    def cursor(self, factory: Any = Cursor) -> Any:
        return super().cursor(factory)

    def begin_immediate(self) -> None:
        """Takes the write lock: at once where it is free, else waiting for it in a thread."""
        try:
            self.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            await_only(_to_its_end(asyncio.to_thread(self._begin_patiently)))

    def _begin_patiently(self) -> None:
        self.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")
        try:
            self.execute("BEGIN IMMEDIATE")
        finally:
            self.execute("PRAGMA busy_timeout = 0")


class PatientCursor(Cursor):
    """A cursor whose statements run in a thread to their last row, so that the loop goes on meanwhile."""

    _rows: Iterator[Any] = iter(())

    def execute(self, *statement: Any) -> Any:
        self._rows = iter(await_only(_to_its_end(asyncio.to_thread(self._read, *statement))))
        return self

    def _read(self, *statement: Any) -> list[Any]:
        super().execute(*statement)
        return super().fetchall()

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        return list(islice(self._rows, size))

    def fetchall(self) -> list[Any]:
        return list(self._rows)


class PatientConnection(Connection):
    """For those who read much."""

    def cursor(self, factory: Any = PatientCursor) -> Any:
        return super().cursor(factory)


async def _to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Whoever is cancelled waits on: a thread cannot be, and nobody else may use its connection meanwhile."""
    thread = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(thread)
    except asyncio.CancelledError:
        await asyncio.wait({thread})
        raise


class WritingConnection(Connection):
    """Takes what SQLAlchemy calls a transaction for a member of a group: a savepoint, which fails alone.

    The group's real commit is `commit_group` (bot.core.group_commit says when).
    """

    _members = 0
    _in_member = False

    def begin_member(self) -> None:
        if not self._members:
            if self.in_transaction:  # left by one who was cancelled, or by a group that could not be undone
                super().rollback()
            self.begin_immediate()
        elif not self.in_transaction:
            raise sqlite3.OperationalError(LOST)
        self.execute("SAVEPOINT member")
        self._members += 1
        self._in_member = True

    def commit(self) -> None:
        if self._in_member:
            self.execute("RELEASE member")
            self._in_member = False

    def rollback(self) -> None:
        if self._in_member:
            self._in_member = False
            if self.in_transaction:  # SQLite itself ends all of it when the disk fails
                try:
                    self.execute("ROLLBACK TO member")
                    self.execute("RELEASE member")
                except sqlite3.Error:
                    super().rollback()

    def commit_group(self) -> None:
        """Writes all members to the disk; called in a thread, so that the loop goes on meanwhile."""
        if self._members and not self.in_transaction:
            self._members = 0
            raise sqlite3.OperationalError(LOST)
        try:
            super().commit()
        except BaseException:
            super().rollback()
            raise
        finally:
            self._members = 0


class Dialect(SQLiteDialect_pysqlite):
    """The standard library's driver, declared as one that may be used under an AsyncEngine."""

    driver = "tocsin"
    is_async = True
    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:
        return AsyncAdaptedQueuePool

    def get_driver_connection(self, connection: Any) -> Any:
        return connection

    def connect(self, *args: Any, **kwargs: Any) -> Any:
        return super().connect(*args, **{"factory": Connection, **kwargs, "check_same_thread": False})


registry.register("sqlite.tocsin", __name__, "Dialect")
