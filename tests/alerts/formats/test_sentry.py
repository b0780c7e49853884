"""Sentry's webhooks."""

import pytest

from bot.alerts.event import Malformed
from bot.alerts.formats import parse
from tests.alerts.sent import body, event, events, integration


def test_an_issue_alert() -> None:
    told = event("sentry_issue_alert")
    assert (told.action, told.key, told.level) == ("trigger", "issue:1117540176", "error")
    assert told.title == "ReferenceError: heck is not defined"
    assert told.service == told.labels["project"] == "front-end"
    assert told.labels["rule"] == "Very important"
    assert told.labels["environment"] == "production"
    assert told.details["release"] == "web@1.2.3"
    assert told.links[0].href.startswith("https://sentry.io/organizations/test-org/issues/")


def test_resolving_the_issue_in_sentry_resolves_its_alert() -> None:
    over = event("sentry_issue_resolved")
    assert (over.action, over.key) == ("resolve", event("sentry_issue_alert").key)
    assert over.service == "front-end"


@pytest.mark.parametrize(
    ("action", "becomes"),
    [("created", "trigger"), ("unresolved", "trigger"), ("archived", "resolve"), ("ignored", "resolve")],
)
def test_what_an_issue_may_do(action: str, becomes: str) -> None:
    assert event("sentry_issue_resolved", action=action).action == becomes


def test_an_assignment_is_no_acknowledgement() -> None:
    assert events("sentry_issue_resolved", action="assigned") == ()


def test_a_metric_alert_from_its_warning_to_its_end() -> None:
    worse, milder, over = (
        event("sentry_metric_alert", action=each) for each in ("critical", "warning", "resolved")
    )
    assert (worse.action, worse.level) == ("trigger", "critical")
    assert (milder.action, milder.level) == ("trigger", "warning")
    assert (over.action, over.level, over.occurred_at) == ("resolve", None, None)
    assert worse.key == milder.key == over.key == "metric_alert:4"
    assert worse.service == "front-end"
    assert worse.details["query"] == "level:error"


def test_without_the_header_the_data_tell_what_it_is() -> None:
    (told,) = parse("sentry", body("sentry_metric_alert"), {}, integration("sentry"))
    assert told.key == "metric_alert:4"


def test_an_installation_is_no_alert() -> None:
    said = {"action": "created", "data": {"installation": {"uuid": "a"}}}
    assert parse("sentry", said, {"sentry-hook-resource": "installation"}, integration("sentry")) == ()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"action": None}, "is not a webhook of a Sentry integration"),
        ({"data": {}}, "is not a webhook of a Sentry integration"),
        ({"data": {"event": {"title": "A"}}}, "the event has no issue_id"),
    ],
)
def test_what_is_none_is_refused(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(Malformed, match=problem):
        events("sentry_issue_alert", **changes)
