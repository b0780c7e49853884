"""What one layer says about a stretch of time: who has it, or why nobody has."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.config.calendar import MINUTES_A_WEEK, HolidayCalendar
from bot.config.sections.schedules import Layer
from bot.core.wall import MIDNIGHT, midnight, moment_of, wall_of
from bot.oncall.rotation import DAY, Rotation, Turn

# Calendars are ready for this span; what has no beginning begins with it.
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Event:
    """A span of an imported calendar. `person` is None where `says` names nobody whom app.yaml knows."""

    starts_at: datetime
    ends_at: datetime
    person: str | None
    says: str


@dataclass(frozen=True, slots=True, eq=False)  # told apart as objects: there may be thousands of events
class Imported:
    """What an imported calendar holds from `starts_at` to `ends_at`. Of events at one time the later begun wins."""

    starts_at: datetime
    ends_at: datetime
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Who has it and why; `person` None: nobody. Neighbours that are equal are one shift."""

    person: str | None
    reason: str
    run: object = None


class LayerInTime:
    """A layer, ready to be asked. `imported` is what its calendar holds, where it has one and it was read."""

    def __init__(self, layer: Layer, zone: ZoneInfo, imported: Imported | None = None) -> None:
        self._name = layer.name
        self._zone = zone
        self._hours = _merged_minutes(span for hours in layer.restrictions for span in hours.spans)
        self._holidays = layer.holidays
        self._not_on_holidays = layer.not_on_holidays
        self._imported = imported
        self._rotation = Rotation(layer, zone) if layer.ical is None else None
        kind = "calendar layer" if layer.ical else "holiday layer" if layer.holidays else "layer"
        self._reason = f"{kind} {layer.name}"
        first, last = _life(layer)
        self.begins_at = EARLIEST if first is None else max(EARLIEST, midnight(first, zone))
        self.ends_at = LATEST if last is None else min(LATEST, midnight(last + DAY, zone))

    def between(self, start: datetime, end: datetime) -> LayerWindow:
        """What it says from `start` to `end`."""
        since, until = max(start, self.begins_at), min(end, self.ends_at)
        window = LayerWindow(self._name, self._reason, self.begins_at, self.ends_at)
        if since >= until:
            return window
        if self._hours:
            window.hours = _Spans(self._open_hours(since, until))
        if self._holidays is not None:
            window.holidays = _Spans(self._days_off(self._holidays, since, until))
        if self._not_on_holidays is not None:
            window.not_on = _Spans(self._days_off(self._not_on_holidays, since, until))
        if self._rotation is not None:
            window.turns = list(self._rotation.turns(since, until))
        elif self._imported is not None:
            window.events = _flat(self._imported)
        return window

    def _open_hours(self, start: datetime, end: datetime) -> list[Span]:
        """The hours of the week as moments, in order."""
        day = wall_of(start, self._zone).date() - timedelta(days=8)
        monday = datetime.combine(day - timedelta(days=day.weekday()), MIDNIGHT)
        last = wall_of(end, self._zone) + DAY
        found: list[Span] = []
        while monday <= last:
            for first, until in self._hours:
                since = moment_of(monday + timedelta(minutes=first), self._zone)
                found.append((since, moment_of(monday + timedelta(minutes=until), self._zone)))
            monday += timedelta(weeks=1)
        return found

    def _days_off(self, calendar: HolidayCalendar, start: datetime, end: datetime) -> list[Span]:
        first = wall_of(start, self._zone).date() - DAY
        last = wall_of(end, self._zone).date() + DAY
        years = range(first.year, last.year + 1)
        days = (day for year in years for day in calendar.days_of(year))
        return [(midnight(d, self._zone), midnight(d + DAY, self._zone)) for d in days if first <= d <= last]


def _life(layer: Layer) -> tuple[date | None, date | None]:
    """The first and the last day on which it can have anybody; None: there is no such limit."""
    joins, leaves = [m.from_ for m in layer.people], [m.until for m in layer.people]
    firsts = [layer.start, min((day for day in joins if day), default=None) if all(joins) else None]
    lasts = [layer.end, max((day for day in leaves if day), default=None) if all(leaves) else None]
    return max((day for day in firsts if day), default=None), min((day for day in lasts if day), default=None)


