"""Business hours, pure: whether a moment lies in them, and when they begin next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.config import BusinessHours, Config

DAY = timedelta(days=1)
# Hours that begin in the week before may last into this one.
LOOKS_BACK = 8
LOOKS_AHEAD = 370


class Hours(Protocol):
    """When the office works."""

    def contains(self, at: datetime) -> bool: ...

    def next_open(self, at: datetime) -> datetime:
        """The moment itself when the office works then; else the next at which it does."""
        ...


class OfficeHours:
    """The business hours of app.yaml. Wall times of the missing hour begin right after it."""

    def __init__(self, said: BusinessHours, timezone: str) -> None:
        self._said = said
        self._zone = ZoneInfo(said.timezone or timezone)

    def contains(self, at: datetime) -> bool:
        today = at.astimezone(self._zone).date()
        return any(start <= at < end for start, end in self._spans(today - DAY * LOOKS_BACK, LOOKS_BACK + 1))

    def next_open(self, at: datetime) -> datetime:
        if self.contains(at):
            return at
        today = at.astimezone(self._zone).date()
        for start, _ in self._spans(today, LOOKS_AHEAD):
            if start >= at:
                return start
        return at  # a year without a working day: better now than never

    def between(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """The hours that touch this span, in order; those that overlap are one."""
        first = start.astimezone(self._zone).date() - DAY * LOOKS_BACK
        last = end.astimezone(self._zone).date()
        merged: list[tuple[datetime, datetime]] = []
        for begins, ends in sorted(self._spans(first, (last - first).days + 1)):
            if ends <= start or begins >= end:
                continue
            if merged and begins <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], ends))
            else:
                merged.append((begins, ends))
        return merged

    def _spans(self, first: date, days: int) -> Iterator[tuple[datetime, datetime]]:
        """The spans that begin on these days, in order."""
        for day in (first + DAY * n for n in range(days)):
            if self.is_holiday(day):
                continue
            for start, end in self._said.hours.spans:
                if start // 1440 == day.weekday():
                    yield self._moment(day, start % 1440), self._moment(day, start % 1440 + end - start)

    def _moment(self, day: date, minutes: int) -> datetime:
        wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
        return wall.replace(tzinfo=self._zone).astimezone(UTC)

    def is_working_day(self, day: date) -> bool:
        """Whether the office works at any time of this day."""
        begins = any(start // 1440 == day.weekday() for start, _ in self._said.hours.spans)
        return begins and not self.is_holiday(day)

    def is_holiday(self, day: date) -> bool:
        calendar = self._said.holidays
        return calendar is not None and day in calendar.days_of(day.year)


def office_hours(config: Config) -> OfficeHours:
    return OfficeHours(config.business_hours, config.timezone)
