"""The proof of a schedule: where nobody is on call, and how evenly the burden lies."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.config import Config
from bot.config.sections.schedules import Schedule as Section
from bot.core.wall import midnight, moment_of, wall_of
from bot.oncall.schedule import Shift

DAY = timedelta(days=1)
NIGHT_BEGINS, NIGHT_ENDS = time(22), time(6)
# Less of a night, weekend or holiday than this is no burden.
COUNTS_FROM = timedelta(hours=1)
# Somebody bears too much with more than this times the average.
UNEVEN = 1.5
MEASURES = ("hours", "nights", "weekends", "holidays")


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which nobody is on call, and the reasons why."""

    starts_at: datetime
    ends_at: datetime
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """What a person bears. Nights (22:00 to 06:00) and weekends are those of the person's own zone."""

    person: str
    hours: float
    nights: int
    weekends: int
    holidays: int


@dataclass(frozen=True, slots=True)
class Imbalance:
    """Somebody bears far more of something than the others on average."""

    measure: str
    person: str
    value: float
    average: float


def gaps(shifts: Sequence[Shift]) -> list[Gap]:
    """The gaps among shifts that follow each other; neighbours are one."""
    found: list[Gap] = []
    for shift in shifts:
        if not shift.is_gap:
            continue
        reason = shift.reason.removeprefix("gap: ")
        if found and found[-1].ends_at == shift.starts_at:
            last = found.pop()
            reasons = last.reasons if reason in last.reasons else (*last.reasons, reason)
            found.append(Gap(last.starts_at, shift.ends_at, reasons))
        else:
            found.append(Gap(shift.starts_at, shift.ends_at, (reason,)))
    return found


def loads(shifts: Sequence[Shift], config: Config, section: Section) -> list[Load]:
    """What each person bears in these shifts, who bears most first; nothing is a load too.

    Somebody whose turns always fall into hours in which their layer is silent would otherwise not be seen.
    """
    hours: Counter[str] = Counter(dict.fromkeys(_people_in(shifts, config, section), 0))
    parts: dict[tuple[str, str, date], timedelta] = defaultdict(timedelta)
    for shift in shifts:
        if shift.person is None:
            continue
        hours[shift.person] += int((shift.ends_at - shift.starts_at).total_seconds())
        person = config.person(shift.person)
        own = ZoneInfo((person.timezone if person else None) or config.timezone)
        for kind, day, length in _burdens(shift, own, config.zone_of(section), section):
            parts[shift.person, kind, day] += length
    counts = Counter((person, kind) for (person, kind, _), length in parts.items() if length >= COUNTS_FROM)
    found = [
        Load(
            person,
            round(seconds / 3600, 2),
            counts[person, "night"],
            counts[person, "weekend"],
            counts[person, "holiday"],
        )
        for person, seconds in hours.items()
    ]
    return sorted(found, key=lambda load: (-load.hours, load.person))


def imbalances(found: Sequence[Load]) -> list[Imbalance]:
    """Where one of several people bears more than one and a half times the average."""
    uneven = []
    for measure in MEASURES:
        values: Mapping[str, float] = {load.person: getattr(load, measure) for load in found}
        average = sum(values.values()) / max(1, len(values))
        for person, value in values.items():
            if len(values) > 1 and value > UNEVEN * average and value - average >= 2:
                uneven.append(Imbalance(measure, person, value, round(average, 2)))
    return uneven


def _people_in(shifts: Sequence[Shift], config: Config, section: Section) -> Iterator[str]:
    """Who is in a rotation in this time."""
    if not shifts:
        return
    zone = config.zone_of(section)
    first, last = wall_of(shifts[0].starts_at, zone).date(), wall_of(shifts[-1].ends_at, zone).date()
    for layer in section.layers:
        for member in layer.people:
            begins = max(day for day in (layer.start, member.from_, date.min) if day is not None)
            ends = min(day for day in (layer.end, member.until, date.max) if day is not None)
            if begins <= last and first <= ends:
                yield member.person


def _burdens(
    shift: Shift, own: ZoneInfo, zone: ZoneInfo, section: Section
) -> Iterator[tuple[str, date, timedelta]]:
    """Parts of nights, weekends (by their Saturday) and holidays that a shift holds."""
    day = wall_of(shift.starts_at, own).date() - DAY
    last = wall_of(shift.ends_at, own).date()
    while day <= last:
        yield "night", day, _common(shift, *_night(day, own))
        if day.weekday() >= 5:
            saturday = day - (day.weekday() - 5) * DAY
            yield "weekend", saturday, _common(shift, *_whole_day(day, own))
        day += DAY
    day = wall_of(shift.starts_at, zone).date()
    last = wall_of(shift.ends_at, zone).date()
    while day <= last:
        if _is_holiday(day, section):
            yield "holiday", day, _common(shift, *_whole_day(day, zone))
        day += DAY


@lru_cache(maxsize=4000)
def _night(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    begins, ends = datetime.combine(day, NIGHT_BEGINS), datetime.combine(day + DAY, NIGHT_ENDS)
    return moment_of(begins, zone), moment_of(ends, zone)


@lru_cache(maxsize=4000)
def _whole_day(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return midnight(day, zone), midnight(day + DAY, zone)


def _common(shift: Shift, start: datetime, end: datetime) -> timedelta:
    return max(timedelta(), min(shift.ends_at, end) - max(shift.starts_at, start))


def _is_holiday(day: date, section: Section) -> bool:
    """By any of the countries that the schedule's layers name."""
    calendars = {c for layer in section.layers for c in (layer.holidays, layer.not_on_holidays) if c}
    return any(day in c.days_of(day.year) for c in calendars)
