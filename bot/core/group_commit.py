"""Write transactions of one SQLite connection: one after the other, and as many as wait in one commit.

SQLite has one writer at a time, and each commit waits for the disk. Whoever has done its work lets those who
are waiting already do theirs, and only then commits, for all of them: under load the disk is waited for
once for many, and nobody is told "done" before it was.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from bot.core.sqlite import WritingConnection


class _Group:
    """Transactions that end in one commit. `connection` is there once one of them executed something."""

    def __init__(self) -> None:
        self.connection: WritingConnection | None = None
        self.is_over = False
        self.error: Exception | None = None


class GroupCommit:
    """Gives out sessions for writing, in the order in which they were asked for.

    `engine` has a pool of one connection, a WritingConnection; `session` makes sessions on it.
    """

    def __init__(self, engine: AsyncEngine, session: async_sessionmaker[AsyncSession]) -> None:
        self._session = session
        self._turn = asyncio.Lock()  # its waiters are served in their order
        self._group = _Group()
        event.listen(engine.sync_engine, "begin", self._member_begins)

    def _member_begins(self, connection: Any) -> None:
        self._group.connection = connection.connection.dbapi_connection
        try:
            self._group.connection.begin_member()
        except sqlite3.Error as error:  # SQLAlchemy puts only what statements raise into its own words
            raise OperationalError("BEGIN", None, error) from error

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A transaction of one's own: what it wrote is on the disk when the block has ended without an error."""
        group: _Group | None = None
        try:
            async with self._turn:
                group = self._group
                async with self._session() as session, session.begin():
                    yield session
        except BaseException:
            if group is not None:
                # Whoever failed, or was cancelled, must not leave the commit of the others undone; and its own
                # error is what it is told, whatever becomes of theirs.
                with suppress(OperationalError):
                    await self._ended(group)
            raise
        await self._ended(group)

    async def _ended(self, group: _Group) -> None:
        await asyncio.shield(asyncio.ensure_future(self._committed(group)))

    async def _committed(self, group: _Group) -> None:
        """Waits behind all who were waiting before; the first of a group to come here commits it."""
        async with self._turn:
            if not group.is_over:
                group.is_over, self._group = True, _Group()
                if group.connection is not None:
                    try:
                        await asyncio.to_thread(group.connection.commit_group)
                    except Exception as error:  # noqa: BLE001 - each member of the group is told
                        group.error = error
        if group.error is not None:
            raise OperationalError("COMMIT", None, group.error) from group.error
