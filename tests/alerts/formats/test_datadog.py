"""Datadog's webhooks."""

from datetime import UTC, datetime

import pytest

from bot.alerts.event import Malformed
from bot.alerts.formats import parse
from tests.alerts.sent import event, events, integration


def test_a_monitor_fires_and_recovers() -> None:
    fires, over = event("datadog_triggered"), event("datadog_recovered")
    assert (fires.action, over.action) == ("trigger", "resolve")
    assert fires.key == over.key == "177305211"
    assert (fires.level, fires.service, fires.source) == ("critical", "payments", "db01")
    assert fires.labels == {
        "env": "prod", "monitor": "1234", "service": "payments", "host": "db01", "metric": "disk.used",
    }  # fmt: skip
    assert fires.details["query"] == "avg(last_1m):avg:disk.used{*} by {host} > 0.9"
    assert fires.links[1].src == "https://p.datadoghq.com/snapshot/view/1.png"
    assert fires.occurred_at == datetime.fromtimestamp(1787173577, UTC)


def test_variables_that_datadog_leaves_unfilled_are_not_there() -> None:
    over = event("datadog_recovered")
    assert "status" not in over.details
    assert len(over.links) == 1


@pytest.mark.parametrize(
    "transition", ["Re-Triggered", "No Data", "Re-No Data", "Warn", "Re-Warn", "Renotify"]
)
def test_all_but_recovered_triggers(transition: str) -> None:
    told = event("datadog_triggered", alert_transition=transition)
    assert told.action == "trigger"
    assert told.level == ("warning" if "Warn" in transition else "critical")


def test_the_level_without_a_priority_is_that_of_the_type() -> None:
    assert event("datadog_triggered", alert_priority="null").level == "error"
    assert event("datadog_triggered", alert_priority="", alert_type="strange").level is None


def test_datadogs_own_payload_is_read_by_its_title() -> None:
    fires = event("datadog_default")
    over = event("datadog_default", title="[Recovered on {host:db01}] Disk is full")
    elsewhere = event("datadog_default", title="[Triggered on {host:db02}] Disk is full")
    assert (fires.action, over.action) == ("trigger", "resolve")
    assert fires.key == over.key != elsewhere.key


def test_without_a_cycle_it_is_the_monitor_and_its_group() -> None:
    assert (
        event("datadog_triggered", alert_cycle_key="$ALERT_CYCLE_KEY", aggreg_key="").key == "1234:host:db01"
    )


@pytest.mark.parametrize("said", [[], {}, {"title": "$EVENT_TITLE"}, {"body": "text"}])
def test_what_tells_no_monitor_is_refused(said: object) -> None:
    with pytest.raises(Malformed):
        parse("datadog", said, {}, integration("datadog"))
    with pytest.raises(Malformed, match=r"docs/alerts\.md"):
        events("datadog_default", title="")
