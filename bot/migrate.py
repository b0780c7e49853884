"""Brings the database's schema up to date, and tells whether it is."""

import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from bot.core.db import engine_for
from bot.core.errors import OperatorError
from bot.rows import METADATA
from bot.schema import MIGRATIONS, current_revision, newest_revision, revisions

# Any number that no other program on the same Postgres uses: one migration at a time.
ADVISORY_LOCK = 0x70C51
# What the migrations make and no row has: the indexes of full-text search, which differ between the databases.
BESIDE_ROWS = re.compile(
    r"search_(subjects|entries)(_\w+)?|ix_search_text_(subjects|entries)|search_text\.words"
)


def _of_rows(name: str | None, kind: str, parents: MutableMapping[Any, Any]) -> bool:
    """Whether rows say what this is to be like."""
    full = f"{parents.get('table_name')}.{name}" if kind == "column" else name
    return BESIDE_ROWS.fullmatch(full or "") is None


def _alembic(connection: Connection) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["metadata"] = METADATA
    config.attributes["include_name"] = _of_rows
    return config


def _upgrade(connection: Connection) -> tuple[str | None, str]:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    before = current_revision(connection)
    if before is not None and before not in revisions():
        raise OperatorError(
            f"The database's schema ({before}) is newer than this program.",
            "Run the newer Tocsin again, or restore a backup made before it.",
        )
    command.upgrade(_alembic(connection), "head")
    return before, newest_revision()


def upgrade_to(connection: Connection, revision: str) -> None:
    """Brings the tables to a revision, in the caller's transaction."""
    command.upgrade(_alembic(connection), revision)


async def migrate(url: str) -> tuple[str | None, str]:
    """Upgrades to the newest schema; returns the revisions before and after."""
    engine = engine_for(url, poolclass=NullPool)
    _make_folder(url)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def differences(connection: Connection) -> list[Any]:
    """What the migrations' result lacks or has too much, compared with the rows; for a test."""
    return list(
        compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": True, "include_name": _of_rows}),
            METADATA,
        )
    )


def write_migration(message: str, file: Path) -> None:
    """Drafts a migration from the difference to a scratch SQLite file; for developers (CONTRIBUTING)."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        command.upgrade(_alembic(connection), "head")
        command.revision(_alembic(connection), message=message, autogenerate=True)
    engine.dispose()


def _make_folder(url: str) -> None:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:":
        try:
            Path(parsed.database).resolve().parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OperatorError(
                f"The database's folder cannot be made: {error.strerror}.",
                "Set TOCSIN_DATABASE_URL to a file in a folder that this user may write.",
            ) from None
