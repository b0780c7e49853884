"""The rules behind alerts: what joins what, the brake, flapping, maintenance."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.alerts import flapping, maintenance, storm
from bot.alerts.grouping import Candidate, dependencies, dependents, joins
from bot.config import Config, Flapping, Maintenance
from tests.paging.kit import company

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")


def chain() -> Config:
    """web stands on shop and search, shop on pay, pay on db."""
    services = {"web": ["shop", "search"], "shop": ["pay"], "pay": ["db"], "search": [], "db": []}
    return company(services=[{"name": n, "owner": "T", "depends_on": d} for n, d in services.items()])


CHAIN = chain()
NAMES = [service.name for service in CHAIN.services]


def candidate(
    number: int, service: str | None, *, ago: timedelta = MINUTE, group: str | None = None
) -> Candidate:
    return Candidate(number, service, number * 10, NOW - ago, NOW - ago, group)


def test_dependencies_go_all_the_way() -> None:
    assert dependencies(CHAIN, "web") == {"shop", "search", "pay", "db"}
    assert dependents(CHAIN, "db") == {"pay", "shop", "web"}
    assert dependencies(CHAIN, "gone") == frozenset()


def test_its_own_group_comes_first_then_its_deepest_cause_then_its_effects() -> None:
    below, above = candidate(1, "pay"), candidate(2, "web")
    deepest, own = candidate(3, "db"), candidate(4, "shop", group="g")

    def found(*of: Candidate) -> tuple[int, str] | None:
        result = joins("g", "shop", of, CHAIN, NOW, within=HOUR)
        return None if result is None else (result.incident_id, result.role)

    assert found(below, above, deepest, own) == (4, "member")
    assert found(below, above, deepest) == (3, "symptom")
    assert found(below, above) == (1, "symptom")
    assert found(above) == (2, "root")
    assert found(candidate(5, "search")) is None
    assert found() is None


def test_what_is_long_ago_is_not_joined() -> None:
    old = candidate(1, "db", ago=timedelta(hours=1, seconds=1))
    assert joins("g", "pay", [old], CHAIN, NOW, within=HOUR) is None
    stale = candidate(1, "pay", ago=timedelta(hours=2), group="g")
    assert joins("g", "pay", [stale], CHAIN, NOW, within=HOUR) is None


@given(
    st.one_of(st.none(), st.sampled_from(NAMES)),
    st.lists(
        st.builds(
            candidate,
            st.integers(1, 9),
            st.one_of(st.none(), st.sampled_from(NAMES)),
            ago=st.integers(0, 7200).map(lambda s: timedelta(seconds=s)),
            group=st.sampled_from([None, "g", "h"]),
        )
    ),
)
def test_what_is_joined_is_related_and_recent(service: str | None, of: list[Candidate]) -> None:
    found = joins("g", service, of, CHAIN, NOW, within=HOUR)
    assert found == joins("g", service, list(reversed(of)), CHAIN, NOW, within=HOUR) or len(
        {one.incident_id for one in of}
    ) < len(of)
    if found is None:
        assert not [one for one in of if one.group == "g" and NOW - one.last_at <= HOUR]
        return
    assert found.reason
    (chosen, *_) = [one for one in of if (one.incident_id, one.root_id) == (found.incident_id, found.root_id)]
    matches = [one for one in of if one.incident_id == chosen.incident_id]
    if found.role == "member":
        assert any(one.group == "g" for one in matches)
    elif found.role == "symptom":
        assert any(one.service in dependencies(CHAIN, str(service)) for one in matches)
    else:
        assert any(service in dependencies(CHAIN, str(one.service)) for one in matches)


# -- the brake ------------------------------------------------------------------------------------------------


@given(
    st.integers(1, 10),
    st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=60),
)
def test_no_minute_opens_more_than_its_budget_but_for_the_highest(
    budget: int, arrivals: list[tuple[int, bool]]
) -> None:
    at, spent = NOW, None
    opened: list[tuple[datetime, bool]] = []
    for gap, highest in arrivals:
        at += timedelta(seconds=gap)
        decided = storm.brake(spent, at, budget=budget, highest=highest)
        if spent is not None and decided.spent.since == spent.since:
            assert decided.spent.pages >= spent.pages
        spent = decided.spent
        assert decided.opens or not highest
        assert decided.reason
        if decided.opens and not highest:
            opened.append((spent.since, highest))
    for since in {start for start, _ in opened}:
        assert len([1 for start, _ in opened if start == since]) <= budget


@given(st.integers(0, 10_000))
def test_the_more_there_is_the_rarer_it_is_told_and_never_too_late(count: int) -> None:
    assert storm.refresh_after(count) <= storm.refresh_after(count + 1) <= timedelta(seconds=30)


def test_a_fingerprint_is_of_the_failure_not_of_the_machine() -> None:
    assert storm.fingerprint("Disk of db-1 is 93% full") == storm.fingerprint("Disk of db-12 is 99% full")
    assert storm.fingerprint("Disk is full") != storm.fingerprint("CPU is hot")
    assert storm.fingerprint("x", {"alertname": "Down"}) == "Down"


# -- flapping -------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 3600), max_size=30))
def test_flapping_begins_after_so_many_quick_returns_and_ends_with_quiet(gaps: list[int]) -> None:
    rule = Flapping(times=4, within=timedelta(minutes=30), quiet=timedelta(minutes=10))
    flaps, quick = 0, 0
    for gap in gaps:
        found = flapping.came_back(flaps, NOW, NOW + timedelta(seconds=gap), rule)
        quick = quick + 1 if gap <= 1800 else 0
        assert found.count == quick
        assert found.is_flapping == (quick >= 4)
        assert (flapping.ends(found.count, NOW, rule) is not None) == found.is_flapping
        flaps = found.count


# -- maintenance ----------------------------------------------------------------------------------------------


def window(**said: Any) -> Maintenance:
    return Maintenance.model_validate({"name": "w", **said})


def with_windows(*windows: dict[str, Any]) -> Config:
    return company(
        timezone="Europe/Berlin", maintenance=[{"name": f"w{n}", **one} for n, one in enumerate(windows)]
    )


def test_a_window_is_of_its_services_and_the_longest_counts() -> None:
    config = with_windows(
        {"services": ["shop"], "from": "2026-12-01 22:00", "to": "2026-12-01 23:00"},
        {"from": "2026-12-01 22:30", "to": "2026-12-02 01:00"},
    )
    at = datetime(2026, 12, 1, 22, 15, tzinfo=BERLIN)
    found = maintenance.silence(config, "shop", at)
    assert found is not None
    assert (found.reason, found.until) == ("maintenance w0", datetime(2026, 12, 1, 23, tzinfo=BERLIN))
    assert maintenance.silence(config, None, at) is None
    found = maintenance.silence(config, "shop", at + timedelta(minutes=30))
    assert found is not None
    assert found.reason == "maintenance w1"
    assert maintenance.silence(config, "shop", at + timedelta(hours=3)) is None


def test_a_recurring_window_keeps_its_wall_time_over_a_change_of_the_clocks() -> None:
    """On 25 October the night has 25 hours, on 29 March 23."""
    said = window(every="0 3 * * sun", length="1h")
    for month, day in ((3, 22), (3, 29), (10, 25), (11, 1)):
        start = datetime(2026, month, day, 3, tzinfo=BERLIN).astimezone(UTC)
        for at, lies_in in ((start, True), (start + 59 * MINUTE, True), (start + HOUR, False)):
            assert (maintenance.running(said, "Europe/Berlin", at) is not None) == lies_in, at
        assert maintenance.running(said, "Europe/Berlin", start - MINUTE) is None


def test_the_budget_of_the_month_is_used_up_and_then_it_rings() -> None:
    said = window(every="0 3 * * *", length="2h", budget=5, timezone="UTC")
    third = datetime(2026, 11, 3, 3, 30, tzinfo=UTC)
    found = maintenance.running(said, "UTC", third)
    assert found is not None
    assert found.end == third.replace(hour=4, minute=0), "only an hour is left"
    assert maintenance.running(said, "UTC", third.replace(hour=4, minute=1)) is None
    assert maintenance.running(said, "UTC", third + timedelta(days=1)) is None
    assert maintenance.used(said, "UTC", third) == timedelta(hours=4.5)
    assert maintenance.used(said, "UTC", third + timedelta(days=9)) == timedelta(hours=5)
    assert maintenance.running(said, "UTC", datetime(2026, 12, 1, 3, 30, tzinfo=UTC)) is not None


zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])
recurring = st.builds(
    lambda minute, hour, days, length, budget: window(
        every=f"{minute} {hour} * * {days}", length=f"{length}m", **({"budget": budget} if budget else {})
    ),
    st.integers(0, 59),
    st.integers(0, 23),
    st.sampled_from(["*", "sun", "mon-fri"]),
    st.integers(1, 3000),
    st.sampled_from([None, 0.5, 3, 100]),
)


@given(recurring, zones, st.integers(0, 366 * 24 * 60))
def test_a_window_that_runs_contains_the_moment_and_keeps_its_budget(
    said: Maintenance, zone: str, minute: int
) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    found = maintenance.running(said, zone, at)
    if found is not None:
        assert found.start <= at < found.end
        assert said.length is not None
        assert found.end - found.start <= said.length
    used = maintenance.used(said, zone, at)
    assert timedelta() <= used
    if said.budget is not None:
        assert used <= timedelta(hours=said.budget)
    spans = list(maintenance.allowed(said, ZoneInfo(zone), at))
    assert all(one.start < one.end for one in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))
