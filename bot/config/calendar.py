"""The kinds of value that calendars are made of: zones, days, hours of the week, handoffs, holidays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

from bot.config.fields import OrText, Section, refuse
from bot.config.near import near
from bot.config.problems import listed, shown
from bot.config.public_holidays import known_countries, public_holidays, subdivisions

# Days outside of it are slips of the pen, and calendars need not be ready for them.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)

MINUTES_A_DAY = 24 * 60
MINUTES_A_WEEK = 7 * MINUTES_A_DAY

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


# Zones and days ------------------------------------------------------------------------------------------


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (LookupError, ValueError, OSError):
        zones = {zone: zone for zone in sorted(available_timezones())}
        if not zones:
            raise refuse(
                f"{shown(value)} cannot be looked up", "install the timezone data (tzdata)"
            ) from None
        cities = {zone.rpartition("/")[2]: zone for zone in zones}
        guess = near(value, zones | cities)
        meant = None if guess is None else (zones | cities)[guess]
        raise refuse(
            f"{shown(value)} is not a timezone", "a name such as Europe/Berlin or UTC", meant
        ) from None
    return value


Timezone = Annotated[
    str, AfterValidator(_timezone), WithJsonSchema({"type": "string", "examples": ["Europe/Berlin"]})
]


def _day(value: object) -> date:
    found: date | None = None
    if isinstance(value, date) and not isinstance(value, datetime):
        found = value
    elif isinstance(value, str) and len(value) == 10:
        with suppress(ValueError):
            found = date.fromisoformat(value)
    if found is None:
        raise refuse(f"{shown(value)} is not a day", "year-month-day, such as 2026-01-31")
    if not FIRST_DAY <= found <= LAST_DAY:
        raise refuse(f"{shown(found.isoformat())} is out of reach", f"{FIRST_DAY} to {LAST_DAY}")
    return found


Day = Annotated[
    date,
    BeforeValidator(_day),
    PlainSerializer(date.isoformat, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-01-31"]}),
]
"""A day of the calendar."""


# Hours of the week ---------------------------------------------------------------------------------------

_TIME = r"(\d{1,2}):(\d{2})"
_WORD = r"([A-Za-z]{2,})"
_TO = r"\s*(?:-|–|to)\s*"
_HOURS = re.compile(rf"{_TIME}{_TO}{_TIME}")
_OVER_DAYS = re.compile(rf"{_WORD}\s+{_TIME}{_TO}{_WORD}\s+{_TIME}", re.IGNORECASE)
_DAYS = re.compile(rf"{_WORD}(?:{_TO}{_WORD})?", re.IGNORECASE)
_HOURS_ALLOWED = "such as Mon-Fri 09:00-17:00, 22:00-06:00, Sat-Sun or Fri 17:00 to Mon 09:00"


def _weekday(word: str) -> int:
    """0 for Monday. Three letters are enough."""
    for number, name in enumerate(WEEKDAYS):
        if len(word) >= 3 and name.lower().startswith(word.lower()):
            return number
    guess = near(word, WEEKDAYS if len(word) > 3 else [name[:3] for name in WEEKDAYS], cutoff=0.5)
    raise refuse(f"{shown(word)} is not a weekday", "Mon, Tue, Wed, Thu, Fri, Sat, Sun", guess)


def _minutes(hours: str, minutes: str, *, is_end: bool = False) -> int:
    """Minutes since midnight; 24:00 is the end of a day."""
    total = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or total > MINUTES_A_DAY or (total == MINUTES_A_DAY and not is_end):
        raise refuse(f"{shown(f'{hours}:{minutes}')} is not a time of day", "00:00 to 23:59; 24:00 as an end")
    return total


@dataclass(frozen=True)
class WeekHours:
    """A part of the week: spans of minutes since Monday 00:00. An end may lie in the week after (over 10080)."""

    text: str
    spans: tuple[tuple[int, int], ...]


def week_hours(value: object) -> WeekHours:
    """Read "Mon-Fri 09:00-17:00", "22:00-06:00", "Sat-Sun", "Sat, Sun 10:00-12:00", "Fri 17:00 to Mon 09:00".

    Hours that end before they begin go over midnight. Raises Refused.
    """
    if isinstance(value, WeekHours):
        return value
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if (over := _OVER_DAYS.fullmatch(text)) is not None:
        first, hour, minute, last, end_hour, end_minute = over.groups()
        start = _weekday(first) * MINUTES_A_DAY + _minutes(hour, minute)
        end = _weekday(last) * MINUTES_A_DAY + _minutes(end_hour, end_minute, is_end=True)
        if start == end:
            raise refuse(f"{shown(value)} begins and ends at the same time", _HOURS_ALLOWED)
        return WeekHours(text, ((start, end if end > start else end + MINUTES_A_WEEK),))
    days, begins, lasts = text, 0, MINUTES_A_DAY
    if (hours := _HOURS.search(text)) is not None and hours.end() == len(text):
        days = text[: hours.start()].strip()
        begins = _minutes(hours[1], hours[2])
        ends = _minutes(hours[3], hours[4], is_end=True)
        if begins == ends:
            raise refuse(f"{shown(value)} begins and ends at the same time", "24 hours are 00:00-24:00")
        lasts = (ends - begins) % MINUTES_A_DAY or MINUTES_A_DAY
    if not text or (not days and hours is None):
        raise refuse(f"{shown(value)} is no part of the week", _HOURS_ALLOWED)
    starts = [day * MINUTES_A_DAY + begins for day in _days(days, value)]
    return WeekHours(text, tuple((start, start + lasts) for start in starts))


def _days(text: str, value: object) -> Iterator[int]:
    """The weekdays of "Mon-Fri, Sun"; all of them for nothing."""
    if not text:
        yield from range(7)
        return
    found: set[int] = set()
    for part in text.split(","):
        match = _DAYS.fullmatch(part.strip())
        if match is None:
            raise refuse(f"{shown(value)} is no part of the week", _HOURS_ALLOWED)
        first = _weekday(match[1])
        last = first if match[2] is None else _weekday(match[2])
        found |= {(first + step) % 7 for step in range((last - first) % 7 + 1)}
    yield from sorted(found)


Hours = Annotated[
    WeekHours,
    BeforeValidator(week_hours),
    PlainSerializer(lambda hours: hours.text, return_type=str, when_used="json"),
    WithJsonSchema(
        {"type": "string", "examples": ["Mon-Fri 09:00-17:00", "22:00-06:00", "Fri 17:00 to Mon 09:00"]}
    ),
]
"""Hours of the week in wall time."""


@dataclass(frozen=True)
class Handoff:
    """When the next person takes over; `weekday` is 0 for Monday, None where any day will do."""

    at: time
    weekday: int | None = None

    def __str__(self) -> str:
        day = "" if self.weekday is None else f"{WEEKDAYS[self.weekday]} "
        return f"{day}{self.at:%H:%M}"


def handoff(value: object) -> Handoff:
    """Read "Monday 09:00" or "09:00". Raises Refused."""
    if isinstance(value, Handoff):
        return value
    match = re.fullmatch(rf"(?:{_WORD}\s+)?{_TIME}", value.strip()) if isinstance(value, str) else None
    if match is None:
        raise refuse(f"{shown(value)} is not a time of handoff", "such as Monday 09:00, or 09:00")
    minutes = _minutes(match[2], match[3])
    return Handoff(time(minutes // 60, minutes % 60), None if match[1] is None else _weekday(match[1]))


HandoffTime = Annotated[
    Handoff,
    BeforeValidator(handoff),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "examples": ["Monday 09:00", "09:00"]}),
]
"""A weekday and a wall time, or a wall time alone."""


# Holidays ------------------------------------------------------------------------------------------------


class HolidayCalendar(Section):
    """The public holidays of a country, and of a part of it."""

    country: str
    """The country's code of two letters (ISO 3166), such as DE."""

    subdivision: str | None = None
    """The state or region, such as BY for Bavaria."""

    @model_validator(mode="after")
    def _is_known(self) -> HolidayCalendar:
        try:
            parts, aliases = subdivisions(self.country)
        except LookupError:
            codes = {code: code for code in known_countries()}
            raise refuse(
                f"{shown(self.country)} is not a country whose holidays are known",
                "a code of two letters, such as DE, FR or US",
                near(self.country, codes),
                at="country",
            ) from None
        allowed = [*parts, *aliases]
        if self.subdivision is not None and self.subdivision not in allowed:
            raise refuse(
                f"{shown(self.subdivision)} is not a part of {self.country}",
                f"allowed: {listed(parts)}",
                near(self.subdivision, allowed),
                at="subdivision",
            )
        return self

    def days_of(self, year: int) -> tuple[date, ...]:
        """The public holidays of a year, in order."""
        return public_holidays(self.country, self.subdivision, year)


