"""Who is on call, told a second time by slow rules of few words, minute by minute, and held against `shifts`.

Nothing here stands on bot.oncall: the wall clock is followed a minute at a time, and turns are dealt out one by
one from the first. Both must agree on every minute around changes of clocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.oncall.schedule import Override, shifts
from tests.oncall.rota import PEOPLE, Json, rota

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
UNITS = {"h": timedelta(hours=1), "d": DAY, "w": 7 * DAY}
GERMANY = holidays.country_holidays("DE", years=range(2024, 2030))
# Changes of an hour, of half of one, of two; at midnight; on other days of the week; back in spring; none at all.
ZONES = (
    *("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Antarctica/Troll", "America/Havana"),
    *("Africa/Cairo", "Asia/Beirut", "America/Santiago", "Africa/Casablanca", "Asia/Gaza", "Atlantic/Azores"),
    *("America/Scoresbysund", "America/Asuncion", "Pacific/Chatham", "Europe/Dublin", "Asia/Kolkata"),
)


def furthest(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """For each minute, how far the wall clock has ever come: a boundary is reached once and not again."""
    at = start - 30 * UNITS["h"]
    far = at.astimezone(zone).replace(tzinfo=None) - MINUTE
    while at < end:
        wall = at.astimezone(zone).replace(tzinfo=None)
        is_ahead = wall > far
        far = max(far, wall)
        if at >= start:
            yield wall if is_ahead else far + timedelta(seconds=59)
        at += MINUTE


def is_in(member: Any, day: date) -> bool:
    if isinstance(member, str):
        return True
    return bool(member.get("from", date.min) <= day <= member.get("until", date.max))


def dealt(layer: Json, until: datetime) -> list[tuple[datetime, str | None]]:
    """The wall times at which somebody takes over, from the first day on, with their names."""
    people, length = layer["people"], UNITS[layer["every"][-1]] * int(layer["every"][:-1])
    weekday, _, clock = layer["handoff"].rpartition(" ")
    anchor = layer["start"]
    while weekday and DAYS[anchor.weekday()] != weekday:
        anchor -= DAY
    begins = [datetime.combine(layer["start"], time())]
    following = datetime.combine(anchor, time.fromisoformat(clock)) + length
    while begins[-1] <= until:
        begins.append(following)
        following += length
    changes = sorted(
        {m["from"] for m in people if "from" in m} | {m["until"] + DAY for m in people if "until" in m}
    )
    found: list[tuple[datetime, int | None]] = []
    last = -1

    def after(place: int, day: date) -> int | None:
        order = [(place + step) % len(people) for step in range(1, len(people) + 1)]
        return next((other for other in order if is_in(people[other], day)), None)

    for begin, end in pairwise(begins):
        holder = after(last, begin.date())
        last = last if holder is None else holder
        found.append((begin, holder))
        for day in changes:
            within = begin < datetime.combine(day, time()) < end
            if within and (holder is None or not is_in(people[holder], day)):
                holder = after(last if holder is None else holder, day)
                found.append((datetime.combine(day, time()), holder))
    names = [person if isinstance(person, str) else person["person"] for person in people]
    return [(begin, None if holder is None else names[holder]) for begin, holder in found]


def is_open(hours: list[str], wall: datetime) -> bool:
    """Whether "Sat-Sun 22:00-06:00" (days of a range, hours) holds the wall time; no hours are all."""
    for text in hours:
        days, _, span = text.rpartition(" ")
        first, last = (DAYS.index(day) for day in (days or "Mon-Sun").split("-"))
        begins, ends = (datetime.combine(date.min, time.fromisoformat(clock)) for clock in span.split("-"))
        length = ends - begins if ends > begins else ends - begins + DAY
        for back in (timedelta(), DAY):
            day = (wall - back).date()
            start = datetime.combine(day, begins.time())
            if first <= day.weekday() <= last and start <= wall < start + length:
                return True
    return not hours


def told(
    layers: list[Json], zone: ZoneInfo, start: datetime, end: datetime, stand_ins: list[Override]
) -> list[str | None]:
    """Who is on call in each minute."""
    turns = [dealt(layer, end.replace(tzinfo=None) + 3 * DAY) for layer in layers]
    found: list[str | None] = []
    for number, wall in enumerate(furthest(zone, start, end)):
        at, person = start + number * MINUTE, None
        for layer, its in zip(layers, turns, strict=True):
            day = wall.date()
            is_off = (
                day < layer["start"]
                or day > layer.get("end", date.max)
                or not is_open(layer["restrictions"], wall)
            )
            is_off |= layer["kind"] == "holidays" and day not in GERMANY
            is_off |= layer["kind"] == "not_on_holidays" and day in GERMANY
            if not is_off:
                person = [name for begin, name in its if begin <= wall][-1] or person
        for override in stand_ins:
            if override.starts_at <= at < override.ends_at:
                person = override.person
        found.append(person)
    return found


clocks = st.sampled_from(["00:00", "00:30", "01:59", "02:00", "02:30", "02:45", "03:00", "09:00", "23:30"])


@st.composite
def layers(draw: st.DrawFn, name: str, around: date) -> Json:
    people: list[Any] = []
    for person in draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=4)):
        first, last = draw(st.tuples(st.integers(-9, 4), st.integers(0, 9)))
        times = {"from": around + first * DAY, "until": around + (first + last) * DAY}
        kept = draw(st.sampled_from([(), (), ("from",), ("until",), ("from", "until")]))
        people.append({"person": person, **{key: times[key] for key in kept}} if kept else person)
    every = draw(st.sampled_from(["1h", "5h", "12h", "36h", "1d", "3d", "1w", "2w"]))
    weekday = draw(st.sampled_from(["", *(f"{day} " for day in DAYS)])) if every.endswith("w") else ""
    begins, ends = draw(st.tuples(clocks, clocks).filter(lambda pair: pair[0] != pair[1]))
    hours = draw(st.sampled_from([[], [], [f"{begins}-{ends}"], [f"Sat-Sun {begins}-{ends}"]]))
    start = around - draw(st.integers(-1, 60)) * DAY
    ended = {"end": start + draw(st.integers(1, 90)) * DAY} if draw(st.integers(0, 4)) == 0 else {}
    return {
        "name": name,
        "people": people,
        "every": every,
        "handoff": f"{weekday}{draw(clocks)}",
        "start": start,
        "restrictions": hours,
        "kind": draw(st.sampled_from(["", "", "", "holidays", "not_on_holidays"])),
        **ended,
    }


def written(layer: Json) -> Json:
    """As app.yaml has it."""
    plain = {key: value for key, value in layer.items() if key != "kind"}
    return plain | ({layer["kind"]: "DE"} if layer["kind"] else {})


def changes_of(zone: ZoneInfo) -> list[datetime]:
    """Moments shortly after the clocks were set, in five years; any moment where they never are."""
    days = [datetime(2024, 1, 1, tzinfo=UTC) + DAY * number for number in range(5 * 365)]
    set_between = [
        b for a, b in pairwise(days) if a.astimezone(zone).utcoffset() != b.astimezone(zone).utcoffset()
    ]
    return set_between or days[::97]


@pytest.mark.parametrize("name", ZONES)
# Without shrinking: at a thousand minutes an example it would take longer than finding the fault by hand.
@settings(deadline=None, max_examples=6, phases=(Phase.reuse, Phase.generate))
@given(data=st.data())
def test_both_say_the_same_of_every_minute(name: str, data: st.DataObject) -> None:
    zone = ZoneInfo(name)
    middle = data.draw(st.sampled_from(changes_of(zone)))
    start = middle - data.draw(st.integers(600, 2400)) * MINUTE
    end = start + 2 * DAY
    given_layers = [data.draw(layers(one, middle.date())) for one in "abc"[: data.draw(st.integers(1, 3))]]
    stand_ins = []
    for number in range(data.draw(st.integers(0, 3))):
        begins = start + data.draw(st.integers(-600, 2600)) * MINUTE
        length = data.draw(st.integers(1, 900)) * MINUTE
        person = data.draw(st.sampled_from([*PEOPLE, None]))
        stand_ins.append(Override(number, "primary", person, begins, begins + length))
    schedule = rota(*(written(layer) for layer in given_layers), timezone=name)
    said: list[str | None] = []
    for shift in shifts(schedule, start, end, stand_ins):
        said += [shift.person] * int((shift.ends_at - shift.starts_at) / MINUTE)
    assert said == told(given_layers, zone, start, end, stand_ins)
