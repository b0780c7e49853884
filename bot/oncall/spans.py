"""A span as people write it: "tomorrow 09:00 to 18:00", "Fri 17:00 until Mon 09:00", "for 2h"."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.config.calendar import WEEKDAYS
from bot.config.fields import duration
from bot.config.problems import Refused
from bot.core.errors import UserError
from bot.core.wall import moment_of, wall_of
from bot.oncall.when import moment

_JOINED = re.compile(r"(\d{1,2}:\d{2})\s*[-–]\s*(?=\d{1,2}:\d{2})")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_UNTIL = ("to", "until", "till", "-", "–")
# These count from now, also as an end; a weekday or a time alone counts from the start.
_FROM_NOW = ("now", "today", "tomorrow", "yesterday", "in")
_WAYS = "Write `tomorrow 09:00 to 18:00`, `Fri 17:00 to Mon 09:00`, `2026-01-31 09:00 for 8h` or `for 2h`."


def is_no_time(word: str) -> bool:
    """Whether this word cannot begin a span, so that it was meant for something else, such as a name."""
    known = (*_FROM_NOW, *_UNTIL, "for", "from", "at")
    weekday = len(word) > 2 and any(day.lower().startswith(word.lower()) for day in WEEKDAYS)
    return not weekday and word.lower() not in known and not word[:1].isdigit()


@dataclass(frozen=True)
class Span:
    """From when to when, and the words behind it."""

    starts_at: datetime
    ends_at: datetime
    rest: str


def read_span(text: str, zone: ZoneInfo, *, now: datetime) -> Span:
    """Reads a span in wall time of `zone`; what follows it is left as it is. Raises UserError."""
    words = _JOINED.sub(r"\1 to ", text).split()
    place = next((n for n, word in enumerate(words) if word.lower() in (*_UNTIL, "for")), None)
    if place is None:
        raise UserError("That does not say from when to when.", _WAYS)
    first = words[:place][1:] if words[:place] and words[0].lower() in ("from", "at") else words[:place]
    starts_at = _moment(" ".join(first), zone, after=now, now=now) if first else now
    behind = words[place + 1 :]
    for count in range(min(3, len(behind)), 0, -1):
        said = " ".join(behind[:count])
        try:
            if words[place].lower() == "for":
                ends_at = starts_at + duration(said)
            else:
                ends_at = _moment(said, zone, after=starts_at, now=now)
        except (Refused, UserError, OverflowError):
            continue
        return Span(starts_at, ends_at, " ".join(behind[count:]))
    raise UserError(f"“{' '.join(behind)[:60]}” does not begin with a time.", _WAYS)


def _moment(said: str, zone: ZoneInfo, *, after: datetime, now: datetime) -> datetime:
    clock = _CLOCK.fullmatch(said)
    if clock is None:
        return moment(said, zone, now=now if said.lower().startswith(_FROM_NOW) else after)
    if int(clock[1]) > 23 or int(clock[2]) > 59:
        raise UserError(f"“{said}” is not a time of day.", _WAYS)
    wall = wall_of(after, zone)
    found = datetime.combine(wall.date(), time(int(clock[1]), int(clock[2])))
    return moment_of(found if found > wall else found + timedelta(days=1), zone)
