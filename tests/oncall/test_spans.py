"""Spans as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import UserError
from bot.oncall.spans import read_span
from tests.oncall.rota import BERLIN, berlin

NOW = berlin("2026-03-25 12:00")  # a Wednesday; clocks are put forward on Sunday, the 29th


@pytest.mark.parametrize(
    ("text", "start", "end", "rest"),
    [
        ("tomorrow 09:00 to 18:00", "2026-03-26 09:00", "2026-03-26 18:00", ""),
        (
            "from tomorrow 09:00 until 18:00 dentist at 10",
            "2026-03-26 09:00",
            "2026-03-26 18:00",
            "dentist at 10",
        ),
        ("22:00-06:00 night shift", "2026-03-25 22:00", "2026-03-26 06:00", "night shift"),
        ("09:00 to 10:00", "2026-03-26 09:00", "2026-03-26 10:00", ""),
        ("Fri 17:00 to Mon 09:00 skiing", "2026-03-27 17:00", "2026-03-30 09:00", "skiing"),
        ("Wed 17:00 to tomorrow 09:00", "2026-03-25 17:00", "2026-03-26 09:00", ""),
        ("for 2h 30m to see a doctor", "2026-03-25 12:00", "2026-03-25 14:30", "to see a doctor"),
        ("until 18:00", "2026-03-25 12:00", "2026-03-25 18:00", ""),
        ("in 2h for 1h", "2026-03-25 14:00", "2026-03-25 15:00", ""),
        ("2026-04-01 09:00 to 2026-04-02 10:00", "2026-04-01 09:00", "2026-04-02 10:00", ""),
        ("Sun 01:00 to 04:00", "2026-03-29 01:00", "2026-03-29 04:00", ""),
    ],
)
def test_what_is_understood(text: str, start: str, end: str, rest: str) -> None:
    found = read_span(text, BERLIN, now=NOW)
    assert (found.starts_at, found.ends_at, found.rest) == (berlin(start), berlin(end), rest)


def test_a_night_in_which_clocks_are_put_forward_is_an_hour_shorter() -> None:
    found = read_span("Sun 01:00 to 04:00", BERLIN, now=NOW)
    assert found.ends_at - found.starts_at == timedelta(hours=2)


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "tomorrow 09:00 to", "09:00 to soon", "25:00 to 26:00", "to"]
)
def test_what_is_not_gets_the_ways_to_write_it(text: str) -> None:
    with pytest.raises(UserError, match="Write"):
        read_span(text, BERLIN, now=NOW)


@given(st.text(max_size=80), st.text(max_size=40))
def test_any_text_is_read_or_refused(first: str, second: str) -> None:
    for text in (first, f"{first} to {second}", f"{first} for {second}"):
        try:
            read_span(text, BERLIN, now=NOW)
        except UserError:
            continue
