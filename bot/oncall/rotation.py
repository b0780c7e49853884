"""Whose turn it is: people take turns of one length, some join later and some leave.

The next turn belongs to the next of the list after the one who had the last, among those who are in the
rotation when it begins. So a newcomer takes their place in the order, nobody is passed over for another's
leaving, and nothing in the past changes by what is to come. When somebody leaves within a turn, the next one
begins early.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.config.calendar import FIRST_DAY
from bot.config.sections.schedules import Layer, Member
from bot.core.wall import midnight, moment_of, wall_of

DAY = timedelta(days=1)
# A Monday, for rotations without a start: they have one person, so it only tells where turns begin.
SOME_MONDAY = date(2000, 1, 3)
AT_NINE = time(9)


@dataclass(frozen=True, slots=True)
class Turn:
    """A part of a rotation. `run` is the number of the first of the turns in a row that one person has."""

    starts_at: datetime
    ends_at: datetime
    person: str | None
    run: int


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Turns, from number `first` on, that the same people share: those at these places of the list."""

    first: int
    present: tuple[int, ...]
    offset: int  # the position in `present` of the one who has turn `first`

    def position(self, turn: int) -> int | None:
        if not self.present:
            return None
        return self.present[(self.offset + turn - self.first) % len(self.present)]


class Rotation:
    """The turns of a layer's people."""

    def __init__(self, layer: Layer, zone: ZoneInfo) -> None:
        self._members = layer.people
        self._zone = zone
        self._length = layer.every
        self._first_day = layer.start or FIRST_DAY
        self._anchor = _first_handoff(layer)
        self._changes = _changes(self._members)
        self._stretches = self._find_stretches()
        self._firsts = [stretch.first for stretch in self._stretches]

    def turns(self, start: datetime, end: datetime) -> Iterator[Turn]:
        """The parts of turns that touch [start, end), whole, in order, without holes."""
        number = max(0, (wall_of(start, self._zone) - self._anchor) // self._length)
        begins = self._begins(number)
        while begins < end:
            ends = self._begins(number + 1)
            # One in the missing hour has no length.
            if begins < ends and start < ends:
                yield from self._parts(number, begins, ends)
            number, begins = number + 1, ends

    def _begins(self, turn: int) -> datetime:
        at = moment_of(self._anchor + turn * self._length, self._zone)
        # The first turn begins with its day, be that before the handoff.
        return at if turn else min(at, midnight(self._first_day, self._zone))

    def _day(self, turn: int) -> date:
        return max(self._first_day, (self._anchor + turn * self._length).date())

    # -- who has it ------------------------------------------------------------------------------------------

    def _find_stretches(self) -> list[_Stretch]:
        found: list[_Stretch] = []
        last = -1  # the place in the list of who had the turn before
        for turn in sorted({0, *(self._first_turn_on(day) for day in self._changes)}):
            if found and (had := found[-1].position(turn - 1)) is not None:
                last = had
            present = tuple(i for i, member in enumerate(self._members) if is_in(member, self._day(turn)))
            after = next((n for n, place in enumerate(present) if place > last), 0)
            found.append(_Stretch(turn, present, after))
        return found

    def _first_turn_on(self, day: date) -> int:
        """The first turn that begins on this day or later."""
        return max(0, -((self._anchor - datetime.combine(day, time())) // self._length))

    def _stretch(self, turn: int) -> _Stretch:
        return self._stretches[bisect_right(self._firsts, turn) - 1]

    def _parts(self, turn: int, begins: datetime, ends: datetime) -> Iterator[Turn]:
        """The turn, in parts where its person leaves before its end or the first one only comes within it."""
        holder = self._stretch(turn).position(turn)
        run = self._run(turn, self._name(holder))
        last_day = wall_of(ends, self._zone).date()
        first, after = bisect_right(self._changes, self._day(turn)), bisect_right(self._changes, last_day)
        for day in self._changes[first:after]:
            at = midnight(day, self._zone)
            if at >= ends or (holder is not None and is_in(self._members[holder], day)):
                continue
            if begins < at:
                yield Turn(begins, at, self._name(holder), run)
                begins = at
            holder = self._next(holder, day)
            early = self._name(holder) == self._holder(turn + 1)
            run = turn + 1 if early else turn
        yield Turn(begins, ends, self._name(holder), run)

    def _name(self, place: int | None) -> str | None:
        return None if place is None else self._members[place].person

    def _next(self, place: int | None, day: date) -> int | None:
        """The next in the list after this place who is in the rotation on that day."""
        count = len(self._members)
        first = 0 if place is None else place + 1
        order = ((first + step) % count for step in range(count))
        return next((other for other in order if is_in(self._members[other], day)), None)

    def _run(self, turn: int, person: str | None) -> int:
        """The first of the turns in a row that this person has; of somebody alone each turn is a run."""
        if not self._shared(turn):
            return turn
        while turn > 0 and self._shared(turn - 1) and self._holder(turn - 1) == person:
            turn -= 1
        return turn

    def _shared(self, turn: int) -> bool:
        return len({self._members[place].person for place in self._stretch(turn).present}) > 1

    def _holder(self, turn: int) -> str | None:
        return self._name(self._stretch(turn).position(turn))


def is_in(member: Member, day: date) -> bool:
    """Whether somebody is in the rotation on this day."""
    return (member.from_ is None or member.from_ <= day) and (member.until is None or day <= member.until)


def _changes(members: tuple[Member, ...]) -> list[date]:
    """The days on which somebody joins, or is there no more."""
    joins = {member.from_ for member in members if member.from_ is not None}
    return sorted(joins | {member.until + DAY for member in members if member.until is not None})


def _first_handoff(layer: Layer) -> datetime:
    """The wall time at which turn 0 begins: on the day of the layer's start, or on the weekday before it."""
    start = layer.start or SOME_MONDAY
    if layer.handoff is None:
        return datetime.combine(start, AT_NINE)
    if layer.handoff.weekday is not None:
        start -= timedelta(days=(start.weekday() - layer.handoff.weekday) % 7)
    return datetime.combine(start, layer.handoff.at)
