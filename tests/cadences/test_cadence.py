"""When something comes again: in every zone, over five years, whatever the clocks and the holidays do."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise, product, takewhile
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cadences.cadence import Cadence, following, latest, occurrences
from bot.config.calendar import Cadence as Said
from bot.core.wall import moment_of, wall_of
from tests.zones import FROM, TO, ZONES, behaviours, transitions

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Free:
    """Holidays, and an office that works from Monday to Friday."""

    def __init__(self, *holidays: date) -> None:
        self.holidays = frozenset(holidays)

    def is_holiday(self, day: date) -> bool:
        return day in self.holidays

    def is_working_day(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self.holidays


def cadence(said: Said | str, zone: str = "UTC", *holidays: date) -> Cadence:
    return Cadence(Said(every=said) if isinstance(said, str) else said, ZoneInfo(zone), Free(*holidays))


def walls_of(cadence: Cadence, start: datetime, end: datetime) -> list[str]:
    found = takewhile(lambda at: at < end, occurrences(cadence, after=start))
    return [f"{wall_of(at, cadence.zone):%a %d %b %H:%M}" for at in found]


def test_every_second_monday_at_ten_of_the_wall_clock() -> None:
    """Also over the night in which the clocks go back."""
    every_two = cadence(Said(every="0 10 * * mon", weeks=2, since=date(2026, 10, 5)), "Europe/Berlin")
    found = walls_of(every_two, datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC))
    assert found == ["Mon 05 Oct 10:00", "Mon 19 Oct 10:00", "Mon 02 Nov 10:00", "Mon 16 Nov 10:00"]


def test_every_second_week_is_kept_over_a_year_of_53_weeks() -> None:
    every_two = cadence(Said(every="0 10 * * mon", weeks=2, since=date(2026, 1, 5)))
    found = takewhile(
        lambda at: at.year < 2028, occurrences(every_two, after=datetime(2026, 1, 1, tzinfo=UTC))
    )
    assert {after - before for before, after in pairwise(found)} == {14 * DAY}


def test_nothing_comes_before_its_first_day() -> None:
    from_december = cadence(Said(every="0 10 * * *", since=date(2026, 12, 1)))
    assert following(from_december, after=datetime(2026, 10, 1, tzinfo=UTC)) == datetime(
        2026, 12, 1, 10, tzinfo=UTC
    )


def test_an_hour_that_comes_twice_is_carried_out_once_and_one_that_is_missing_at_its_end() -> None:
    nightly = cadence("30 2 * * *", "Europe/Berlin")
    back = [
        *takewhile(lambda at: at.day < 28, occurrences(nightly, after=datetime(2026, 10, 24, tzinfo=UTC)))
    ]
    assert [f"{at:%d %H:%M}" for at in back] == ["24 00:30", "25 00:30", "26 01:30", "27 01:30"]
    forward = following(nightly, after=datetime(2026, 3, 28, 12, tzinfo=UTC))
    assert forward is not None
    assert f"{wall_of(forward, nightly.zone):%d %H:%M}" == "29 03:00"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            "keep",
            [
                "Thu 24 Dec 09:00",
                "Fri 25 Dec 09:00",
                "Sat 26 Dec 09:00",
                "Sun 27 Dec 09:00",
                "Mon 28 Dec 09:00",
            ],
        ),
        ("skip", ["Thu 24 Dec 09:00", "Sun 27 Dec 09:00", "Mon 28 Dec 09:00"]),
        # What is moved meets the one of that day: two digests in one minute are one.
        ("move", ["Thu 24 Dec 09:00", "Sun 27 Dec 09:00", "Mon 28 Dec 09:00"]),
    ],
)
def test_holidays_are_kept_skipped_or_moved_from(rule: str, expected: list[str]) -> None:
    said = Said.model_validate({"every": "0 9 * * *", "on_holidays": rule})
    daily = cadence(said, "Europe/Berlin", date(2026, 12, 25), date(2026, 12, 26))
    found = walls_of(daily, datetime(2026, 12, 24, tzinfo=UTC), datetime(2026, 12, 29, tzinfo=UTC))
    assert found == expected


def test_a_weekly_one_on_a_holiday_moves_to_the_next_working_day() -> None:
    said = Said(every="0 10 * * fri", on_holidays="move")
    weekly = cadence(said, "UTC", date(2026, 12, 25), date(2027, 1, 1))
    found = walls_of(weekly, datetime(2026, 12, 20, tzinfo=UTC), datetime(2027, 1, 10, tzinfo=UTC))
    assert found == ["Mon 28 Dec 10:00", "Mon 04 Jan 10:00", "Fri 08 Jan 10:00"]


def test_what_never_comes_ends() -> None:
    assert following(cadence("0 0 30 2 *"), after=FROM) is None


def test_around_every_change_of_every_zone_each_wall_time_comes_once() -> None:
    """Held against clocks that are watched minute by minute: what the cadence computes with is not asked."""
    half_hourly = {name: cadence("*/30 * * * *", name) for name in behaviours().values()}
    for name, one in half_hourly.items():
        for at in transitions(one.zone):
            start, end = at - 180 * MINUTE, at + 300 * MINUTE
            found = [*takewhile(lambda moment: moment < end, occurrences(one, after=start))]  # noqa: B023
            assert found == watched(one.zone, start, end), (name, at)


def watched(zone: ZoneInfo, start: datetime, end: datetime) -> list[datetime]:
    """When a clock on the wall shows, for the first time, another half hour than before or later."""
    found, at = [], start
    # Where the clock was put back before, it has shown more than it shows.
    reached = max(wall_of(start - MINUTE * back, zone) for back in range(0, 24 * 60, 5))
    while (at := at + MINUTE) < end:
        shown = wall_of(at, zone)
        if shown > reached:
            if (shown.date(), shown.hour, shown.minute // 30) != (
                reached.date(),
                reached.hour,
                reached.minute // 30,
            ):
                found.append(at)
            reached = shown
    return found


@pytest.mark.parametrize("clock", ["00:00", "00:30", "01:30", "02:00", "02:30", "03:00", "23:30"])
def test_what_comes_daily_comes_once_on_each_day_on_which_clocks_are_set(clock: str) -> None:
    hour, minute = clock.split(":")
    for name in behaviours().values():
        daily = cadence(f"{int(minute)} {int(hour)} * * *", name)
        for at in transitions(daily.zone):
            days = [wall_of(at, daily.zone).date() + DAY * n for n in range(-1, 2)]
            start = moment_of(datetime.combine(days[0], time()), daily.zone) - timedelta.resolution
            end = moment_of(datetime.combine(days[-1] + DAY, time()), daily.zone)
            found = [*takewhile(lambda moment: moment < end, occurrences(daily, after=start))]  # noqa: B023
            # In an hour that is missing before midnight, it is the midnight: the day after begins with it.
            assert len(found) == len(days), (name, at)
            for day, moment in zip(days, found, strict=True):
                assert wall_of(moment - MINUTE, daily.zone).date() <= day, (name, at)
                assert wall_of(moment, daily.zone) >= datetime.combine(day, time(int(hour), int(minute))), (
                    name,
                    at,
                )


# -- any cadence, in any zone ------------------------------------------------------------------------------------

zones = st.sampled_from(ZONES)
days = st.dates(FROM.date(), TO.date())
moments = st.datetimes(FROM.replace(tzinfo=None), TO.replace(tzinfo=None), timezones=st.just(UTC))


@st.composite
def cadences(draw: st.DrawFn) -> Cadence:
    weekdays = draw(st.sets(st.sampled_from(NAMES), min_size=1))
    hours = draw(st.sets(st.integers(0, 23), min_size=1, max_size=3))
    minutes = draw(st.sets(st.integers(0, 59), min_size=1, max_size=2))
    of_month = draw(st.just({"*"}) | st.sets(st.integers(1, 31), min_size=1, max_size=8))
    months = draw(st.just({"*"}) | st.sets(st.integers(1, 12), min_size=1, max_size=6))
    said = Said.model_validate(
        {
            "every": " ".join(_field(each) for each in (minutes, hours, of_month, months, weekdays)),
            "weeks": draw(st.integers(1, 5)),
            "since": draw(st.none() | days),
            "on_holidays": draw(st.sampled_from(["keep", "skip", "move"])),
        }
    )
    first = draw(days)
    free = Free(*(first + DAY * n for n in draw(st.sets(st.integers(0, 60), max_size=12))))
    return Cadence(said, ZoneInfo(draw(zones)), free)


def _field(values: set[Any]) -> str:
    return ",".join(map(str, sorted(values)))


def _names(field: str, value: int) -> bool:
    return field == "*" or str(value) in field.split(",")


def by_hand(cadence: Cadence, start: datetime, end: datetime) -> list[datetime]:
    """The moments in [start, end), found day by day."""
    said, found = cadence.said, set()
    minutes, hours, of_month, months, weekdays = said.every.split()
    first = said.since or date(2000, 1, 3)
    monday = first - DAY * first.weekday()
    for day in _days(start.date() - 40 * DAY, end.date() + 2 * DAY):
        counts = (said.since is None or day >= said.since) and (day - monday).days // 7 % said.weeks == 0
        if not counts or NAMES[day.weekday()] not in weekdays.split(","):
            continue
        if not (_names(of_month, day.day) and _names(months, day.month)):
            continue
        on = day
        if cadence.days.is_holiday(day) and said.on_holidays != "keep":
            if said.on_holidays == "skip":
                continue
            on = next(d for d in _days(day, day + 200 * DAY) if cadence.days.is_working_day(d))
        for hour, minute in product(hours.split(","), minutes.split(",")):
            found.add(moment_of(datetime.combine(on, time(int(hour), int(minute))), cadence.zone))
    return sorted(at for at in found if start <= at < end)


def _days(start: date, end: date) -> Iterator[date]:
    while start < end:
        yield start
        start += DAY


@settings(max_examples=300, deadline=None)
@given(cadences(), moments, st.integers(1, 400))
def test_each_occurrence_comes_once_and_none_twice(one: Cadence, start: datetime, length: int) -> None:
    end = start + DAY * length
    found = [*takewhile(lambda at: at < end, occurrences(one, after=start - timedelta.resolution))]
    assert found == by_hand(one, start, end)


@settings(max_examples=150, deadline=None)
@given(cadences(), moments, st.integers(0, 500))
def test_of_those_that_were_missed_the_last_is_found(one: Cadence, since: datetime, length: int) -> None:
    until = since + DAY * length
    expected = by_hand(one, since, until + timedelta.resolution)
    assert latest(one, since=since, until=until) == (expected[-1] if expected else None)