class LayerWindow:
    """What a layer says between two moments: constant from one cut to the next."""

    def __init__(self, name: str, reason: str, begins_at: datetime, ends_at: datetime) -> None:
        self._name = name
        self._reason = reason
        self._begins_at, self._ends_at = begins_at, ends_at
        self.hours: _Spans | None = None
        self.holidays: _Spans | None = None
        self.not_on: _Spans | None = None
        self.turns: list[Turn] | None = None
        self.events: _Events | None = None

    def cuts(self) -> Iterable[datetime]:
        """The moments at which the answer may change."""
        yield self._begins_at
        yield self._ends_at
        for spans in (self.hours, self.holidays, self.not_on):
            if spans is not None:
                yield from spans.edges
        for turn in self.turns or ():
            yield turn.starts_at
        if self.events is not None:
            yield from self.events.edges

    def at(self, moment: datetime) -> Answer:
        """Whom it names."""
        if moment < self._begins_at:
            return self._nobody("has not begun")
        if moment >= self._ends_at:
            return self._nobody("has ended")
        if self.holidays is not None and moment not in self.holidays:
            return self._nobody("is for holidays only")
        if self.not_on is not None and moment in self.not_on:
            return self._nobody("is not for holidays")
        if self.hours is not None and moment not in self.hours:
            return self._nobody("is limited to other hours")
        if self.turns is not None:
            return self._of_rotation(moment, self.turns)
        if self.events is None:
            return self._nobody("waits for its calendar")
        return self._of_calendar(moment, self.events)

    def _of_rotation(self, moment: datetime, turns: list[Turn]) -> Answer:
        turn = turns[bisect_right(turns, moment, key=_turn_start) - 1]
        if turn.person is None:
            return self._nobody("has nobody in its rotation")
        return Answer(turn.person, self._reason, turn.run)

    def _of_calendar(self, moment: datetime, events: _Events) -> Answer:
        if not events.covers(moment):
            return self._nobody("has no calendar for that time yet")
        event = events.at(moment)
        if event is None:
            return self._nobody("has no event in its calendar")
        if event.person is None:
            return self._nobody(f"has “{event.says}” in its calendar, who is not among the people")
        return Answer(event.person, self._reason, event.starts_at)

    def _nobody(self, why: str) -> Answer:
        return Answer(None, f"{self._name} {why}")


def _turn_start(turn: Turn) -> datetime:
    return turn.starts_at


class _Spans:
    """Spans of time, in order, merged. One without length, in the missing hour, holds no moment."""

    def __init__(self, spans: Sequence[Span]) -> None:
        found: list[list[datetime]] = []
        for start, end in sorted(spans):
            if found and start <= found[-1][1]:
                found[-1][1] = max(found[-1][1], end)
            else:
                found.append([start, end])
        self.edges = [edge for span in found for edge in span]

    def __contains__(self, moment: datetime) -> bool:
        return bisect_right(self.edges, moment) % 2 == 1


class _Events:
    """The events of a calendar, without overlap."""

    def __init__(self, imported: Imported) -> None:
        self._from, self._to = imported.starts_at, imported.ends_at
        self._order = sorted(imported.events, key=lambda event: (event.starts_at, event.says))
        cuts = {self._from, self._to}
        cuts |= {at for event in self._order for at in (event.starts_at, event.ends_at)}
        self.edges = sorted(cuts)
        self._at: list[Event | None] = [None] * len(self.edges)
        place = {edge: number for number, edge in enumerate(self.edges)}
        for event in self._order:
            first, after = place[event.starts_at], place[event.ends_at]
            self._at[first:after] = [event] * (after - first)

    def covers(self, moment: datetime) -> bool:
        return self._from <= moment < self._to

    def at(self, moment: datetime) -> Event | None:
        return self._at[bisect_right(self.edges, moment) - 1]


@lru_cache(maxsize=64)
def _flat(imported: Imported) -> _Events:
    return _Events(imported)


def _merged_minutes(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """In order within the week; one may end in the next."""
    return sorted({(start % MINUTES_A_WEEK, start % MINUTES_A_WEEK + end - start) for start, end in spans})
