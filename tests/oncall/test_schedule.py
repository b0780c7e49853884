"""Who is on call: stories, each about one rule."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.oncall.layers import EARLIEST, LATEST
from bot.oncall.schedule import Schedule, next_shift, on_call, shadows, shifts
from tests.oncall.rota import BERLIN, berlin, layer, override, rota, utc

WEEKLY: dict[str, Any] = {"every": "1w", "handoff": "Monday 09:00", "start": "2026-01-05"}
DAILY: dict[str, Any] = {"every": "1d", "handoff": "09:00", "start": "2026-01-05"}


def who(schedule: Schedule, at: str) -> str | None:
    return on_call(schedule, berlin(at)).person


def told(schedule: Schedule, start: str, end: str, *overrides: Any) -> list[str]:
    """The shifts of a span as lines of Berlin's wall time."""
    found = shifts(schedule, berlin(start), berlin(end), overrides)
    return [
        f"{s.starts_at.astimezone(BERLIN):%m-%d %H:%M} {s.ends_at.astimezone(BERLIN):%m-%d %H:%M} {s.person or s.reason}"
        for s in found
    ]


# -- turns ------------------------------------------------------------------------------------------------


def test_people_take_turns_by_the_week() -> None:
    schedule = rota(layer("weekly", ["ada", "bo", "cleo"], **WEEKLY))
    assert told(schedule, "2026-01-05 09:00", "2026-01-28 00:00") == [
        "01-05 09:00 01-12 09:00 ada",
        "01-12 09:00 01-19 09:00 bo",
        "01-19 09:00 01-26 09:00 cleo",
        "01-26 09:00 01-28 00:00 ada",
    ]
    shift = on_call(schedule, berlin("2026-01-14 03:00"))
    assert (shift.person, shift.reason) == ("bo", "layer weekly")
    assert (shift.starts_at, shift.ends_at) == (berlin("2026-01-12 09:00"), berlin("2026-01-19 09:00"))


@pytest.mark.parametrize(
    ("every", "handoff", "first", "second"),
    [
        ("12h", "08:00", "2026-01-05 20:00", "2026-01-06 08:00"),
        ("5h", "08:00", "2026-01-05 13:00", "2026-01-05 18:00"),
        ("1d", "08:00", "2026-01-06 08:00", "2026-01-07 08:00"),
        ("3d", "08:00", "2026-01-08 08:00", "2026-01-11 08:00"),
        ("2w", "Monday 08:00", "2026-01-19 08:00", "2026-02-02 08:00"),
        ("1w", "08:00", "2026-01-12 08:00", "2026-01-19 08:00"),
    ],
)
def test_shifts_of_any_length(every: str, handoff: str, first: str, second: str) -> None:
    schedule = rota(layer("turns", ["ada", "bo"], every=every, handoff=handoff, start="2026-01-05"))
    shift = on_call(schedule, berlin(first))
    assert (shift.person, shift.starts_at, shift.ends_at) == ("bo", berlin(first), berlin(second))


def test_the_first_turn_begins_with_the_layer_and_ends_with_the_first_handoff() -> None:
    on_the_day = rota(layer("weekly", ["ada", "bo"], **WEEKLY))
    assert told(on_the_day, "2026-01-04 00:00", "2026-01-13 00:00") == [
        "01-04 00:00 01-05 00:00 gap: weekly has not begun",
        "01-05 00:00 01-12 09:00 ada",
        "01-12 09:00 01-13 00:00 bo",
    ]
    midweek = rota(layer("weekly", ["ada", "bo"], **{**WEEKLY, "start": "2026-01-07"}))
    assert told(midweek, "2026-01-07 00:00", "2026-01-13 00:00") == [
        "01-07 00:00 01-12 09:00 ada",
        "01-12 09:00 01-13 00:00 bo",
    ]


