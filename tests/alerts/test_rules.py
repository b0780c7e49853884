"""The rules behind alerts: what joins what, the brake, flapping."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.alerts import flapping, storm
from bot.alerts.grouping import Candidate, dependencies, dependents, joins
from bot.config import Config, Flapping
from tests.paging.kit import company

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


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
    assert found(candidate(6, "db", group="g")) == (6, "symptom"), "as those of its group before it"
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
