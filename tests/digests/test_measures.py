"""What measures mean: docs/measures.md as rules."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import Config, load
from bot.digests.dora import LAID_TO_IT, Deployed, dora
from bot.digests.load import PersonLoad, loads, working_hours
from bot.digests.measures import Handled, in_time, incident_figures, lasting
from bot.digests.spans import Span

CONFIG = load(Path(__file__).resolve().parents[2] / "app.yaml")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = 60.0
SECONDS = st.none() | st.floats(0, 1e6)


def incident(number: int = 1, severity: str = "SEV1", **more: object) -> Handled:
    of = {"service": "payments", "declared_at": NOW - timedelta(days=1), **more}
    return Handled(number, severity, **of)  # type: ignore[arg-type]


@given(st.lists(SECONDS))
def test_what_is_not_known_is_left_out_and_is_no_zero(values: list[float | None]) -> None:
    known = sorted(value for value in values if value is not None)
    found = lasting(values)
    assert found.count == len(known)
    if not known:
        assert (found.mean, found.median) == (None, None)
        return
    assert found.mean is not None
    assert found.median is not None
    assert known[0] <= found.median <= known[-1]
    assert known[0] - 1e-6 <= found.mean <= known[-1] + 1e-6


@pytest.mark.parametrize(
    ("acknowledged", "resolved", "age", "met"),
    [
        (14.9, None, 60, True),
        (15.0, None, 60, True),
        (15.1, None, 60, False),
        (None, 10, 60, True),  # over before anybody had to come
        (20, 10, 60, True),
        (None, None, 14, None),
        (None, None, 16, False),
    ],
)
def test_a_response_target_is_met_missed_or_has_time_left(
    acknowledged: float | None, resolved: float | None, age: float, met: bool | None
) -> None:
    one = incident(
        declared_at=NOW - timedelta(minutes=age),
        acknowledged=None if acknowledged is None else acknowledged * MINUTE,
        resolved=None if resolved is None else resolved * MINUTE,
    )
    assert in_time(one, timedelta(minutes=15), now=NOW) is met


def test_targets_are_those_of_app_yaml_and_only_where_there_was_an_incident() -> None:
    found = incident_figures(
        [
            incident(1, "SEV1", acknowledged=5 * MINUTE, resolved=60 * MINUTE, effort=55 * MINUTE),
            incident(2, "SEV2", acknowledged=70 * MINUTE),
            incident(3, "SEV3", acknowledged=900 * MINUTE, service=None),
            incident(4, "OLD"),
        ],
        CONFIG,
        now=NOW,
    )
    assert [(one.severity, one.within, one.met, one.missed) for one in found.targets] == [
        ("SEV1", timedelta(minutes=15), 1, 0),
        ("SEV2", timedelta(hours=1), 0, 1),
    ]
    assert list(found.by_severity) == ["SEV1", "SEV2", "SEV3", "OLD"]
    assert found.by_service == {"payments": 3, "": 1}
    assert (found.count, found.unresolved, found.effort) == (4, 3, 55 * MINUTE)
    assert (found.mtta.count, found.mttr.count) == (3, 1)


def with_zone(config: Config, name: str, zone: str) -> Config:
    people = tuple(
        one.model_copy(update={"timezone": zone}) if one.name == name else one for one in config.people
    )
    return config.model_copy(update={"people": people})


def test_off_hours_are_those_of_each_persons_own_clock() -> None:
    config = with_zone(CONFIG, "bo", "America/New_York")
    span = Span(NOW - timedelta(days=7), NOW)
    # Monday, 09:30 in Berlin and half past three at night in New York.
    at = datetime(2026, 11, 16, 8, 30, tzinfo=UTC)
    rung = [("ada", at), ("bo", at), ("U9", at + timedelta(hours=12))]
    at_work = working_hours(config, span, {person for person, _ in rung})
    assert loads(rung, {"cleo": 24.0}, at_work) == [
        PersonLoad("U9", 0.0, 1, 1),
        PersonLoad("ada", 0.0, 1, 0),
        PersonLoad("bo", 0.0, 1, 1),
        PersonLoad("cleo", 24.0, 0, 0),
    ]


def test_an_incident_is_laid_to_the_last_deployment_of_its_service_within_a_day() -> None:
    span = Span(NOW - timedelta(days=10), NOW)
    first, second = NOW - timedelta(days=5), NOW - timedelta(days=4, hours=20)
    deployed = [
        Deployed("payments", first, first - timedelta(hours=2)),
        Deployed("payments", second),
        Deployed("search", second),
        Deployed(None, second),
    ]
    hour = timedelta(hours=1)
    incidents = [
        incident(1, declared_at=second + hour, resolved=600.0),
        incident(2, declared_at=second + 2 * hour, resolved=1800.0),
        incident(3, declared_at=second + LAID_TO_IT + hour, resolved=9.0),
        incident(4, declared_at=first - hour, resolved=9.0),
        incident(5, declared_at=second + hour, service="web", resolved=9.0),
        incident(6, declared_at=second + hour, service=None, resolved=9.0),
    ]
    found = dora(deployed, incidents, span)
    assert (found.deployments, found.per_day, found.failed, found.failure_rate) == (4, 0.4, 1, 0.25)
    assert (found.lead.count, found.lead.median) == (1, 7200.0)
    assert (found.restore.count, found.restore.mean) == (2, 1200.0)
    assert dora([], incidents, span).failure_rate is None
