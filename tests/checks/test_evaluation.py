"""When an alert opens and closes, however runs come out."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.checks.course import next_run
from bot.checks.evaluation import FAILING, Decision, Seen, Standing, Verdict, decide, judge, p95
from bot.checks.heartbeats import Heard, deadline, listen
from bot.checks.slo import Counts, budget
from bot.config.sections.checks import Check, HeartbeatProbe

NOW = datetime(2026, 3, 1, tzinfo=UTC)
severities = st.sampled_from(["P1", "P2", "P3", "P4"])
runs = st.lists(st.none() | severities, max_size=60)  # None: it passed


def follow(
    severities: list[str | None], opens_after: int, closes_after: int
) -> list[tuple[str | None, Decision]]:
    standing, found = Standing(), []
    for number, severity in enumerate(severities):
        verdict = Verdict(severity is None, severity, "this", "that", "why")
        decision = decide(
            standing,
            verdict,
            opens_after=opens_after,
            closes_after=closes_after,
            at=NOW + timedelta(minutes=number),
        )
        standing = decision.standing
        found.append((severity, decision))
    return found


@given(runs, st.integers(1, 5), st.integers(1, 5))
def test_an_alert_opens_after_failures_in_a_row_and_closes_after_successes_in_a_row(
    severities: list[str | None], opens_after: int, closes_after: int
) -> None:
    is_open = False
    history: list[bool] = []
    for severity, decision in follow(severities, opens_after, closes_after):
        history.append(severity is None)
        assert decision.reason
        if decision.act == "opens":
            assert not is_open
            assert not any(history[-opens_after:])
            assert len(history) >= opens_after
            is_open = True
        elif decision.act == "closes":
            assert is_open
            assert all(history[-closes_after:])
            is_open = False
        elif not is_open:
            assert any(history[-opens_after:]) or len(history) < opens_after
        assert (decision.standing.state == FAILING) == is_open


@given(runs, st.integers(2, 5))
def test_what_comes_and_goes_opens_nothing(severities: list[str | None], opens_after: int) -> None:
    every_second = [severity for one in severities for severity in (one, None)]
    assert all(decision.act == "none" for _, decision in follow(every_second, opens_after, 2))


@given(runs)
def test_while_it_is_open_its_severity_only_grows(severities: list[str | None]) -> None:
    before = None
    for _, decision in follow(severities, 1, 2):
        now = decision.standing.severity
        if before is not None and now is not None and decision.act != "opens":
            assert now <= before
            assert (now < before) == (decision.act == "worsens")
        before = now


@given(st.floats(-1e9, 1e9))
def test_of_the_thresholds_that_are_crossed_the_worst_counts(value: float) -> None:
    check = Check.model_validate(
        {
            "name": "it",
            "severity": "P4",
            "http": {"url": "https://example.com"},
            "thresholds": [
                {"above": 500, "severity": "P3"},
                {"above": 2000, "severity": "P1"},
                {"below": 0, "severity": "P2"},
            ],
        }
    )
    verdict = judge(check, Seen(True, "this", "that", value, value))
    wanted = "P1" if value > 2000 else "P2" if value < 0 else "P3" if value > 500 else None
    assert verdict.severity == wanted
    assert verdict.ok == (wanted is None)
    failed = judge(check, Seen(False, "this", "that", value, value))
    assert failed.severity == (wanted or "P4")


@given(
    st.text(min_size=1, max_size=20),
    st.integers(5, 86_400),
    st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1)),  # noqa: DTZ001
)
def test_a_rhythm_has_the_same_moments_whenever_it_is_asked(name: str, seconds: int, at: datetime) -> None:
    every, after = timedelta(seconds=seconds), at.replace(tzinfo=UTC)
    first = next_run(name, every, after=after)
    assert after < first <= after + every + timedelta(milliseconds=1)
    second = next_run(name, every, after=first + every / 10)
    assert abs(second - first - every) < timedelta(milliseconds=1)


# -- heartbeats -----------------------------------------------------------------------------------------------

minutes = st.integers(0, 10_000)
UTC_ZONE = ZoneInfo("UTC")


@given(minutes, st.none() | minutes, minutes)
def test_a_period_and_its_grace_are_waited_for(known: int, succeeded: int | None, now: int) -> None:
    heartbeat = HeartbeatProbe(period=timedelta(hours=1), grace=timedelta(minutes=10))
    heard = Heard(at(known), succeeded_at=None if succeeded is None else at(succeeded))
    last = known if succeeded is None else succeeded
    assert listen(heartbeat, heard, UTC_ZONE, now=at(now)).ok == (now <= last + 70)


@given(minutes, minutes, minutes)
def test_what_began_must_end_within_the_grace(succeeded: int, started: int, now: int) -> None:
    heartbeat = HeartbeatProbe(period=timedelta(days=300), grace=timedelta(minutes=10))
    heard = Heard(at(0), started_at=at(started), succeeded_at=at(succeeded))
    hangs = started > succeeded and now > started + 10
    assert listen(heartbeat, heard, UTC_ZONE, now=at(now)).ok == (not hangs)


@given(minutes, minutes)
def test_a_failure_counts_until_a_success(failed: int, succeeded: int) -> None:
    heartbeat = HeartbeatProbe(period=timedelta(days=300))
    heard = Heard(at(0), failed_at=at(failed), succeeded_at=at(succeeded))
    assert listen(heartbeat, heard, UTC_ZONE, now=at(10_001)).ok == (failed <= succeeded)


def test_a_cron_line_is_wall_time_also_when_the_clocks_change() -> None:
    heartbeat = HeartbeatProbe(cron="30 3 * * *", grace=timedelta(hours=1))
    berlin = ZoneInfo("Europe/Berlin")
    for night, hour in ((28, 2), (29, 1)):  # the clocks are put forward on 29 March
        heard = Heard(NOW, succeeded_at=datetime(2026, 3, night - 1, 12, tzinfo=UTC))
        assert deadline(heartbeat, heard, berlin) == datetime(2026, 3, night, hour + 1, 30, tzinfo=UTC)


BERLIN = ZoneInfo("Europe/Berlin")


def utc(month: int, day: int, hour: int, minute: int, second: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "last", "due"),
    [
        # 2:30 does not come on 29 March: what cron does at 3:00 instead is in time, and so is 3:30.
        ("30 2 * * *", utc(3, 28, 1, 31), utc(3, 29, 1, 30)),
        ("30 2 * * *", utc(3, 29, 1, 0), utc(3, 30, 0, 30)),
        # It comes twice on 25 October, and what runs at 2:30 runs once.
        ("30 2 * * *", utc(10, 24, 0, 31), utc(10, 25, 0, 30)),
        ("30 2 * * *", utc(10, 25, 0, 31), utc(10, 26, 1, 30)),
        # What runs each hour runs in both.
        ("30 * * * *", utc(10, 25, 0, 31), utc(10, 25, 1, 30)),
        ("30 * * * *", utc(10, 25, 1, 31), utc(10, 25, 2, 30)),
        # Somebody's clock is some seconds ahead of ours.
        ("30 3 * * *", utc(6, 1, 1, 29, 58), utc(6, 2, 1, 30)),
        ("30 3 * * *", utc(6, 1, 1, 20), utc(6, 1, 1, 30)),
    ],
)
def test_a_cron_line_holds_when_hours_are_missing_or_come_twice(
    cron: str, last: datetime, due: datetime
) -> None:
    heartbeat = HeartbeatProbe(cron=cron, grace=timedelta(minutes=7))
    heard = Heard(NOW, succeeded_at=last)
    assert deadline(heartbeat, heard, BERLIN) == due + timedelta(minutes=7)


def at(minute: int) -> datetime:
    return NOW + timedelta(minutes=minute)


# -- objectives and windows -----------------------------------------------------------------------------------

shares = st.none() | st.floats(0, 1)


@given(st.floats(50, 99.99), st.floats(2, 100), shares, shares, shares)
def test_a_burn_is_fast_when_it_was_for_an_hour_and_still_is(
    target: float, fast: float, period: float | None, long: float | None, short: float | None
) -> None:
    stands = budget(target, fast, period=period, long=long, short=short)
    allowed = 1 - target / 100
    both = long is not None and short is not None and long / allowed >= fast and short / allowed >= fast
    assert stands.burns_fast == both
    assert stands.reason
    if period is not None:
        assert stands.left is not None
        assert stands.left <= 1


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_a_budget_is_spent_by_what_is_bad(good: int, bad: int) -> None:
    share = Counts(good, good + bad).bad_share
    if good + bad == 0:
        assert share is None
    else:
        stands = budget(99, 14.4, period=share, long=None, short=None)
        assert stands.left is not None
        assert abs(stands.left - (1 - 100 * bad / (good + bad))) < 1e-6


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=300))
def test_95_of_100_do_not_exceed_the_p95(latencies: list[float]) -> None:
    found = p95(latencies)
    assert found in latencies
    assert sum(value <= found for value in latencies if found is not None) >= 0.95 * len(latencies)
    assert sum(value < found for value in latencies if found is not None) < 0.95 * len(latencies)
