"""One reminder a day, at the same wall time, whatever the clocks do and however long nobody looked."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.backlog.priority import LEVELS
from bot.core.wall import moment_of, wall_of
from bot.routine.reminding import next_reminder
from bot.routine.risks import severity

ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"])
DUE = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)).map(lambda at: at.replace(microsecond=0))  # noqa: DTZ001 - wall time


@given(ZONES, DUE, st.timedeltas(timedelta(), timedelta(days=500)))
def test_it_comes_within_a_day_or_so_and_never_at_once(name: str, wall: datetime, late: timedelta) -> None:
    zone = ZoneInfo(name)
    due_at = moment_of(wall, zone)
    now = (due_at + late).astimezone(UTC)
    found = next_reminder(due_at, zone, now=now)
    assert now < found <= now + timedelta(hours=50)
    same_hour = moment_of(datetime.combine(wall_of(found, zone).date(), wall_of(due_at, zone).time()), zone)
    assert found == same_hour or wall_of(due_at, zone) != wall


def test_how_great_a_risk_is_grows_with_likelihood_and_impact() -> None:
    greatness = {level: number for number, level in enumerate(reversed(LEVELS))}
    for more, less in (("high", "medium"), ("medium", "low")):
        for other in LEVELS:
            assert greatness[severity(more, other)] >= greatness[severity(less, other)]
            assert greatness[severity(other, more)] >= greatness[severity(other, less)]
    assert [severity("high", "high"), severity("medium", "medium"), severity("low", "low")] == list(LEVELS)
