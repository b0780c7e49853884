"""The proof of a schedule, and moments as people type them."""

from __future__ import annotations

import contextlib
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import Config
from bot.core.errors import UserError
from bot.oncall.proof import Load, gaps, imbalances, loads
from bot.oncall.schedule import schedules_of, shifts
from bot.oncall.when import moment
from tests.oncall.rota import BERLIN, berlin, config_of, layer, utc


def test_gaps_that_touch_are_one_with_all_its_reasons() -> None:
    config = config_of(
        layer("office", ["ada"], restrictions=["Mon-Fri 09:00-17:00"], end="2026-01-09"),
        layer("later", ["bo"], start="2026-01-12"),
    )
    found = gaps(
        shifts(schedules_of(config)["primary"], berlin("2026-01-09 12:00"), berlin("2026-01-13 12:00"))
    )
    assert [(gap.starts_at, gap.ends_at) for gap in found] == [
        (berlin("2026-01-09 17:00"), berlin("2026-01-12 00:00"))
    ]
    assert found[0].reasons == (
        "office is limited to other hours, later has not begun",
        "office has ended, later has not begun",
    )


def test_what_each_person_bears() -> None:
    config = config_of(
        layer("weekly", ["ada", "bo"], every="1w", handoff="Monday 09:00", start="2025-12-22"),
        layer("nights", ["cleo"], restrictions=["Mon-Thu 22:00-06:00"], not_on_holidays="DE"),
    )
    found = shifts(schedules_of(config)["primary"], berlin("2025-12-22 09:00"), berlin("2026-01-05 09:00"))
    assert loads(found, config, config.schedules[0]) == [
        # Christmas and its nights: on holidays the layer of the nights is silent.
        Load("ada", hours=150.0, nights=5, weekends=1, holidays=2),
        Load("bo", hours=144.0, nights=5, weekends=1, holidays=1),
        Load("cleo", hours=42.0, nights=7, weekends=0, holidays=0),
    ]


def test_nights_are_those_where_the_person_lives() -> None:
    section = {
        "name": "primary",
        "owner": "ada",
        "layers": [layer("office", ["ada"], restrictions=["Mon-Fri 09:00-17:00"])],
    }
    # Nine hours behind: it is midnight to 08:00 there.
    people = [{"name": "ada", "email": "ada@example.com", "timezone": "America/Los_Angeles"}]
    given = {"organization": "Acme", "timezone": "Europe/Berlin", "people": people, "schedules": [section]}
    config = Config.model_validate(given)
    found = shifts(schedules_of(config)["primary"], berlin("2026-01-05 00:00"), berlin("2026-01-10 00:00"))
    (load,) = loads(found, config, config.schedules[0])
    assert (load.hours, load.nights) == (40.0, 5)


def test_whose_turn_never_comes_up_bears_nothing_and_is_told_all_the_same() -> None:
    """Seven daily turns and a layer for weekends: Saturday is always ada's, Sunday cleo's, and bo has none."""
    people = ["ada", "bo", "cleo", "ada", "bo", "ada", "cleo"]
    left = {"person": "dev", "until": "2026-01-31"}
    turns = {"every": "1d", "handoff": "00:00", "start": "2026-01-05", "restrictions": ["Sat-Sun"]}
    config = config_of(
        layer("weekends", people, **turns), layer("feasts", ["eve", left], holidays="DE", start="2026-01-01")
    )
    found = shifts(schedules_of(config)["primary"], berlin("2026-02-02 00:00"), berlin("2026-03-02 00:00"))
    assert [(load.person, load.hours) for load in loads(found, config, config.schedules[0])] == [
        ("ada", 96.0),
        ("cleo", 96.0),
        ("bo", 0.0),
        ("eve", 0.0),
    ]


def test_uneven_is_what_one_bears_far_more_of() -> None:
    found = [Load("ada", 300.0, 3, 1, 0), Load("bo", 100.0, 3, 1, 1), Load("cleo", 100.0, 3, 2, 0)]
    assert [(i.measure, i.person, i.value) for i in imbalances(found)] == [("hours", "ada", 300.0)]
    assert imbalances(found[:1]) == []
    assert imbalances([]) == []


NOW = utc("2026-11-21 09:30")  # a Saturday, 10:30 in Berlin


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("now", NOW),
        ("in 2h 30m", utc("2026-11-21 12:00")),
        ("2026-11-21 09:00", berlin("2026-11-21 09:00")),
        ("2026-11-21T09:00", berlin("2026-11-21 09:00")),
        ("2026-11-21", berlin("2026-11-21 00:00")),
        ("2026-11-21T09:00Z", utc("2026-11-21 09:00")),
        ("2026-11-21 09:00-05:00", utc("2026-11-21 14:00")),
        ("today 09:00", berlin("2026-11-21 09:00")),
        ("Tomorrow  03:00", berlin("2026-11-22 03:00")),
        ("yesterday", berlin("2026-11-20 00:00")),
        ("sat 11:00", berlin("2026-11-21 11:00")),
        ("Sat 09:00", berlin("2026-11-28 09:00")),
        ("Monday", berlin("2026-11-23 00:00")),
        ("2026-03-29 02:30", utc("2026-03-29 01:00")),  # missing in Berlin
    ],
)
def test_a_moment_as_people_write_it(text: str, at: datetime) -> None:
    assert moment(text, BERLIN, now=NOW) == at


@pytest.mark.parametrize(
    "text", ["", "soon", "mon 25:00", "in a while", "2026-02-30", "m 09:00", "1999-01-01", "2100-01-02"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        moment(text, BERLIN, now=NOW)


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    with contextlib.suppress(UserError):
        assert moment(text, BERLIN, now=NOW).tzinfo is not None
