"""When an action item's owner is reminded: before, on the day, and ever more firmly after it."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.reviews.action_reminders import Firmness, firmness, following

BERLIN = ZoneInfo("Europe/Berlin")
DUE = date(2026, 10, 26)  # the Monday after the clocks are put back


def reminders(after: datetime, count: int) -> list[datetime]:
    found = []
    for _ in range(count):
        after = following(DUE, after=after, at=time(9), ahead=2, zone=BERLIN)
        found.append(after)
    return found


def test_two_days_before_on_the_day_and_then_by_and_by() -> None:
    made = datetime(2026, 10, 1, 12, tzinfo=UTC)
    assert [(at.astimezone(BERLIN).date() - DUE).days for at in reminders(made, 8)] == [
        -2, 0, 1, 3, 7, 14, 21, 28,
    ]  # fmt: skip
    # Nine o'clock on the wall, in summer as in winter.
    assert [at.hour for at in reminders(made, 2)] == [7, 8]


def test_what_is_late_by_years_is_reminded_each_week() -> None:
    long_after = datetime(2031, 3, 5, 12, tzinfo=UTC)
    first, second = reminders(long_after, 2)
    assert second.astimezone(BERLIN).date() - first.astimezone(BERLIN).date() == timedelta(days=7)
    assert first - long_after <= timedelta(days=7)


@given(
    minutes=st.integers(0, 4 * 366 * 24 * 60),
    at=st.times(),
    ahead=st.integers(0, 60),
    due=st.dates(date(2026, 1, 1), date(2030, 1, 1)),
)
def test_there_is_always_a_next_one(minutes: int, at: time, ahead: int, due: date) -> None:
    after = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    found = following(due, after=after, at=at, ahead=ahead, zone=BERLIN)
    assert found > after
    # It is the first: nothing lies between.
    assert following(due, after=found - timedelta(microseconds=1), at=at, ahead=ahead, zone=BERLIN) == found


def test_it_grows_firmer() -> None:
    days = [firmness(DUE, DUE + timedelta(days=day)) for day in (-2, 0, 1, 3, 7, 14)]
    assert days == [
        Firmness.AHEAD,
        Firmness.TODAY,
        Firmness.LATE,
        Firmness.VERY_LATE,
        Firmness.VERY_LATE,
        Firmness.VERY_LATE,
    ]