Holidays = Annotated[HolidayCalendar, OrText("country")]
"""A country's code, or country and subdivision."""


# What comes again ----------------------------------------------------------------------------------------


_CRON_ALLOWED = "minute, hour, day, month, weekday: 0 3 * * sun"


def _cron(value: str) -> str:
    if len(value.split()) != 5:
        raise refuse(f"{shown(value)} is not a cron line", _CRON_ALLOWED)
    from apscheduler.triggers.cron import CronTrigger  # only for what recurs: editors' hooks are quick

    try:
        CronTrigger.from_crontab(value, timezone="UTC")
    except ValueError as error:
        raise refuse(f"{shown(value)} is not a cron line ({error})", _CRON_ALLOWED) from None
    return " ".join(value.split())


Cron = Annotated[
    str, AfterValidator(_cron), WithJsonSchema({"type": "string", "examples": ["0 3 * * sun", "0 10 1 * *"]})
]
"""Minute, hour, day, month, weekday, in wall time."""


class Cadence(Section):
    """When something comes again."""

    every: Cron
    """As cron: minute, hour, day, month, weekday (mon to sun; as a number 0 is Monday), such as 0 10 * * mon."""

    weeks: Annotated[int, Field(ge=1, le=53)] = 1
    """Only every so many weeks: 2 for every second one."""

    since: Day | None = None
    """The first day that counts; weeks are counted from its week. Without it every second week is that of 2000-01-03, 2000-01-17 and so on."""

    timezone: Timezone | None = None
    """Where these times count. Default: the organization's timezone."""

    on_holidays: Literal["keep", "skip", "move"] = "keep"
    """On a holiday (business_hours.holidays) it happens all the same, not at all, or on the next working day."""


Recurs = Annotated[Cadence, OrText("every")]
"""A cron line, or a cadence with more to say."""


def whole_hours(length: timedelta) -> bool:
    return length % timedelta(hours=1) == timedelta(0)
