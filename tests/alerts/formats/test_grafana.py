"""Grafana's webhook, the present one and the one before."""

import pytest

from bot.alerts.event import Malformed
from tests.alerts.sent import event, events


def test_each_alert_is_an_event_with_its_values_and_places() -> None:
    fires, over = events("grafana")
    assert (fires.action, fires.key, fires.title) == (
        "trigger", "c6eadffa33fcdf37", "This alert was triggered for zone us-1",
    )  # fmt: skip
    assert (over.action, over.key) == ("resolve", "bc97ff14869b13e3")
    assert fires.details["values"] == {"B": 44.23943737541908, "C": 1}
    assert fires.labels["grafana_folder"] == "Shop"
    assert [link.text for link in fires.links] == ["Runbook", "Panel", "Dashboard", "Rule", "Silence"]


def test_people_see_that_alerts_were_left_out() -> None:
    assert events("grafana", truncatedAlerts=3)[0].details["truncated"].startswith("3 more alerts")


@pytest.mark.parametrize(
    ("state", "action"),
    [("alerting", "trigger"), ("no_data", "trigger"), ("ok", "resolve"), ("paused", "resolve")],
)
def test_the_old_webhook(state: str, action: str) -> None:
    told = event("grafana_legacy", state=state)
    assert (told.action, told.key, told.title) == (action, "rule:1:7", "Queue is long")
    assert (told.level, told.service, told.labels["state"]) == ("error", "payments", state)
    assert told.details["message"] == "Someone should look at this"
    assert told.links[-1].src == "https://graphs.example.com/panel.png"


def test_an_old_alert_that_is_merely_pending_is_none() -> None:
    assert events("grafana_legacy", state="pending") == ()


def test_what_is_neither_is_refused() -> None:
    with pytest.raises(Malformed, match="has a state that is none of"):
        events("grafana_legacy", state="strange")
    with pytest.raises(Malformed, match="has no list of alerts"):
        events("grafana", alerts={})
