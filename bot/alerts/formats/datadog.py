"""Datadog's webhooks: its default payload, and the fuller one that docs/alerts.md says to enter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.alerts.event import Action, Event, Level, Malformed
from bot.alerts.formats import bounds, words
from bot.config.sections.integrations import Integration

_UNFILLED = re.compile(
    r"\$[A-Z_]+|null|none|n/a", re.IGNORECASE
)  # how Datadog leaves a variable without a value
_IN_TITLE = re.compile(r"^\[([^\]]*)\]\s*")
_PRIORITIES: dict[str, Level] = {"p1": "critical", "p2": "error", "p3": "warning", "p4": "info", "p5": "info"}


def parse(body: Any, headers: Mapping[str, str], integration: Integration) -> tuple[Event, ...]:
    """The event of a monitor. Raises Malformed if neither a monitor nor a title is told."""
    said = {
        k: "" if isinstance(v, str) and _UNFILLED.fullmatch(v.strip()) else v
        for k, v in _object(body).items()
    }
    title = bounds.title(bounds.first(said, "title", "alert_title"))
    key = _key(said, title)
    if not key:
        raise Malformed("has neither alert_id nor title; docs/alerts.md has the payload to enter in Datadog")
    transition = (bounds.first(said, "alert_transition") or _transition_of(title)).casefold()
    tags = _tags(said)
    action: Action = "resolve" if _is_over(transition, said) else "trigger"
    return (
        Event(
            action=action,
            key=bounds.key(key),
            title=title or f"Datadog monitor {bounds.first(said, 'alert_id')}",
            level=None if action == "resolve" else _level(transition, said),
            source=bounds.source(bounds.first(said, "hostname") or tags.get("host")),
            service=bounds.service(tags.get("service")),
            labels=bounds.labels(tags, {"monitor": said.get("alert_id"), "metric": said.get("alert_metric")}),
            details=bounds.details(
                {
                    "message": said.get("body"),
                    "status": said.get("alert_status"),
                    "query": said.get("alert_query"),
                    "scope": said.get("alert_scope"),
                    "transition": said.get("alert_transition"),
                }
            ),
            links=bounds.links(
                bounds.link(said.get("link"), "Datadog"),
                bounds.link("", "Graph", said.get("snapshot")),
            ),
            occurred_at=words.moment(said.get("date")),
        ),
    )


def _object(body: Any) -> Mapping[str, Any]:
    if not isinstance(body, dict):
        raise Malformed("is not an object")
    return body


def _key(said: Mapping[str, Any], title: str) -> str:
    """The cycle of an alert if told: it is the same from its trigger to its end. Then the monitor and its group."""
    cycle = bounds.first(said, "alert_cycle_key", "aggreg_key")
    if cycle:
        return cycle
    monitor = bounds.first(said, "alert_id")
    if monitor:
        return f"{monitor}:{bounds.first(said, 'alert_scope')}"
    # "[Triggered on {host:a}] Disk is full" and "[Recovered on {host:a}] Disk is full" are one.
    found = _IN_TITLE.match(title)
    return f"{title[found.end() :]}:{found[1].partition(' on ')[2]}" if found else title


def _transition_of(title: str) -> str:
    found = _IN_TITLE.match(title)
    return found[1].partition(" on ")[0].strip() if found else ""


def _is_over(transition: str, said: Mapping[str, Any]) -> bool:
    if transition:
        return transition == "recovered"
    return bounds.first(said, "alert_type").casefold() == "success"


def _level(transition: str, said: Mapping[str, Any]) -> Level | None:
    if transition.removeprefix("re-") == "warn":
        return "warning"
    return _PRIORITIES.get(bounds.first(said, "alert_priority").casefold()) or words.level(
        said.get("alert_type")
    )


def _tags(said: Mapping[str, Any]) -> dict[str, str]:
    """Tags and the scope of the alert, "service:web, env:prod"; a tag without a value is "true"."""
    pairs = (
        each.strip().partition(":")
        for name in ("tags", "alert_scope")
        for each in bounds.text(said.get(name)).split(",")
    )
    return bounds.labels({name: value or "true" for name, _, value in pairs})
