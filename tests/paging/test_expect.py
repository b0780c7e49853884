"""Tests of the paging rules in app.yaml: read, run, and told where the rules do otherwise."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.paging.expect import NotUnderstood, failures, reached, scene
from tests.paging.kit import MINUTE, NOW, company, shifts

WHO = shifts({"shop": "cleo"})


def told(when: str, *of: str, **more: Any) -> list[str]:
    config = company(expect=[{"when": when, "reached": list(of)}], timezone="Europe/Berlin", **more)
    return [str(one) for one in failures(config, WHO, NOW)]


def test_expectations_that_are_met_say_nothing() -> None:
    assert told("sev1 shop Sun 03:00 Europe/Berlin", "ada@0m", "bo@5m", "cleo@5m") == []
    assert told("P1 2026-12-24 03:00", "ada@0") == [], "what follows later does not matter"
    assert told("level 2 shop Monday 10:00 UTC", "ada@15m", "bo@20m", "cleo@20m") == []
    assert told("sev3 Sat 12:00", "ada@45h") == []
    assert told("sev4 shop Mon 10:00") == []


def test_one_that_is_not_met_says_who_is_reached_instead() -> None:
    assert told("sev1 shop Sun 03:00", "bo@0m", "dev@30m") == [
        "expect[1] (sev1 shop Sun 03:00): expected bo@0m, dev@30m; it reaches ada@0m, bo@5m, cleo@5m, ada@15m, bo@20m, "
        "cleo@20m, dev@30m"
    ]
    assert told("sev1 shop Sun 03:00") == [
        "expect[1] (sev1 shop Sun 03:00): nobody was expected, but it reaches ada@0m, bo@5m, cleo@5m"
    ]
    assert told("sev4 Sun 03:00", "ada@0m") == [
        "expect[1] (sev4 Sun 03:00): expected ada@0m; it reaches nobody"
    ]


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("sev1 shop", '"sev1 shop" is not understood; severity, service (if any), weekday or day, time'),
        ("sev9 shop Sun 03:00", '"sev9" is not among the severities'),
        ("sev1 shpo Sun 03:00", 'did you mean "shop"?'),
        ("sev1 shop Foo 03:00", '"Foo" is not a day'),
        ("sev1 shop Sun 25:00", '"25:00" is not a time of day'),
        ("sev1 shop Sun 03:00 Europe/Berln", '"Europe/Berln" is not a timezone'),
        ("sev1 shop Sun 03:00 UTC or so", "is not understood"),
    ],
)
def test_one_that_is_not_understood_says_why(when: str, words: str) -> None:
    (line,) = told(when, "ada@0m")
    assert words in line


def test_somebody_and_after_how_long() -> None:
    assert reached("ada@5m") == ("ada", 5 * MINUTE)
    assert reached("@sre @ 0m")[0] == "@sre"
    for wrong in ("ada", "ada@", "ada@soon"):
        with pytest.raises(NotUnderstood):
            reached(wrong)


def test_a_weekday_is_the_next_one_in_that_zone() -> None:
    config = company()
    at = scene("sev1 shop Wed 23:30 Asia/Tokyo", config, datetime(2026, 11, 18, 16, tzinfo=UTC)).at
    assert at == datetime(2026, 11, 25, 14, 30, tzinfo=UTC), "there it is Thursday already"
