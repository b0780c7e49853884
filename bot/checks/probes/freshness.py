"""How old something is: a file, an object over HTTP, the newest row of a table."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

from bot.checks.evaluation import Seen
from bot.checks.probes.http import ask
from bot.checks.probes.postgres import first_value
from bot.checks.probes.reach import Failed, Surroundings, address
from bot.config.fields import duration_text
from bot.config.sections.checks import Check, FreshnessProbe

MOST_FILES = 10_000


async def probe(check: Check, around: Surroundings) -> Seen:
    wanted: FreshnessProbe = check.probe  # type: ignore[assignment]
    expected = f"at most {duration_text(wanted.at_most)} old"
    if wanted.at_least:
        expected += f" and at least {wanted.at_least} bytes"
    changed_at, size = await _found(check, wanted, around)
    age = around.now - changed_at
    hours = age / timedelta(hours=1)
    seen = f"{duration_text(max(age, timedelta()))} old" + ("" if size is None else f", {size} bytes")
    is_large = wanted.at_least == 0 or (size is not None and size >= wanted.at_least)
    return Seen(age <= wanted.at_most and is_large, expected, seen, None, hours)


async def _found(check: Check, wanted: FreshnessProbe, around: Surroundings) -> tuple[datetime, int | None]:
    """When it changed, and its bytes where it has any."""
    if wanted.file is not None:
        return await asyncio.to_thread(_newest_file, around.folder, wanted.file)
    if wanted.table is not None:
        return _moment(await first_value(check, around, wanted.table)), None
    answer = await ask(check, around, address(around, wanted.url, wanted.url_from), method="HEAD")
    if not 200 <= answer.status <= 299:
        raise Failed(f"status {answer.status}")
    try:
        changed_at = parsedate_to_datetime(answer.headers["Last-Modified"])
    except (KeyError, ValueError, TypeError):
        raise Failed("the answer tells no age (Last-Modified)") from None
    size = answer.headers.get("Content-Length", "")
    return _aware(changed_at), int(size[:18]) if size.isascii() and size.isdigit() else None


def _newest_file(folder: Path, pattern: str) -> tuple[datetime, int]:
    base = Path("/") if pattern.startswith("/") else folder
    newest = None
    try:
        if "*" in pattern:
            for count, path in enumerate(base.glob(pattern.lstrip("/"))):
                stat = path.stat()
                if newest is None or stat.st_mtime > newest.st_mtime:
                    newest = stat
                if count >= MOST_FILES:
                    raise Failed(f"more than {MOST_FILES} files")
        else:
            newest = (folder / pattern).stat()
    except OSError as error:
        raise Failed(f"the file cannot be read: {error.strerror}") from None
    if newest is None:
        raise Failed("there is no such file")
    return datetime.fromtimestamp(newest.st_mtime, UTC), newest.st_size


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return _aware(value)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise Failed("the query gives nothing" if value is None else "the query gives no moment")


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