def test_two_turns_in_a_row_are_one_shift_but_somebody_alone_has_shift_after_shift() -> None:
    in_a_row = rota(layer("daily", ["ada", "ada", "bo"], **DAILY))
    assert told(in_a_row, "2026-01-08 09:00", "2026-01-11 09:00") == [
        "01-08 09:00 01-10 09:00 ada",
        "01-10 09:00 01-11 09:00 bo",
    ]
    alone = rota(layer("daily", ["ada"]))
    assert len(told(alone, "2026-01-01 00:00", "2026-01-29 00:00")) == 5


def test_a_layer_ends_with_its_last_day() -> None:
    schedule = rota(layer("weekly", ["ada"], end="2026-01-31"))
    gap = on_call(schedule, berlin("2026-02-01 00:00"))
    assert (gap.person, gap.reason, gap.is_gap) == (None, "gap: weekly has ended", True)
    assert (gap.starts_at, gap.ends_at) == (berlin("2026-02-01 00:00"), LATEST)
    assert who(schedule, "2026-01-31 23:59") == "ada"


# -- joining and leaving ------------------------------------------------------------------------------------


def test_who_joins_takes_their_place_and_nobody_else_loses_a_turn() -> None:
    schedule = rota(layer("daily", ["ada", {"person": "bo", "from": "2026-01-07"}, "cleo"], **DAILY))
    days = [who(schedule, f"2026-01-{day:02} 12:00") for day in range(5, 13)]
    assert days == ["ada", "cleo", "ada", "bo", "cleo", "ada", "bo", "cleo"]


def test_who_leaves_is_passed_over_from_then_on() -> None:
    schedule = rota(layer("daily", ["ada", {"person": "bo", "until": "2026-01-08"}, "cleo"], **DAILY))
    days = [who(schedule, f"2026-01-{day:02} 12:00") for day in range(5, 13)]
    assert days == ["ada", "bo", "cleo", "ada", "cleo", "ada", "cleo", "ada"]


def test_when_somebody_leaves_within_a_shift_the_next_one_begins_early() -> None:
    schedule = rota(layer("weekly", ["ada", {"person": "bo", "until": "2026-01-14"}, "cleo"], **WEEKLY))
    assert told(schedule, "2026-01-12 09:00", "2026-02-02 09:00") == [
        "01-12 09:00 01-15 00:00 bo",
        "01-15 00:00 01-26 09:00 cleo",
        "01-26 09:00 02-02 09:00 ada",
    ]


def test_a_rotation_that_is_empty_for_a_while_has_a_gap_and_goes_on() -> None:
    people = [{"person": "ada", "until": "2026-01-10"}, {"person": "bo", "from": "2026-01-14"}]
    schedule = rota(layer("weekly", people, **WEEKLY))
    assert told(schedule, "2026-01-05 09:00", "2026-01-19 00:00") == [
        "01-05 09:00 01-11 00:00 ada",
        "01-11 00:00 01-14 00:00 gap: weekly has nobody in its rotation",
        "01-14 00:00 01-19 00:00 bo",
    ]


def test_what_is_to_come_changes_nothing_before() -> None:
    before = rota(layer("weekly", ["ada", "bo", "cleo"], **WEEKLY))
    people = ["ada", {"person": "bo", "until": "2026-12-31"}, "cleo", {"person": "dev", "from": "2027-01-01"}]
    after = rota(layer("weekly", people, **WEEKLY))
    span = ("2026-01-05 00:00", "2026-12-28 09:00")
    assert told(before, *span) == told(after, *span)


# -- layers -------------------------------------------------------------------------------------------------


def test_a_later_layer_wins_where_it_has_somebody() -> None:
    schedule = rota(
        layer("weekly", ["ada", "bo"], **WEEKLY), layer("nights", ["cleo"], restrictions=["22:00-06:00"])
    )
    assert told(schedule, "2026-01-06 00:00", "2026-01-07 00:00") == [
        "01-06 00:00 01-06 06:00 cleo",
        "01-06 06:00 01-06 22:00 ada",
        "01-06 22:00 01-07 00:00 cleo",
    ]
    assert on_call(schedule, berlin("2026-01-06 23:00")).reason == "layer nights"


