"""When the sample goes through its backlog."""

from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from bot.cadences.cadence import occurrences
from bot.config import load
from bot.routine import grooming
from tests.acceptance.office import SAMPLE


def test_the_sample_does_once_a_month_on_its_first_tuesday() -> None:
    plan = grooming.plans(load(SAMPLE))[grooming.NAME]
    found = list(islice(occurrences(plan.cadence, after=datetime(2026, 1, 1, tzinfo=UTC)), 24))
    walls = [at.astimezone(ZoneInfo("Europe/Berlin")) for at in found]
    assert [(at.year, at.month) for at in walls] == [
        (year, month) for year in (2026, 2027) for month in range(1, 13)
    ]
    # A holiday moves it by a day or two; it is always in the afternoon of a working day.
    assert all(at.day <= 9 and at.weekday() < 5 and at.hour == 14 for at in walls)
    assert sum(at.weekday() == 1 and at.day <= 7 for at in walls) >= 22
