"""Words and moments that several tools have in common."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.alerts.event import Level
from bot.alerts.formats.bounds import text

_SAID: dict[Level, str] = {
    "critical": "critical crit fatal emergency emerg alert page disaster p1 sev1",
    "error": "error err high major p2 sev2",
    "warning": "warning warn medium minor average moderate p3 sev3",
    "info": "info information informational notice low debug success ok p4 p5 sev4 sev5",
}
LEVELS: Mapping[str, Level] = {word: level for level, words in _SAID.items() for word in words.split()}

_EARLIEST, _LATEST = 2000, 2200  # years; Go writes "no time" as the year 1
_MILLISECONDS_FROM = 100_000_000_000  # as seconds that is the year 5138


def level(value: Any) -> Level | None:
    """The level that a tool's word means, None where nobody knows."""
    return LEVELS.get(text(value).casefold())


def moment(value: Any) -> datetime | None:
    """ISO 8601, or seconds or milliseconds since 1970. None for anything else, and for a time that means none."""
    said = text(value) if not isinstance(value, bool) else ""
    if not said:
        return None
    try:
        number = float(said)
    except ValueError:
        return _written(said)
    if not math.isfinite(number):
        return None
    try:
        found = datetime.fromtimestamp(number / 1000 if abs(number) >= _MILLISECONDS_FROM else number, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return found if _EARLIEST <= found.year <= _LATEST else None


def _written(said: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return None
    if not _EARLIEST <= found.year <= _LATEST:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def header(headers: Mapping[str, str], name: str) -> str:
    """A header's value whatever the case of its name; "" where it is missing."""
    wanted = name.lower()
    return next((value for each, value in headers.items() if each.lower() == wanted), "")
