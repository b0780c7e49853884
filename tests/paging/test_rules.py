"""Urgency, business hours and personal rules: how loud, when, and by which methods."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.paging.hours import office_hours
from bot.paging.rules import Method, Quiet, Ring, Rule, Sent, rings
from bot.paging.urgency import start_of, urgency_of
from tests.paging.kit import MINUTE, NOW, Always, Never, company

SMS, MAIL = Method("sms", 1), Method("email", 2)
SLACK = Method("slack")


def told(found: tuple[Ring, ...]) -> list[tuple[str, float]]:
    return [(ring.method.kind, ring.delay.total_seconds() / 60) for ring in found]


def test_without_rules_slack_comes_first_and_the_others_follow_for_high_urgency() -> None:
    assert told(rings("high", [SMS, MAIL], [], now=NOW)) == [("slack", 0), ("sms", 1), ("email", 3)]
    assert told(rings("low", [SMS, MAIL], [], now=NOW)) == [("slack", 0)]


def test_own_rules_count_by_urgency_and_forget_methods_that_are_gone() -> None:
    rules = [Rule("high", 2 * MINUTE, 2), Rule("high", timedelta(), 1), Rule("low", MINUTE, None)]
    assert told(rings("high", [SMS, MAIL], rules, now=NOW)) == [("sms", 0), ("email", 2)]
    assert told(rings("low", [SMS, MAIL], rules, now=NOW)) == [("slack", 1)]
    assert told(rings("high", [], rules, now=NOW)) == [("slack", 0)], "a person without a way left"


def test_quiet_hours_hold_low_urgency_only() -> None:
    quiet = Quiet(time(22), time(7), "Europe/Berlin")
    late = datetime(2026, 11, 18, 23, 0, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    assert told(rings("low", [], [], now=late, quiet=quiet)) == [("slack", 8 * 60)]
    assert told(rings("high", [], [], now=late, quiet=quiet)) == [("slack", 0)]
    assert told(rings("low", [], [], now=late + timedelta(hours=9), quiet=quiet)) == [("slack", 0)]


def test_a_throttle_holds_back_until_the_hour_has_room_but_never_the_most_severe() -> None:
    sent = {SLACK: Sent(20, NOW + 7 * MINUTE)}
    assert told(rings("high", [], [], now=NOW, sent=sent, at_most=20)) == [("slack", 7)]
    assert told(rings("high", [], [], now=NOW, sent=sent, at_most=21)) == [("slack", 0)]
    assert told(rings("high", [], [], now=NOW, sent=sent, at_most=20, never_held_back=True)) == [("slack", 0)]


@given(
    st.sampled_from(["high", "low"]),
    st.lists(st.sampled_from([SMS, MAIL]), unique=True),
    st.lists(
        st.builds(
            Rule,
            st.sampled_from(["high", "low"]),
            st.timedeltas(timedelta(), timedelta(hours=24)),
            st.sampled_from([None, 1, 2, 99]),
        )
    ),
    st.none() | st.builds(Quiet, st.times(), st.times(), st.just("Europe/Berlin")),
    st.datetimes(timezones=st.just(UTC), min_value=datetime(2020, 1, 1), max_value=datetime(2030, 1, 1)),  # noqa: DTZ001
)
def test_nobody_is_ever_left_without_a_ring(
    urgency: object, methods: list[Method], rules: list[Rule], quiet: Quiet | None, now: datetime
) -> None:
    found = rings(urgency, methods, rules, now=now, quiet=quiet)  # type: ignore[arg-type]
    assert found
    assert all(ring.delay >= timedelta() for ring in found)
    assert all(ring.method in (SLACK, *methods) for ring in found)
    assert all(ring.reason for ring in found)


@pytest.mark.parametrize(
    ("word", "minutes", "reason"),
    [
        ("sev1", 0, "SEV1 pages at once"),
        ("sev2", 15, "SEV2 pages within 15m"),
        ("sev3", 0, "SEV3 pages in business hours"),
    ],
)
def test_a_severity_says_when_its_page_begins(word: str, minutes: int, reason: str) -> None:
    severity = company().severity(word)
    assert severity is not None
    start = start_of(severity, NOW, Always())
    assert (start.at, start.reason) == (NOW + minutes * MINUTE, reason)


def test_the_backlog_pages_nobody_and_business_hours_are_waited_for() -> None:
    config = company()
    assert start_of(config.severities[3], NOW, Always()).at is None
    assert start_of(config.severities[2], NOW, Never()).at == NOW + timedelta(days=1)


def test_the_first_urgency_rule_that_fits_counts() -> None:
    config = company(
        paging={
            "urgency": [
                {"services": ["shop"], "hours": False, "urgency": "low"},  # YAML reads off as false
                {"severities": ["SEV3"], "urgency": "high"},
            ]
        }
    )
    shop, (sev1, _, sev3, sev4) = config.services[0], config.severities
    assert urgency_of(config, sev1, shop, NOW, Never()) == ("low", "by rule 1 of paging.urgency")
    assert urgency_of(config, sev1, shop, NOW, Always()) == ("high", "as SEV1 says")
    assert urgency_of(config, sev3, None, NOW, Always()) == ("high", "by rule 2 of paging.urgency")
    assert urgency_of(config, sev4, None, NOW, Always())[0] == "low"
    assert urgency_of(config, None, None, NOW, Always()) == ("high", "as somebody asks for it")


def test_business_hours_know_nights_weekends_holidays_and_zones() -> None:
    config = company(timezone="Europe/Berlin", business_hours={"holidays": "DE"})
    hours = office_hours(config)

    def berlin(day: int, hour: int, month: int = 11) -> datetime:
        return datetime(2026, month, day, hour, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)

    assert hours.contains(berlin(18, 9))
    assert not hours.contains(berlin(18, 17))
    assert hours.next_open(berlin(18, 10)) == berlin(18, 10)
    assert hours.next_open(berlin(20, 18)) == berlin(23, 9), "Friday evening waits for Monday"
    assert hours.next_open(berlin(24, 20, month=12)) == berlin(28, 9, month=12), "Christmas"


def test_hours_over_midnight_and_over_the_weekend() -> None:
    night = office_hours(company(business_hours={"hours": "22:00-06:00", "timezone": "UTC"}))
    assert night.contains(NOW.replace(hour=23))
    assert night.contains(NOW.replace(hour=5))
    assert night.next_open(NOW) == NOW.replace(hour=22, minute=0)


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(2020, 1, 1), max_value=datetime(2030, 1, 1)))  # noqa: DTZ001
def test_the_next_opening_is_open_and_not_before(at: datetime) -> None:
    hours = office_hours(company(timezone="America/New_York"))
    found = hours.next_open(at)
    assert found >= at
    assert hours.contains(found)
