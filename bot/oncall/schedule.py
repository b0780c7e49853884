"""Who is on call: the one question that paging asks, answered without a database, a clock or a network.

    schedule = Schedule(section, zone)                     once, from app.yaml
    on_call(schedule, at, overrides)    -> Shift           the shift around a moment
    shifts(schedule, start, end, …)     -> list[Shift]     every moment of a span, each once
    next_shift(schedule, at, …)         -> Shift | None    the next change of hands
    shadows(schedule, at)               -> tuple[str, …]   who sees the pages besides

At each moment there is one person or a declared gap, and a named reason for either: "layer primary",
"holiday layer feasts", "calendar layer team", "override", "gap: primary is limited to other hours".

The order of what wins: of overlapping overrides the last of the sequence, then the last layer that has
somebody. Boundaries at wall times follow `bot.core.wall`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from bot.config import Config
from bot.config.sections.schedules import Schedule as Section
from bot.core.wall import wall_of
from bot.oncall.layers import EARLIEST, LATEST, Answer, Imported, LayerInTime
from bot.oncall.rotation import is_in

# What layers say is computed in pieces of this length, and kept.
WINDOW = timedelta(days=28)
WINDOWS_KEPT = 300
# How far ahead the next change of hands is looked for.
LOOK_AHEAD = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody stands in from `starts_at` to `ends_at`; `person` None: nobody is to be on call."""

    id: int | None
    schedule: str
    person: str | None
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Shift:
    """One person's time, or a gap (`person` None), and why.

    What has no beginning starts at EARLIEST, what has no end ends at LATEST. Moments are in UTC.
    """

    schedule: str
    person: str | None
    starts_at: datetime
    ends_at: datetime
    reason: str

    @property
    def is_gap(self) -> bool:
        return self.person is None


class Schedule:
    """A schedule, ready to be asked. It never changes, but for what it remembers of its own answers.

    `imported` is what the calendars of its layers hold, by the layers' names.
    """

    def __init__(
        self, section: Section, zone: ZoneInfo, imported: Mapping[str, Imported] | None = None
    ) -> None:
        self.name = section.name
        self.zone = zone
        self.section = section
        calendars = imported or {}
        self._layers = [LayerInTime(layer, zone, calendars.get(layer.name)) for layer in section.layers]
        self._shadows = [LayerInTime(layer, zone) for layer in section.shadows.layers]
        self._first = _floor(min(layer.begins_at for layer in self._layers))
        self._last = min(LATEST, _floor(max(layer.ends_at for layer in self._layers)) + WINDOW)
        self._windows: dict[datetime, _Window] = {}

    def planned(self, at: datetime) -> Shift:
        """What the layers say, without overrides. `at` lies between EARLIEST and LATEST."""
        window = self._window(at)
        number = bisect_right(window.starts, at) - 1
        if not window.whole[number]:
            window.shifts[number] = self._grown(window, number)
            window.whole[number] = True
        return window.shifts[number]

    def shadowing(self, at: datetime) -> Iterator[str]:
        """Who sees the pages besides whoever is on call."""
        day = wall_of(at, self.zone).date()
        for member in self.section.shadows.people:
            if is_in(member, day):
                yield member.person
        for layer in self._shadows:
            person = layer.between(at, at + timedelta(seconds=1)).at(at).person
            if person is not None:
                yield person

    def _grown(self, window: _Window, number: int) -> Shift:
        """The shift with what neighbouring windows have of it."""
        shift, answer = window.shifts[number], window.answers[number]
        starts_at, ends_at = shift.starts_at, shift.ends_at
        while starts_at > EARLIEST:
            before = self._window(starts_at - timedelta.resolution)
            if before.end != starts_at or before.answers[-1] != answer:
                break
            starts_at = before.starts[-1]
        while ends_at < LATEST:
            after = self._window(ends_at)
            if after.starts[0] != ends_at or after.answers[0] != answer:
                break
            ends_at = after.starts[1] if len(after.starts) > 1 else after.end
        return replace(shift, starts_at=starts_at, ends_at=ends_at)

    def _window(self, at: datetime) -> _Window:
        if at < self._first:
            start, end = EARLIEST, self._first
        elif at >= self._last:
            start, end = self._last, LATEST
        else:
            start = _floor(at)
            end = min(start + WINDOW, LATEST)
        found = self._windows.get(start)
        if found is None:
            if len(self._windows) >= WINDOWS_KEPT:
                self._windows.clear()
            found = self._windows[start] = self._compute(start, end)
        return found

    def _compute(self, start: datetime, end: datetime) -> _Window:
        layers = [layer.between(start, end) for layer in self._layers]
        cuts = {cut for layer in layers for cut in layer.cuts() if start < cut < end}
        window = _Window(end)
        for since in (start, *sorted(cuts)):
            answer = _winner([layer.at(since) for layer in layers])
            if not window.answers or window.answers[-1] != answer:
                window.starts.append(since)
                window.answers.append(answer)
        for (since, until), answer in zip(pairwise([*window.starts, end]), window.answers, strict=True):
            window.shifts.append(Shift(self.name, answer.person, since, until, answer.reason))
        window.whole = [start < shift.starts_at and shift.ends_at < end for shift in window.shifts]
        return window


