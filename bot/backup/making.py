"""Taking a backup: one look at the whole database as it is at one moment, while others go on writing."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, TableClause, column, inspect, select, table
from sqlalchemy.pool import NullPool
from sqlalchemy.types import JSON

from bot.backup.archive import ArchiveWriter, Manifest
from bot.core.db import engine_for, refuse_missing_file
from bot.core.errors import OperatorError
from bot.migrate import BESIDE_ROWS
from bot.schema import current_revision

VERSIONS = "alembic_version"
ROWS_AT_ONCE = 1000


async def make(url: str, file: Path, *, now: datetime) -> Manifest:
    """Writes everything to the file, which is there only when it is whole."""
    refuse_missing_file(url)
    engine = engine_for(url, poolclass=NullPool)
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_write, file, now)
    finally:
        await engine.dispose()


def _write(connection: Connection, file: Path, now: datetime) -> Manifest:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")  # the driver would look at each table at another moment
    schema = current_revision(connection)
    if schema is None:
        raise OperatorError(
            "The database is empty: there is nothing to back up.", "Check TOCSIN_DATABASE_URL."
        )
    writer = ArchiveWriter(file)
    try:
        parts = [
            writer.add(one.name, list(one.c.keys()), _rows(connection, one)) for one in tables(connection)
        ]
        manifest = Manifest(now.isoformat(), schema, connection.dialect.name, parts)
        writer.finish(manifest)
    except BaseException:
        writer.give_up()
        raise
    return manifest


def tables(connection: Connection) -> list[TableClause]:
    """The tables as they are in this database, of whatever revision. Indexes and what is made from rows are no part of it."""
    found = inspect(connection)
    names = [name for name in found.get_table_names() if name != VERSIONS and not BESIDE_ROWS.fullmatch(name)]
    return [
        table(
            name,
            *(
                column(one["name"], JSON(none_as_null=bool(one["nullable"])) if is_json(one) else one["type"])
                for one in found.get_columns(name)
                if BESIDE_ROWS.fullmatch(f"{name}.{one['name']}") is None
            ),
        )
        for name in sorted(names)
    ]


def is_json(reflected: Any) -> bool:
    return isinstance(reflected["type"], JSON)


def _rows(connection: Connection, of: TableClause) -> Iterator[Any]:
    """In the order of the key, so that two backups of the same rows are the same."""
    key = inspect(connection).get_pk_constraint(of.name)["constrained_columns"]
    query = select(of).order_by(*(of.c[name] for name in key))
    yield from connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query)
