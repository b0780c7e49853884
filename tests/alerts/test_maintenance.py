"""Maintenance windows: what they silence, and how many hours a month they take."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.alerts import maintenance
from bot.alerts.maintenance import Plan, Window
from tests.paging.kit import company

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")


def plan(zone: str = "Europe/Berlin", **said: Any) -> Plan:
    config = company(timezone=zone, maintenance=[{"name": "w", **said}])
    (found,) = maintenance.plans(config)
    return found


def with_windows(*windows: dict[str, Any]) -> list[Plan]:
    config = company(
        timezone="Europe/Berlin", maintenance=[{"name": f"w{n}", **one} for n, one in enumerate(windows)]
    )
    return maintenance.plans(config)


def test_a_window_is_of_its_services_and_the_longest_counts() -> None:
    planned = with_windows(
        {"services": ["shop"], "from": "2026-12-01 22:00", "to": "2026-12-01 23:00"},
        {"from": "2026-12-01 22:30", "to": "2026-12-02 01:00"},
    )
    at = datetime(2026, 12, 1, 22, 15, tzinfo=BERLIN)
    found = maintenance.silence(planned, "shop", at)
    assert found is not None
    assert (found.reason, found.until) == ("maintenance w0", datetime(2026, 12, 1, 23, tzinfo=BERLIN))
    assert maintenance.silence(planned, None, at) is None
    found = maintenance.silence(planned, "shop", at + timedelta(minutes=30))
    assert found is not None
    assert found.reason == "maintenance w1"
    assert maintenance.silence(planned, "shop", at + timedelta(hours=3)) is None


def test_a_recurring_window_keeps_its_wall_time_over_a_change_of_the_clocks() -> None:
    """On 25 October the night has 25 hours, on 29 March 23."""
    said = plan(every="0 3 * * sun", length="1h")
    for month, day in ((3, 22), (3, 29), (10, 25), (11, 1)):
        start = datetime(2026, month, day, 3, tzinfo=BERLIN).astimezone(UTC)
        for at, lies_in in ((start, True), (start + 59 * MINUTE, True), (start + HOUR, False)):
            assert (maintenance.running(said, at) is not None) == lies_in, at
        assert maintenance.running(said, start - MINUTE) is None


def test_the_budget_of_the_month_is_used_up_and_then_it_rings() -> None:
    said = plan(every="0 3 * * *", length="2h", budget=5, timezone="UTC")
    third = datetime(2026, 11, 3, 3, 30, tzinfo=UTC)
    found = maintenance.running(said, third)
    assert found is not None
    assert found.end == third.replace(hour=4, minute=0), "only an hour is left"
    assert maintenance.running(said, third.replace(hour=4, minute=1)) is None
    assert maintenance.running(said, third + timedelta(days=1)) is None
    assert maintenance.used(said, third) == timedelta(hours=4.5)
    assert maintenance.used(said, third + timedelta(days=9)) == timedelta(hours=5)
    assert maintenance.running(said, datetime(2026, 12, 1, 3, 30, tzinfo=UTC)) is not None


ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]
zones = st.sampled_from(ZONES)
recurring = st.builds(
    lambda zone, minute, hour, days, length, budget: plan(
        zone,
        every=f"{minute} {hour} * * {days}",
        length=f"{length}m",
        **({"budget": budget} if budget else {}),
    ),
    zones,
    st.integers(0, 59),
    st.integers(0, 23),
    st.sampled_from(["*", "sun", "mon-fri"]),
    st.integers(1, 3000),
    st.sampled_from([None, 0.5, 3, 100]),
)


@given(recurring, st.integers(0, 366 * 24 * 60))
def test_a_window_that_runs_contains_the_moment_and_keeps_its_budget(said: Plan, minute: int) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    found = maintenance.running(said, at)
    if found is not None:
        assert found.start <= at < found.end
        assert found.end - found.start <= said.length
    used = maintenance.used(said, at)
    assert timedelta() <= used
    if said.budget is not None:
        assert used <= said.budget
    spans = list(maintenance.allowed(said, at))
    assert all(one.start < one.end for one in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))
    following = maintenance.coming(said, at)
    assert following is not None
    assert following.start > at
    assert list(maintenance.windows(said, at + MINUTE, following.start)) == []


# The nights in which clocks change, in all of these zones.
changes = st.sampled_from([datetime(2026, m, d, tzinfo=UTC) for m, d in ((3, 8), (3, 29), (4, 5), (10, 25))])


@given(zones, changes, st.integers(-2000, 2000), st.integers(1, 3000), st.integers(-200, 3200))
def test_one_that_happens_once_silences_from_its_beginning_to_its_end_and_no_moment_else(
    zone: str, around: datetime, shift: int, length: int, minute: int
) -> None:
    """As app.yaml writes it in wall time, and as somebody starts it in Slack."""
    start = around + shift * MINUTE
    end, at = start + length * MINUTE, start + minute * MINUTE
    wall = ZoneInfo(zone)
    # With its offset: in the hour that comes twice wall time alone would name two moments.
    written = plan(
        zone, **{"from": start.astimezone(wall).isoformat(), "to": end.astimezone(wall).isoformat()}
    )
    by_hand = Plan("#7", ZoneInfo("UTC"), ("shop",), Window(start, end), number=7)
    for said in (written, by_hand):
        found = maintenance.silence([said], "shop", at)
        assert (found is not None) == (start <= at < end)
        if found is not None:
            assert found.until == end
            assert found.number == said.number
    assert maintenance.silence([by_hand], "search", at) is None
    assert maintenance.silence([by_hand], None, at) is None


def test_wall_times_are_those_of_the_zone_also_where_the_clocks_change_in_between() -> None:
    said = plan(**{"from": "2026-10-25 01:00", "to": "2026-10-25 05:00"})
    assert said.once is not None
    assert said.once.end - said.once.start == 5 * HOUR, "the hour after two comes twice"
    assert said.once.start == datetime(2026, 10, 24, 23, tzinfo=UTC)


# -- the budget of what people start ------------------------------------------------------------------------------

MONTHS = datetime(2026, 9, 1, tzinfo=UTC)
stretches = st.lists(
    st.builds(
        lambda start, length: Window(MONTHS + start * HOUR, MONTHS + (start + length) * HOUR),
        st.integers(0, 90 * 24),
        st.integers(1, 7 * 24),
    ),
    max_size=12,
)


@given(stretches, zones, st.integers(1, 744))
def test_the_budget_of_no_month_is_exceeded_whatever_people_ask_for(
    asked: list[Window], zone: str, hours: int
) -> None:
    wall, budget = ZoneInfo(zone), hours * HOUR
    known: list[Window] = []
    for one in asked:
        over = maintenance.overspends(known, one, budget, wall)
        if over is None:
            known.append(one)
        else:
            assert timedelta() <= over.before <= budget < over.after
    at = MONTHS
    while at < MONTHS + timedelta(days=130):
        month = maintenance.month_of(at, wall)
        assert month.contains(at)
        assert timedelta() <= maintenance.spent(known, month) <= budget
        at = month.end


@given(stretches, zones)
def test_what_overlaps_counts_once(asked: list[Window], zone: str) -> None:
    month = maintenance.month_of(MONTHS + timedelta(days=40), ZoneInfo(zone))
    half = timedelta(minutes=30)
    count = int((month.end - month.start) / half)
    moments = [month.start + n * half for n in range(count)]
    silent = [at for at in moments if any(one.contains(at) for one in asked)]
    assert maintenance.spent(asked, month) == len(silent) * half


def test_a_window_over_the_turn_of_the_month_counts_in_each() -> None:
    late = Window(datetime(2026, 10, 31, 20, tzinfo=UTC), datetime(2026, 11, 1, 4, tzinfo=UTC))
    zone = ZoneInfo("UTC")
    assert maintenance.overspends([], late, 4 * HOUR, zone) is None
    taken = [Window(datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 20, 1, tzinfo=UTC))]
    over = maintenance.overspends(taken, late, 4 * HOUR, zone)
    assert over is not None
    assert (over.month.month, over.before, over.after) == (11, HOUR, 5 * HOUR)
