"""Which schema the database has and which this program needs, without alembic: every start asks, few migrate."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.pool import NullPool

from bot.core.db import engine_for

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def revisions() -> list[str]:
    """The revisions that this program knows, oldest first: the numbers that the files' names begin with."""
    return sorted(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def newest_revision() -> str:
    return revisions()[-1]


async def revision_of(url: str) -> str | None:
    """The schema that the database has; None for an empty database."""
    engine = engine_for(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(current_revision)
    finally:
        await engine.dispose()


def current_revision(connection: Connection) -> str | None:
    """What alembic noted in the database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found
