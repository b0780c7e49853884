"""When it was that is written down afterwards, as people type it: "yesterday 14:05 to 15:20"."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.wall import moment_of, wall_of
from bot.incidents.declaring import Earlier
from handlers.past import PAST_WAYS, time_in_front

_UNTIL = re.compile(r"(?:to|till|until)\s+", re.IGNORECASE)
# Two times with a stroke between them, as a span is written.
_SPAN = re.compile(
    r"((?:(?:today|yesterday)\s+|\d{4}-\d{2}-\d{2}[ T])?\d{1,2}:\d{2})\s*[-–—]\s*(?=\d)", re.IGNORECASE
)
_TIME_OF_DAY = re.compile(r"\d{1,2}:\d{2}\b")
# A time is read in front of words only, and these may be missing yet.
_NO_WORDS = " ."


def earlier_in_front(words: str, zone: ZoneInfo, *, now: datetime) -> tuple[Earlier | None, str]:
    """When it began, and ended where that is said, and the words behind; None where no time stands in front.

    Raises UserError for what looks like a time and is none.
    """
    spelt = _SPAN.sub(r"\1 to ", words, count=1) if _SPAN.match(words) else words
    began_at, rest = _in_front(spelt, zone, now)
    if began_at is None:
        return None, words
    until = _UNTIL.match(rest)
    ended_at, behind = _in_front(rest[until.end() :], zone, now) if until else (None, rest)
    if until is None or ended_at is None:
        return Earlier(began_at), rest
    if _TIME_OF_DAY.match(rest, until.end()):
        ended_at = _after(began_at, ended_at, zone)
    return Earlier(began_at, ended_at), behind


def _in_front(words: str, zone: ZoneInfo, now: datetime) -> tuple[datetime | None, str]:
    at, rest = time_in_front(words + _NO_WORDS, zone, now=now, ways=PAST_WAYS)
    return at, rest.removesuffix(_NO_WORDS.strip()).strip()


def _after(began_at: datetime, ended_at: datetime, zone: ZoneInfo) -> datetime:
    """A time of day that ends something is the first one after its beginning."""
    day, at = wall_of(began_at, zone).date(), wall_of(ended_at, zone).time()
    found = moment_of(datetime.combine(day, at), zone)
    return found if found >= began_at else moment_of(datetime.combine(day + timedelta(days=1), at), zone)
