"""A moment as people write it."""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.config.calendar import WEEKDAYS
from bot.config.fields import duration
from bot.config.problems import Refused
from bot.core.errors import UserError
from bot.core.wall import moment_of, wall_of
from bot.oncall.layers import EARLIEST, LATEST

_DAY = re.compile(r"(today|tomorrow|yesterday|[a-z]{3,9})(?:\s+(\d{1,2}):(\d{2}))?", re.IGNORECASE)
_STEPS = {"today": 0, "tomorrow": 1, "yesterday": -1}
_WAYS = "Write 2026-01-31 09:00, 2026-01-31T09:00Z, tomorrow 03:00, Sun 03:00, now or in 2h."


def moment(text: str, zone: ZoneInfo, *, now: datetime) -> datetime:
    """Read "2026-01-31 09:00", with an offset or as wall time of `zone`; "tomorrow 03:00", "Sun 03:00", "now", "in 2h".

    A weekday is the next one, today included while the time is to come. Raises UserError.
    """
    found = _read(" ".join(text.split()), zone, now)
    if found is None:
        raise UserError(f"“{text[:60]}” is not a time.", _WAYS)
    if not EARLIEST <= found < LATEST:
        raise UserError(f"“{text[:60]}” is out of reach.", "Choose a time from 2000 to 2099.")
    return found


def _read(text: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    if text.lower() == "now":
        return now.astimezone(UTC)
    if text.lower().startswith("in "):
        try:
            return now.astimezone(UTC) + duration(text[3:])
        except Refused:
            return None
    try:
        written = datetime.fromisoformat(text)
        return moment_of(written, zone) if written.tzinfo is None else written.astimezone(UTC)
    except (ValueError, OverflowError):
        return _on_a_day(text, zone, now)


def _on_a_day(text: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    match = _DAY.fullmatch(text)
    if match is None or int(match[2] or 0) > 23 or int(match[3] or 0) > 59:
        return None
    word, at = match[1].lower(), time(int(match[2] or 0), int(match[3] or 0))
    here = wall_of(now, zone)
    if word in _STEPS:
        return moment_of(datetime.combine(here.date() + timedelta(days=_STEPS[word]), at), zone)
    weekday = next((n for n, name in enumerate(WEEKDAYS) if name.lower().startswith(word)), None)
    if weekday is None:
        return None
    found = datetime.combine(here.date() + timedelta(days=(weekday - here.weekday()) % 7), at)
    return moment_of(found if found >= here else found + timedelta(days=7), zone)
