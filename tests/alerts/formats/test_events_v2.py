"""PagerDuty's Events API v2."""

from datetime import UTC, datetime

import pytest

from bot.alerts.event import Link, Malformed
from bot.alerts.formats import parse
from tests.alerts.sent import body, event, events, integration

SEVERITY = (
    "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')"
)


def test_a_trigger_tells_all_that_pagerduty_knows() -> None:
    told = event("events_v2_trigger")
    assert (told.action, told.key, told.level) == ("trigger", "db01/mysql", "critical")
    assert told.title == "DISK at 99% on machine db01.example.com"
    assert (told.source, told.service) == ("db01.example.com", "mysql")
    assert told.labels["class"] == "disk"
    assert told.labels["free space"] == "1%"
    assert told.details["load avg"] == 0.75
    assert told.occurred_at == datetime(2026, 7, 17, 8, 42, 58, 315000, UTC)
    assert told.links == (
        Link("https://monitoring.example.com", "Sample monitoring"),
        Link("https://wiki.example.com/disk", "What to do"),
        Link("https://graphs.example.com/disk", "Disk over the day", "https://graphs.example.com/disk.png"),
    )


def test_the_service_is_named_in_the_custom_details() -> None:
    payload = body("events_v2_trigger")["payload"] | {"custom_details": {"service": "payments"}}
    assert event("events_v2_trigger", payload=payload).service == "payments"


def test_a_resolve_needs_nothing_but_its_key() -> None:
    told = event("events_v2_resolve")
    assert (told.action, told.key, told.title) == ("resolve", "db01/mysql", "")


def test_a_resolve_of_alertmanager_brings_a_payload_too() -> None:
    told = event("events_v2_from_alertmanager")
    assert told.action == "resolve"
    assert len(told.key) == 64
    assert told.title.startswith("[RESOLVED] ProbeFailure")
    assert "firing" not in told.labels  # empty
    assert "resolved" not in told.labels  # no short text


def test_an_acknowledgement() -> None:
    assert event("events_v2_resolve", event_action="acknowledge").action == "acknowledge"


def test_a_trigger_without_a_key_gets_one_and_its_repeat_the_same() -> None:
    keyless = {**body("events_v2_trigger"), "dedup_key": ""}
    first, again = (parse("events_v2", keyless, {}, integration("events_v2")) for _ in range(2))
    assert first[0].key == again[0].key
    assert len(first[0].key) == 32
    (other,) = events("events_v2_trigger", dedup_key=None, client="another")
    assert other.key != first[0].key
    # Nor does a new key for the same integration make another alert of a repeat.
    assert event("events_v2_trigger", dedup_key="", routing_key="b" * 32).key == first[0].key


def test_keys_that_are_too_long_stay_apart() -> None:
    one, two = (event("events_v2_resolve", dedup_key="k" * 300 + end).key for end in "ab")
    assert one != two
    assert len(one) == len(two) == 255


def test_a_change() -> None:
    told = event("events_v2_change")
    assert (told.action, told.source, told.level) == ("change", "prod-build-agent-1", None)
    assert told.title == "Build Success: Increase snapshot create timeout to 30 seconds"
    assert told.details["build_number"] == "220"
    assert told.key == event("events_v2_change").key != event("events_v2_change", links=[]).key


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"event_action": None}, ("'event_action' is missing or blank",)),
        ({"event_action": "explode"}, ("'event_action' is invalid (must be one of the following: 'trigger', 'acknowledge' or 'resolve')",)),
        ({"event_action": "resolve", "dedup_key": " "}, ("'dedup_key' is missing or blank",)),
        ({"payload": None}, ("'payload' is missing or blank",)),
        ({"payload": "disk"}, ("'payload' is missing or blank",)),
        ({"payload": {"severity": "fatal", "summary": "A"}}, ("'payload.source' is missing or blank", SEVERITY)),
        ({"payload": {"source": "a"}}, ("'payload.summary' is missing or blank", "'payload.severity' is missing or blank")),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_pagerdutys_words(
    changes: dict[str, object], problems: tuple[str, ...]
) -> None:
    with pytest.raises(Malformed) as refused:
        events("events_v2_trigger", **changes)
    assert refused.value.problems == problems


@pytest.mark.parametrize("said", [None, [], "text", 5])
def test_what_is_no_object_is_not_recognized(said: object) -> None:
    with pytest.raises(Malformed, match="Event object format is unrecognized"):
        parse("events_v2", said, {}, integration("events_v2"))


def test_a_change_needs_a_summary() -> None:
    with pytest.raises(Malformed, match=r"'payload\.summary' is missing or blank"):
        events("events_v2_change", payload={"source": "a"})
    with pytest.raises(Malformed, match="'payload' is missing or blank"):
        events("events_v2_change", payload={})


def test_what_is_merely_odd_is_no_reason_to_lose_an_alert() -> None:
    payload = body("events_v2_trigger")["payload"] | {
        "custom_details": "all is lost",
        "timestamp": "yesterday",
    }
    told = event(
        "events_v2_trigger", payload=payload, links="none", images=[5, {"src": "javascript:alert(1)"}]
    )
    assert told.details == {"custom_details": "all is lost"}
    assert told.occurred_at is None
    assert [link.text for link in told.links] == ["Sample monitoring"]
