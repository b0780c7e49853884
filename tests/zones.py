"""The zones of the world over five years: when their clocks are set, and which of them are set alike."""

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

FROM, TO = datetime(2024, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
ZONES = sorted(available_timezones())
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@cache
def transitions(zone: ZoneInfo) -> tuple[datetime, ...]:
    """The moments in the five years at which the clock is put forward or back."""
    found = []
    for start, end in pairwise(FROM + 7 * DAY * week for week in range(int((TO - FROM) / (7 * DAY)) + 1)):
        if start.astimezone(zone).utcoffset() != end.astimezone(zone).utcoffset():
            before, after = start, end
            while after - before > SECOND:
                middle = before + ((after - before) // 2 // SECOND) * SECOND
                same = middle.astimezone(zone).utcoffset() == start.astimezone(zone).utcoffset()
                before, after = (middle, after) if same else (before, middle)
            found.append(after)
    return tuple(found)


@cache
def behaviours() -> dict[tuple[object, ...], str]:
    """A zone for each way in which clocks are set in these years; half of the names are other names of one."""
    found: dict[tuple[object, ...], str] = {}
    for name in ZONES:
        zone = ZoneInfo(name)
        offsets = [at.astimezone(zone).utcoffset() for at in (FROM, *transitions(zone))]
        found.setdefault((transitions(zone), *offsets), name)
    return found
