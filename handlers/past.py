"""Times that lie behind, as people type them: alone, or in front of what happened then."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.config.fields import duration
from bot.config.problems import Refused
from bot.core.errors import UserError
from bot.oncall.when import moment as moment_meant

PAST_WAYS = "Write 14:05, yesterday 23:10, 2026-01-31 09:00 or 20m ago."
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_TIME = r"(?:[01]?\d|2[0-3]):[0-5]\d"
_IN_FRONT = re.compile(
    rf"((?:(?:today|yesterday)\s+)?{_TIME}"
    rf"|\d{{4}}-\d{{2}}-\d{{2}}[ T]{_TIME}(?::[0-5]\d)?(?:Z|[+-]\d{{2}}:\d{{2}})?"
    r"|(?:\d+\s?[wdhms]\s?)+ago)(?:\s*[:,–—-])?\s+(\S.*)",
    re.IGNORECASE | re.DOTALL,
)


def past_moment(words: str, zone: ZoneInfo, *, now: datetime, ways: str) -> datetime:
    """A time of day is the last time that the clock showed it. Raises UserError, with the `ways` to write it."""
    if words.lower().endswith("ago"):
        try:
            return now - duration(words[:-3].strip())
        except Refused:
            raise UserError(f"“{words[:60]}” is not a time.", ways) from None
    if _CLOCK.fullmatch(words):
        today = moment_meant(f"today {words}", zone, now=now)
        return today if today <= now else moment_meant(f"yesterday {words}", zone, now=now)
    return moment_meant(words, zone, now=now)


def time_in_front(words: str, zone: ZoneInfo, *, now: datetime, ways: str) -> tuple[datetime | None, str]:
    """When it happened, where a time stands in front of the words, and the words. Raises UserError."""
    match = _IN_FRONT.fullmatch(words)
    if match is None:
        return None, words
    return past_moment(" ".join(match[1].split()), zone, now=now, ways=ways), match[2]
