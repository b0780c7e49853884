"""What each command begins and ends with: the environment, app.yaml, the database; and how it prints and fails."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer

from bot.config import Config, Settings, load
from bot.core import log
from bot.core.db import Database, exists, refuse_missing_file

Read = TypeVar("Read")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def read_settings() -> Settings:
    """The environment; from here on the log is written as it says."""
    settings = Settings()
    log.configure(settings.log_level)
    return settings


def read_config(settings: Settings) -> Config:
    """Raises ConfigErrors with all that is wrong with app.yaml."""
    return load(Path(settings.config))


def with_database(settings: Settings, read: Callable[[Database], Awaitable[Read]]) -> Read:
    """What is read from the database. Raises TocsinError where there is none."""
    refuse_missing_file(settings.database_url)
    return asyncio.run(_reading(read, Database(settings.database_url)))


def with_database_if_any(settings: Settings, read: Callable[[Database | None], Awaitable[Read]]) -> Read:
    """What can be told also before there is a database."""
    db = Database(settings.database_url) if exists(settings.database_url) else None
    return asyncio.run(_reading(read, db))


async def _reading(read: Callable[[Any], Awaitable[Read]], db: Database | None) -> Read:
    try:
        return await read(db)
    finally:
        if db is not None:
            await db.close()


def note(settings: Settings, act: str, **said: Any) -> None:
    """A line in the audit log."""
    from bot.administration.operator import noted  # it needs the database's libraries
    from bot.core.clock import Clock

    why = asyncio.run(noted(settings.database_url, act, now=Clock().now(), **said))
    if why is not None:
        print(
            f"This stands in no audit log: the database of TOCSIN_DATABASE_URL does not take it ({why}).",
            file=sys.stderr,
        )


def print_json(data: Any) -> None:
    """As it can be piped into another program."""
    print(json.dumps(data, indent=2, ensure_ascii=False))


def stop(words: str) -> NoReturn:
    """Ends with these words, and the status of a failure."""
    print(words, file=sys.stderr)
    sys.exit(1)
