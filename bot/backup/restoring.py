"""Restoring a backup: into a database that is empty, or in the place of one that is kept aside."""

import os
from collections.abc import Callable
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, insert, inspect, literal_column, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from bot.backup.archive import Archive, Part, loader
from bot.backup.making import ROWS_AT_ONCE, VERSIONS, tables
from bot.core.audit import OPERATOR, note
from bot.core.db import ProcessLock, engine_for, exists
from bot.core.errors import OperatorError
from bot.migrate import ADVISORY_LOCK, upgrade_to
from bot.schema import newest_revision, revisions

NOT_EMPTY = OperatorError(
    "The database is not empty.",
    "Restore into an empty one, or add --replace: what is there is kept aside then.",
)


Note = Callable[[Connection], None]


async def restore(url: str, archive: Archive, *, replace: bool, by: str, now: datetime) -> str | None:
    """Puts what the backup holds into the database, brought up to this program's schema, with a line in its audit log;
    returns where the former content is kept, if there was any. Nothing has changed if it raises.
    """

    def noted(connection: Connection) -> None:
        said = {"operator": by, "made_at": archive.manifest.made_at, "rows": archive.manifest.rows}
        note(connection, "restored", by=OPERATOR, now=now, **said)

    refuse_newer(archive)
    archive.check()  # before anything is touched
    name = f"before_restore_{now:%Y%m%dT%H%M%SZ}"
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return await _into_file(Path(str(parsed.database)), archive, name, noted, replace=replace)
    return await _into_server(url, archive, name, noted, replace=replace)


def refuse_newer(archive: Archive) -> None:
    if archive.manifest.schema not in revisions():
        raise OperatorError(
            f"The backup's schema ({archive.manifest.schema}) is newer than this program's ({newest_revision()}).",
            "Restore it with the Tocsin that made it, or a newer one.",
        )


def fill(connection: Connection, archive: Archive) -> None:
    """Makes the tables as they were, fills them, and brings them up to date."""
    upgrade_to(connection, archive.manifest.schema)
    there = {one.name: one for one in tables(connection)}
    is_postgres = connection.dialect.name == "postgresql"
    for part in archive.manifest.parts:
        target = there.get(part.name)
        if target is None or set(target.c.keys()) != set(part.columns):
            raise OperatorError(
                f"The backup's {part.name} is not as schema {archive.manifest.schema} has it.",
                "Was it made by another program? Restore it with the Tocsin that made it.",
            )
        connection.execute(target.delete())  # what a migration wrote stands in the backup, too
        loaders = [loader(target.c[name].type, aware=is_postgres) for name in part.columns]
        coming = archive.rows(part)
        while rows := list(islice(coming, ROWS_AT_ONCE)):
            connection.execute(
                insert(target),
                [
                    {
                        name: value if load is None or value is None else load(value)
                        for name, value, load in zip(part.columns, row, loaders, strict=True)
                    }
                    for row in rows
                ],
            )
    if is_postgres:
        _go_on_counting(connection, archive.manifest.parts)
    upgrade_to(connection, newest_revision())


def _go_on_counting(connection: Connection, parts: list[Part]) -> None:
    """New rows get numbers behind those that there are. SQLite does so by itself."""
    for part in parts:
        if "id" in part.columns:
            connection.execute(
                text(
                    "SELECT setval(sequence, (SELECT max(id) FROM " + part.name + ")) FROM "  # noqa: S608 - names of our tables
                    "(SELECT pg_get_serial_sequence(:of, 'id') AS sequence) AS found "
                    "WHERE sequence IS NOT NULL AND EXISTS (SELECT 1 FROM " + part.name + ")"
                ),
                {"of": part.name},
            )


def _is_empty(connection: Connection) -> bool:
    """Whether there is nothing that could be lost: no tables, or none with a row."""
    if not inspect(connection).has_table(VERSIONS):
        return not inspect(connection).get_table_names()
    one: Select[Any] = select(literal_column("1"))
    return not any(connection.scalar(one.select_from(of).limit(1)) for of in tables(connection))


# -- SQLite -------------------------------------------------------------------------------------------------------


async def _into_file(file: Path, archive: Archive, name: str, noted: Note, *, replace: bool) -> str | None:
    """Fills a file beside, and puts it in the place of the former by a rename: there is always a whole one."""
    lock = ProcessLock(file)
    lock.acquire()  # refuses while Tocsin runs
    aside = file.with_name(f".{file.name}.restoring")
    try:
        there = not await _settled_and_empty(file)
        if there and not replace:
            raise NOT_EMPTY
        aside.unlink(missing_ok=True)
        await fill_file(aside, archive, noted)
        kept = file.with_name(f"{file.name}.{name}") if there else None
        if kept is not None:
            os.link(file, kept)
        aside.replace(file)
    finally:
        aside.unlink(missing_ok=True)
        lock.release()
    return None if kept is None else str(kept)


async def fill_file(file: Path, archive: Archive, noted: Note | None = None) -> None:
    """A new SQLite file with what the backup holds, and what is to be noted in it. A crash leaves nothing of it, so nothing waits for the disk but the end."""
    engine = engine_for(f"sqlite:///{file}", poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_fill_quickly, archive, noted)
    finally:
        await engine.dispose()
    descriptor = os.open(file, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _fill_quickly(connection: Connection, archive: Archive, noted: Note | None) -> None:
    for pragma in ("journal_mode=MEMORY", "synchronous=OFF"):
        connection.exec_driver_sql(f"PRAGMA {pragma}")
    fill(connection, archive)
    if noted is not None:
        noted(connection)
    connection.commit()


async def _settled_and_empty(file: Path) -> bool:
    """Brings what still stands in SQLite's log into the file, which is about to be kept aside; whether it holds nothing."""
    if not exists(f"sqlite:///{file}"):
        return True
    engine = engine_for(f"sqlite:///{file}", poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            busy, empty = await connection.run_sync(
                lambda here: (
                    here.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0],
                    _is_empty(here),
                )
            )
    finally:
        await engine.dispose()
    if busy or exists(f"sqlite:///{file}-wal"):
        raise OperatorError(
            "Another program has the database open.", "End it (a shell, a copy that runs), and restore again."
        )
    return bool(empty)


# -- Postgres -----------------------------------------------------------------------------------------------------


async def _into_server(url: str, archive: Archive, name: str, noted: Note, *, replace: bool) -> str | None:
    engine = engine_for(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(_in_one_transaction, archive, name, noted, replace)
    finally:
        await engine.dispose()


def _in_one_transaction(
    connection: Connection, archive: Archive, name: str, noted: Note, replace: bool
) -> str | None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    others = connection.scalar(
        text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
    )
    if others:
        raise OperatorError(
            f"{others} other connections to the database are open.",
            "Stop every Tocsin that uses it (and shells), and restore again.",
        )
    names = inspect(connection).get_table_names()
    is_empty = _is_empty(connection)
    if not is_empty and not replace:
        raise NOT_EMPTY
    if is_empty:
        for one in names:
            connection.execute(text(f'DROP TABLE "{one}" CASCADE'))
    else:
        connection.execute(text(f'CREATE SCHEMA "{name}"'))
        for one in names:
            connection.execute(text(f'ALTER TABLE "{one}" SET SCHEMA "{name}"'))
    fill(connection, archive)
    noted(connection)
    return None if is_empty else f"schema {name}"
