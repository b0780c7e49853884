"""Alertmanager's webhook."""

from datetime import UTC, datetime

import pytest

from bot.alerts.event import Malformed
from tests.alerts.sent import body, event, events


def test_each_alert_of_a_group_is_an_event() -> None:
    fires, over = events("alertmanager_firing")
    assert (fires.action, over.action) == ("trigger", "resolve")
    assert (fires.key, over.key) == ("1a30ba71cca2921f", "2b41cb82ddb3a32a")
    assert fires.title == "Probe fails: https://shop.example.com"
    assert (fires.level, fires.service, fires.source) == ("critical", "web", "https://shop.example.com")
    assert fires.labels["job"] == "http_checks"
    assert fires.details == {
        "description": "https://shop.example.com has been down for over 5m.",
        "receiver": "tocsin",
    }
    assert [link.text for link in fires.links] == ["Runbook", "Prometheus", "Alertmanager"]


def test_it_began_at_its_start_and_ended_at_its_end() -> None:
    fires, over = events("alertmanager_firing")
    assert fires.occurred_at == datetime(2026, 2, 6, 13, 8, 45, 828739, UTC)
    assert over.occurred_at == datetime(2026, 2, 6, 13, 20, 0, 500000, UTC)
    alert = body("alertmanager_firing")["alerts"][1] | {"endsAt": "0001-01-01T00:00:00Z"}
    assert event("alertmanager_firing", alerts=[alert]).occurred_at is None


def test_people_see_that_alerts_were_left_out() -> None:
    told = event("alertmanager_truncated")
    assert told.details["truncated"] == "41 more alerts of this group left out, by max_alerts of the receiver"
    told = event("alertmanager_truncated", truncatedAlerts=1)
    assert told.details["truncated"] == "1 more alert of this group left out, by max_alerts of the receiver"


def test_without_a_fingerprint_the_labels_tell_alerts_apart() -> None:
    first, second = (
        {k: v for k, v in each.items() if k != "fingerprint"}
        for each in body("alertmanager_firing")["alerts"]
    )
    one, two = events("alertmanager_firing", alerts=[first, second])
    turned = {**first, "labels": dict(reversed(first["labels"].items())), "status": "resolved"}
    assert one.key == event("alertmanager_firing", alerts=[turned]).key
    assert one.key != two.key


def test_without_a_summary_the_name_is_the_title_and_an_unknown_severity_is_none() -> None:
    alert = {"status": "firing", "labels": {"alertname": "Watchdog", "severity": "none"}}
    told = event("alertmanager_firing", alerts=[alert])
    assert (told.title, told.level, told.links[0].text) == ("Watchdog", None, "Alertmanager")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"version": "3"}, "is not Alertmanager's webhook of version 4"),
        ({"alerts": None}, "has no list of alerts"),
        ({"alerts": ["one"]}, "alert 1 is not an object"),
        ({"alerts": [{"labels": {}}]}, "alert 1 is neither firing nor resolved"),
        ({"alerts": [{"status": "firing"}]}, "alert 1 has no labels"),
        ({"alerts": [{}] * 5001}, "has 5001 alerts, and at most 5000 are read; set max_alerts"),
    ],
)
def test_what_is_no_webhook_of_alertmanager_is_refused(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(Malformed) as refused:
        events("alertmanager_firing", **changes)
    assert refused.value.problems == (problem,)
