"""Times that lie behind, as people type them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.errors import UserError
from handlers.commands.began import past_moment

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
    assert past_moment(words, ZoneInfo("Europe/Berlin"), now=NOW) == at


@pytest.mark.parametrize("words", ["a while ago", "25:00", "lately", "12:60"])
def test_what_is_no_time_is_refused(words: str) -> None:
    with pytest.raises(UserError):
        past_moment(words, ZoneInfo("UTC"), now=NOW)