def test_office_hours_and_the_weekend_over_days() -> None:
    schedule = rota(
        layer("office", ["ada"], restrictions=["Mon-Fri 09:00-17:00"]),
        layer("weekend", ["bo"], restrictions=["Fri 17:00 to Mon 09:00"]),
    )
    assert told(schedule, "2026-01-08 12:00", "2026-01-12 12:00") == [
        "01-08 12:00 01-08 17:00 ada",
        "01-08 17:00 01-09 09:00 gap: office is limited to other hours, weekend is limited to other hours",
        "01-09 09:00 01-09 17:00 ada",
        "01-09 17:00 01-12 09:00 bo",
        "01-12 09:00 01-12 12:00 ada",
    ]


def test_holidays_have_a_layer_of_their_own() -> None:
    schedule = rota(
        layer("weekly", ["ada"], not_on_holidays="DE"),
        layer("feasts", ["bo"], holidays={"country": "DE", "subdivision": "BY"}),
    )
    # Epiphany is a holiday in Bavaria, not in all of Germany.
    assert on_call(schedule, berlin("2026-01-06 12:00")).reason == "holiday layer feasts"
    assert who(schedule, "2026-01-07 00:00") == "ada"
    assert told(schedule, "2026-12-24 12:00", "2026-12-27 12:00") == [
        "12-24 12:00 12-25 00:00 ada",
        "12-25 00:00 12-27 00:00 bo",
        "12-27 00:00 12-27 12:00 ada",
    ]
    alone = rota(layer("weekly", ["ada"], not_on_holidays="DE"))
    assert on_call(alone, berlin("2026-12-25 12:00")).reason == "gap: weekly is not for holidays"


def test_years_without_a_change_are_one_gap() -> None:
    schedule = rota(layer("soon", ["ada"], start="2090-01-01"))
    gap = on_call(schedule, utc("2026-01-01"))
    assert (gap.starts_at, gap.ends_at) == (EARLIEST, berlin("2090-01-01"))
    left = rota(layer("left", [{"person": "ada", "until": "2026-01-31"}], every="1h"))
    assert on_call(left, utc("2050-01-01")).ends_at == LATEST


# -- overrides ----------------------------------------------------------------------------------------------


def test_an_override_cuts_a_shift_in_two() -> None:
    schedule = rota(layer("weekly", ["ada", "bo"], **WEEKLY))
    stand_in = override("cleo", berlin("2026-01-07 18:00"), berlin("2026-01-07 20:30"))
    assert told(schedule, "2026-01-05 09:00", "2026-01-12 09:00", stand_in) == [
        "01-05 09:00 01-07 18:00 ada",
        "01-07 18:00 01-07 20:30 cleo",
        "01-07 20:30 01-12 09:00 ada",
    ]
    shift = on_call(schedule, berlin("2026-01-07 19:00"), [stand_in])
    assert (shift.reason, shift.ends_at) == ("override", berlin("2026-01-07 20:30"))


def test_the_override_that_was_made_last_wins() -> None:
    schedule = rota(layer("weekly", ["ada"]))
    first = override("bo", berlin("2026-01-07 00:00"), berlin("2026-01-09 00:00"))
    second = override("cleo", berlin("2026-01-08 00:00"), berlin("2026-01-10 00:00"))
    third = override(None, berlin("2026-01-08 12:00"), berlin("2026-01-08 13:00"))
    assert told(schedule, "2026-01-07 00:00", "2026-01-10 00:00", first, second, third) == [
        "01-07 00:00 01-08 00:00 bo",
        "01-08 00:00 01-08 12:00 cleo",
        "01-08 12:00 01-08 13:00 gap: override",
        "01-08 13:00 01-10 00:00 cleo",
    ]


def test_an_override_of_another_schedule_or_without_length_changes_nothing() -> None:
    schedule = rota(layer("weekly", ["ada"]))
    at = berlin("2026-01-07 12:00")
    other = override("bo", at - timedelta(hours=1), at + timedelta(hours=1), schedule="backup")
    empty = override("bo", at, at)
    assert on_call(schedule, at, [other, empty]) == on_call(schedule, at)