class _Window:
    """What the layers say in a stretch of time that ends at `end`; `whole` where a shift lies inside of it."""

    def __init__(self, end: datetime) -> None:
        self.end = end
        self.starts: list[datetime] = []
        self.answers: list[Answer] = []
        self.shifts: list[Shift] = []
        self.whole: list[bool] = []


def _floor(at: datetime) -> datetime:
    return EARLIEST + (at - EARLIEST) // WINDOW * WINDOW


def _winner(answers: list[Answer]) -> Answer:
    for answer in reversed(answers):
        if answer.person is not None:
            return answer
    return Answer(None, "gap: " + ", ".join(answer.reason for answer in answers))


# -- the questions --------------------------------------------------------------------------------------------


def schedules_of(
    config: Config, imported: Mapping[tuple[str, str], Imported] | None = None
) -> dict[str, Schedule]:
    """Every schedule of app.yaml, by name. `imported` is what calendars hold, by the names of schedule and layer."""
    calendars = imported or {}
    return {
        section.name: Schedule(
            section,
            config.zone_of(section),
            {layer: held for (schedule, layer), held in calendars.items() if schedule == section.name},
        )
        for section in config.schedules
    }


def on_call(schedule: Schedule, at: datetime, overrides: Sequence[Override] = ()) -> Shift:
    """The shift around a moment. Overrides of other schedules are left aside.

    Raises ValueError for a moment outside of EARLIEST to LATEST, or without a zone.
    """
    at = _reachable(at)
    name = schedule.name
    concerned = [o for o in overrides if o.schedule == name and o.starts_at < o.ends_at]
    shift, above = schedule.planned(at), 0
    for number, override in enumerate(concerned):
        if override.starts_at <= at < override.ends_at:
            shift, above = _of_override(override), number + 1
    starts_at, ends_at = shift.starts_at, shift.ends_at
    for override in concerned[above:]:
        # None of these covers the moment: each lies before it or behind.
        if override.ends_at <= at:
            starts_at = max(starts_at, override.ends_at)
        else:
            ends_at = min(ends_at, override.starts_at)
    if starts_at is shift.starts_at and ends_at is shift.ends_at:
        return shift
    return Shift(name, shift.person, starts_at.astimezone(UTC), ends_at.astimezone(UTC), shift.reason)


def shifts(
    schedule: Schedule, start: datetime, end: datetime, overrides: Sequence[Override] = ()
) -> list[Shift]:
    """What [start, end) is made of, in order, without overlap or hole; the first and last are cut to it."""
    start, end = _reachable(start), _reachable(end, is_end=True)
    found: list[Shift] = []
    at = start
    concerned = [o for o in overrides if o.schedule == schedule.name and o.starts_at < end]
    while at < end:
        concerned = [o for o in concerned if o.ends_at > at]
        shift = on_call(schedule, at, concerned)
        ends_at = min(shift.ends_at, end)
        found.append(replace(shift, starts_at=max(shift.starts_at, at), ends_at=ends_at))
        at = ends_at
    return found


def next_shift(
    schedule: Schedule, at: datetime, overrides: Sequence[Override] = (), *, person: str | None = None
) -> Shift | None:
    """The next shift that somebody else has than at `at`; with `person`, the next that begins of theirs.

    None: there is none within 400 days.
    """
    shift = on_call(schedule, at, overrides)
    now, until = shift.person, min(_reachable(at) + LOOK_AHEAD, LATEST)
    while shift.ends_at < until:
        shift = on_call(schedule, shift.ends_at, overrides)
        if shift.person == person if person is not None else shift.person != now:
            return shift
    return None


def shadows(schedule: Schedule, at: datetime, overrides: Sequence[Override] = ()) -> tuple[str, ...]:
    """Who sees the pages of that moment and is never rung; never the one who is on call."""
    at = _reachable(at)
    primary = on_call(schedule, at, overrides).person
    return tuple(dict.fromkeys(name for name in schedule.shadowing(at) if name != primary))


def _of_override(override: Override) -> Shift:
    reason = "override" if override.person is not None else "gap: override"
    starts_at, ends_at = override.starts_at.astimezone(UTC), override.ends_at.astimezone(UTC)
    return Shift(override.schedule, override.person, starts_at, ends_at, reason)


def _reachable(at: datetime, *, is_end: bool = False) -> datetime:
    at = _in_utc(at)
    if not EARLIEST <= at < LATEST and not (is_end and at == LATEST):
        raise ValueError(f"{at.isoformat()} is out of reach: {EARLIEST.date()} to {LATEST.date()}")
    return at


def _in_utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"a naive datetime: {at!r}")
    return at.astimezone(UTC)
