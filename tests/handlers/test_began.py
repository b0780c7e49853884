"""Times that lie behind, as people type them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.errors import UserError
from handlers.past import past_moment, time_in_front

# Half past one at night in Berlin.
NOW = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "at"),
    [
        ("20m ago", datetime(2026, 11, 21, 0, 10, tzinfo=UTC)),
        ("1h 30m ago", datetime(2026, 11, 20, 23, 0, tzinfo=UTC)),
        ("01:10", datetime(2026, 11, 21, 0, 10, tzinfo=UTC)),
        ("23:50", datetime(2026, 11, 20, 22, 50, tzinfo=UTC)),  # that of yesterday
        ("yesterday 22:00", datetime(2026, 11, 20, 21, 0, tzinfo=UTC)),
        ("2026-11-19 09:00", datetime(2026, 11, 19, 8, 0, tzinfo=UTC)),
        ("2026-11-19T09:00Z", datetime(2026, 11, 19, 9, 0, tzinfo=UTC)),
    ],
)
def test_a_time_of_day_is_the_last_that_the_clock_showed(words: str, at: datetime) -> None:
    assert past_moment(words, ZoneInfo("Europe/Berlin"), now=NOW, ways="") == at


@pytest.mark.parametrize("words", ["a while ago", "25:00", "lately", "12:60"])
def test_what_is_no_time_is_refused(words: str) -> None:
    with pytest.raises(UserError):
        past_moment(words, ZoneInfo("UTC"), now=NOW, ways="")


@pytest.mark.parametrize(
    ("words", "at", "rest"),
    [
        ("01:10 deploy started", datetime(2026, 11, 21, 0, 10, tzinfo=UTC), "deploy started"),
        ("23:50: deploy\nof 42", datetime(2026, 11, 20, 22, 50, tzinfo=UTC), "deploy\nof 42"),
        ("yesterday 9:05 – deploy", datetime(2026, 11, 20, 8, 5, tzinfo=UTC), "deploy"),
        ("20m ago it began", datetime(2026, 11, 21, 0, 10, tzinfo=UTC), "it began"),
        ("1h 30m ago it began", datetime(2026, 11, 20, 23, 0, tzinfo=UTC), "it began"),
        ("2026-11-19 09:00 deploy", datetime(2026, 11, 19, 8, 0, tzinfo=UTC), "deploy"),
        ("2026-11-19T09:00Z deploy", datetime(2026, 11, 19, 9, 0, tzinfo=UTC), "deploy"),
        ("14:05", None, "14:05"),
        ("25:00 is no time", None, "25:00 is no time"),
        ("14:05pm or so", None, "14:05pm or so"),
        ("3 hosts are back", None, "3 hosts are back"),
        ("ago is a word", None, "ago is a word"),
    ],
)
def test_a_time_in_front_says_when_it_happened(words: str, at: datetime | None, rest: str) -> None:
    assert time_in_front(words, ZoneInfo("Europe/Berlin"), now=NOW, ways="") == (at, rest)