# -- next, and shadows --------------------------------------------------------------------------------------


def test_next_is_the_next_change_of_hands() -> None:
    schedule = rota(layer("daily", ["ada", "ada", "bo"], **DAILY))
    found = next_shift(schedule, berlin("2026-01-05 12:00"))
    assert found is not None
    assert (found.person, found.starts_at) == ("bo", berlin("2026-01-07 09:00"))
    mine = next_shift(schedule, berlin("2026-01-05 12:00"), person="ada")
    assert mine is not None
    assert mine.starts_at == berlin("2026-01-08 09:00")
    assert next_shift(rota(layer("alone", ["ada"])), berlin("2026-01-05 12:00")) is None
    assert next_shift(schedule, berlin("2026-01-05 12:00"), person="eve") is None


def test_shadows_see_the_pages_and_are_never_first() -> None:
    parallel = layer("learning", ["dev", "ada"], **DAILY)
    people = ["eve", {"person": "cleo", "from": "2026-01-06"}]
    schedule = rota(
        layer("weekly", ["ada", "bo"], **WEEKLY), shadows={"people": people, "layers": [parallel]}
    )
    assert shadows(schedule, berlin("2026-01-05 12:00")) == ("eve", "dev")
    assert shadows(schedule, berlin("2026-01-06 12:00")) == ("eve", "cleo")  # ada is on call
    assert shadows(schedule, berlin("2026-01-13 12:00")) == ("eve", "cleo", "dev")
    eve = override("eve", berlin("2026-01-05 00:00"), berlin("2026-01-06 00:00"))
    assert shadows(schedule, berlin("2026-01-05 12:00"), [eve]) == ("dev",)
    assert on_call(schedule, berlin("2026-01-05 12:00")).person == "ada"


def test_a_moment_without_a_zone_or_out_of_reach_is_refused() -> None:
    schedule = rota(layer("weekly", ["ada"]))
    with pytest.raises(ValueError, match="naive"):
        on_call(schedule, datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point
    with pytest.raises(ValueError, match="out of reach"):
        on_call(schedule, utc("1999-12-31"))


# -- clocks that are put forward and back -------------------------------------------------------------------


def test_a_handoff_in_the_missing_hour_is_the_first_moment_after() -> None:
    # On 2026-03-29 02:00 becomes 03:00.
    schedule = rota(layer("daily", ["ada", "bo"], every="1d", handoff="02:30", start="2026-03-23"))
    shift = on_call(schedule, utc("2026-03-29 01:00"))
    assert (shift.starts_at, shift.ends_at) == (utc("2026-03-29 01:00"), berlin("2026-03-30 02:30"))
    assert on_call(schedule, utc("2026-03-29 00:59:59")).ends_at == utc("2026-03-29 01:00")


def test_a_handoff_that_occurs_twice_is_the_first_one() -> None:
    # On 2026-10-25 03:00 becomes 02:00: 02:30 is first 00:30 UTC, then 01:30.
    schedule = rota(layer("daily", ["ada", "bo"], every="1d", handoff="02:30", start="2026-10-19"))
    shift = on_call(schedule, utc("2026-10-25 01:00"))
    assert shift.starts_at == utc("2026-10-25 00:30")
    assert shift.ends_at == berlin("2026-10-26 02:30")


def test_hours_stay_with_the_wall_clock() -> None:
    schedule = rota(layer("hourly", ["ada", "bo", "cleo"], every="1h", handoff="00:00", start="2026-03-23"))
    spring = shifts(schedule, utc("2026-03-28 23:00"), utc("2026-03-29 03:00"))
    assert [s.starts_at.astimezone(BERLIN).hour for s in spring] == [0, 1, 3, 4]
    autumn = shifts(schedule, utc("2026-10-24 22:00"), utc("2026-10-25 03:00"))
    assert [s.starts_at.astimezone(BERLIN).hour for s in autumn] == [0, 1, 2, 3]
    assert autumn[2].ends_at - autumn[2].starts_at == timedelta(hours=2)
