"""The spans that digests tell of: days, weeks, months and quarters of a wall clock."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.sections.digests import Period
from bot.core.wall import wall_of
from bot.digests.spans import Span, between, complete, rolling

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/Santiago", "Australia/Lord_Howe", "Pacific/Apia"])
PERIODS = st.sampled_from(["daily", "weekly", "monthly", "quarterly"])
MOMENTS = st.integers(1_104_537_600, 2_051_222_400).map(
    lambda at: datetime.fromtimestamp(at, UTC)
)  # 2005 to 2034


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("period", "at", "start", "end", "before"),
    [
        # Over the night in which clocks go back, a week is an hour longer.
        (
            "weekly",
            utc(2026, 10, 26, 8, 30),
            utc(2026, 10, 18, 22),
            utc(2026, 10, 25, 23),
            utc(2026, 10, 11, 22),
        ),
        ("monthly", utc(2026, 3, 2, 8), utc(2026, 1, 31, 23), utc(2026, 2, 28, 23), utc(2025, 12, 31, 23)),
        ("quarterly", utc(2027, 1, 4, 9), utc(2026, 9, 30, 22), utc(2026, 12, 31, 23), utc(2026, 6, 30, 22)),
        ("daily", utc(2026, 11, 23, 8), utc(2026, 11, 22, 8), utc(2026, 11, 23, 8), utc(2026, 11, 21, 8)),
    ],
)
def test_what_lies_whole_behind_a_day(
    period: Period, at: datetime, start: datetime, end: datetime, before: datetime
) -> None:
    found = complete(period, at, BERLIN)
    assert found.span == Span(start, end)
    assert found.before == Span(before, start)


def test_a_daily_one_goes_on_where_the_last_ended_but_not_for_ever() -> None:
    at = utc(2026, 11, 23, 8)
    friday = at - timedelta(days=3)
    assert complete("daily", at, BERLIN, since=friday).span == Span(friday, at)
    assert complete("daily", at, BERLIN, since=at - timedelta(days=30)).span.length == timedelta(days=4)


@given(period=PERIODS, at=MOMENTS, name=ZONES)
def test_spans_are_in_order_and_meet(period: Period, at: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    for found in (complete(period, at, zone), rolling(period, at, zone)):
        assert found.before.start < found.before.end == found.span.start < found.span.end <= at
        assert all(one.end == other.start for one, other in pairwise(found.steps))
        assert all(step.start < step.end for step in found.steps)
        if found.steps:
            assert found.steps[-1].end == found.span.end
    assert rolling(period, at, zone).span.end == at
    whole = complete(period, at, zone)
    if period != "daily":
        # Midnight, or the first moment after it where clocks skip it.
        assert wall_of(whole.span.end, zone).hour <= 1
        assert wall_of(whole.span.end, zone).date() <= wall_of(at, zone).date()


@given(start=MOMENTS, days=st.integers(1, 1000), name=ZONES)
def test_any_span_is_held_against_as_much_before_it(start: datetime, days: int, name: str) -> None:
    found = between(start, start + timedelta(days=days), ZoneInfo(name))
    assert found.before == Span(start - timedelta(days=days), start)
    assert all(one.end == other.start for one, other in pairwise(found.steps))
    if found.steps:
        assert found.steps[-1].end == found.span.end
        assert found.steps[0].start >= start - timedelta(days=1)
