"""Rules that hold in every zone and at every moment of five years: one owner or a declared gap, no overlap, no hole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.wall import moment_of, wall_of
from bot.oncall.rotation import Rotation
from bot.oncall.schedule import Override, Schedule, on_call, shifts
from tests.oncall.rota import PEOPLE, config_of, layer, rota
from tests.zones import FROM, SECOND, TO, ZONES, behaviours, transitions

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

zones = st.sampled_from(ZONES)
moments = st.datetimes(
    FROM.replace(tzinfo=None), TO.replace(tzinfo=None), timezones=st.just(UTC), allow_imaginary=False
)


def test_the_zones_have_changes_of_every_kind() -> None:
    """Otherwise the sweeps below would prove nothing."""
    jumps = set()
    for name in ZONES:
        for at in transitions(ZoneInfo(name)):
            jumps.add(wall_of(at, ZoneInfo(name)) - wall_of(at - SECOND, ZoneInfo(name)) - SECOND)
    assert {HOUR, -HOUR, HOUR / 2, -HOUR / 2, 2 * HOUR} <= jumps


def test_a_wall_time_is_the_first_moment_at_which_the_clock_has_reached_it() -> None:
    """Around every change of every zone, a quarter of an hour at a time."""
    for name in behaviours().values():
        zone = ZoneInfo(name)
        for at in transitions(zone):
            around = [at + quarter * HOUR / 4 for quarter in range(-12, 13)]
            shown = [(moment, wall_of(moment, zone)) for moment in around]
            missing = {wall_of(at - SECOND, zone) + SECOND + quarter * HOUR / 4 for quarter in range(8)}
            for wall in {wall for _, wall in shown} | missing:
                found = moment_of(wall, zone)
                assert wall_of(found, zone) >= wall, (name, wall)
                # Nothing before has reached it: not the second before, nor what came before a change back.
                assert wall_of(found - SECOND, zone) < wall, (name, wall)
                assert all(seen < wall for moment, seen in shown if moment < found), (name, wall)


KINDS: dict[str, dict[str, Any]] = {
    "hourly": {"every": "1h", "handoff": "00:00", "start": "2024-01-01"},
    "daily": {"every": "1d", "handoff": "02:30", "start": "2024-01-01"},
    "weekly": {"every": "1w", "handoff": "Sunday 02:00", "start": "2024-01-07"},
}


def test_turns_tile_around_every_change_of_every_zone() -> None:
    for kind, turns in KINDS.items():
        section = config_of(layer(kind, ["ada", "bo", "cleo"], **turns)).schedules[0].layers[0]
        for name in ZONES:
            zone = ZoneInfo(name)
            rotation = Rotation(section, zone)
            for at in transitions(zone):
                found = list(rotation.turns(at - 5 * HOUR, at + 5 * HOUR))
                assert found[0].starts_at <= at - 5 * HOUR, (name, kind)
                assert found[-1].ends_at >= at + 5 * HOUR, (name, kind)
                assert all(a.ends_at == b.starts_at for a, b in pairwise(found)), (name, kind)
                assert all(turn.starts_at < turn.ends_at for turn in found), (name, kind)
                assert all(_is_on_the_clock(turn.starts_at, zone, kind) for turn in found), (name, kind)


def _is_on_the_clock(boundary: datetime, zone: ZoneInfo, kind: str) -> bool:
    """A boundary stands at its wall time for the first time, or right after the hour in which that is missing."""
    wall, before = wall_of(boundary, zone), wall_of(boundary - SECOND, zone)
    if wall - before > SECOND:
        return True
    on_time = {
        "hourly": wall.minute == 0,
        "daily": (wall.hour, wall.minute) == (2, 30),
        "weekly": (wall.weekday(), wall.hour, wall.minute) == (6, 2, 0),
    }[kind]
    return on_time and wall.second == 0 and moment_of(wall, zone) == boundary


# -- any schedule -------------------------------------------------------------------------------------------

dates = st.dates(FROM.date(), TO.date())
hours = st.builds(
    lambda day, first, length: (
        f"{day} {first // 60:02}:{first % 60:02}-{(first + length) % 1440 // 60:02}:{(first + length) % 60:02}"
    ),
    st.sampled_from(["Mon-Fri", "Sat, Sun", "Wed", ""]),
    st.integers(0, 1439),
    st.integers(1, 1439),
).map(str.strip)
restrictions = st.lists(hours | st.just("Fri 17:00 to Mon 09:00"), max_size=2)


@st.composite
def members(draw: st.DrawFn) -> Any:
    joins, leaves = draw(st.none() | dates), draw(st.none() | dates)
    if joins and leaves and leaves < joins:
        joins, leaves = leaves, joins
    entry = {"person": draw(st.sampled_from(PEOPLE)), "from": joins, "until": leaves}
    return {key: value for key, value in entry.items() if value is not None}


@st.composite
def layers(draw: st.DrawFn, name: str) -> dict[str, Any]:
    made = layer(name, draw(st.lists(members(), min_size=1, max_size=4)))
    made["every"] = draw(st.sampled_from(["1h", "5h", "12h", "1d", "3d", "1w", "2w"]))
    made["start"] = draw(dates)
    made["handoff"] = draw(st.sampled_from(["00:00", "02:00", "02:30", "09:00"]))
    if draw(st.booleans()):
        made["end"] = draw(st.dates(made["start"], TO.date()))
    made["restrictions"] = draw(restrictions)
    holidays = draw(st.sampled_from([None, None, "holidays", "not_on_holidays"]))
    if holidays:
        made[holidays] = "DE"
    return made


@st.composite
def schedules(draw: st.DrawFn) -> tuple[list[dict[str, Any]], str]:
    return [draw(layers(name)) for name in "abc"[: draw(st.integers(1, 3))]], draw(zones)


@st.composite
def overrides(draw: st.DrawFn, around: datetime) -> list[Override]:
    found = []
    for number in range(draw(st.integers(0, 4))):
        start = around + timedelta(minutes=draw(st.integers(-20_000, 20_000)))
        length = timedelta(minutes=draw(st.integers(1, 5_000)))
        person = draw(st.sampled_from([*PEOPLE, None]))
        found.append(Override(number, "primary", person, start, start + length))
    return found


def one_by_one(schedule: Schedule, at: datetime, stand_ins: list[Override]) -> str | None:
    """The rule itself, slowly: the last override, then the last layer that has somebody."""
    for override in reversed(stand_ins):
        if override.starts_at <= at < override.ends_at:
            return override.person
    for one in reversed(schedule._layers):
        person = one.between(at, at + SECOND).at(at).person
        if person is not None:
            return person
    return None


@settings(deadline=None, max_examples=40)
@given(made=schedules(), at=moments, data=st.data())
def test_each_moment_has_one_owner_or_a_declared_gap(
    made: tuple[list[dict[str, Any]], str], at: datetime, data: st.DataObject
) -> None:
    schedule = rota(*made[0], timezone=made[1])
    stand_ins = data.draw(overrides(at))
    start, end = at - 10 * DAY, at + 10 * DAY
    found = shifts(schedule, start, end, stand_ins)
    assert (found[0].starts_at, found[-1].ends_at) == (start, end)
    assert all(shift.starts_at < shift.ends_at for shift in found)
    assert all(a.ends_at == b.starts_at for a, b in pairwise(found))
    assert all((shift.person is None) == shift.reason.startswith("gap: ") for shift in found)
    for shift in found:
        middle = shift.starts_at + (shift.ends_at - shift.starts_at) / 2
        for moment in (shift.starts_at, middle, shift.ends_at - timedelta.resolution):
            whole = on_call(schedule, moment, stand_ins)
            assert (whole.person, whole.reason) == (shift.person, shift.reason)
            assert max(whole.starts_at, start) == shift.starts_at
            assert min(whole.ends_at, end) == shift.ends_at
            assert one_by_one(schedule, moment, stand_ins) == shift.person


@settings(deadline=None, max_examples=30)
@given(made=schedules(), later=layers("later"), at=moments)
def test_a_later_layer_wins_where_it_has_somebody_and_changes_nothing_else(
    made: tuple[list[dict[str, Any]], str], later: dict[str, Any], at: datetime
) -> None:
    below, zone = made
    alone = on_call(rota(later, timezone=zone), at).person
    under = on_call(rota(*below, timezone=zone), at).person
    assert on_call(rota(*below, later, timezone=zone), at).person == (alone or under)


@settings(deadline=None, max_examples=30)
@given(made=schedules(), at=moments)
def test_nobody_has_a_turn_before_they_join_or_after_they_leave(
    made: tuple[list[dict[str, Any]], str], at: datetime
) -> None:
    given_layers, zone = made
    schedule = rota(*given_layers, timezone=zone)
    shift = on_call(schedule, at)
    if shift.person is None:
        return
    today = wall_of(at, ZoneInfo(zone)).date()
    named = next(one for one in given_layers if shift.reason.endswith(f"layer {one['name']}"))
    spans = [
        (member.get("from", FROM.date()), member.get("until", TO.date()))
        for member in named["people"]
        if member["person"] == shift.person
    ]
    assert any(first <= today <= last for first, last in spans)


@settings(deadline=None, max_examples=40)
@given(zone=zones, at=moments, joiner=dates)
def test_a_joiner_changes_nothing_before_they_join(zone: str, at: datetime, joiner: Any) -> None:
    turns = KINDS["daily"]
    before = rota(layer("daily", ["ada", "bo"], **turns), timezone=zone)
    after = rota(layer("daily", ["ada", "bo", {"person": "eve", "from": joiner}], **turns), timezone=zone)
    if wall_of(at, ZoneInfo(zone)).date() < joiner:
        assert on_call(before, at).person == on_call(after, at).person


@settings(deadline=None, max_examples=40)
@given(zone=zones, at=moments)
def test_turns_are_fair(zone: str, at: datetime) -> None:
    """In three days of daily turns each of three has one, clock changes or not."""
    schedule = rota(layer("daily", ["ada", "bo", "cleo"], **KINDS["daily"]), timezone=zone)
    day = (wall_of(at, ZoneInfo(zone)) + DAY).replace(hour=12, minute=0)
    moments_of_days = [moment_of(day + number * DAY, ZoneInfo(zone)) for number in range(3)]
    assert {on_call(schedule, m).person for m in moments_of_days} == {"ada", "bo", "cleo"}
