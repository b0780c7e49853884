"""Grafana's webhook: of its alerting since version 8, and of the one before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.alerts.event import Event, Malformed
from bot.alerts.formats import bounds, words
from bot.alerts.formats.alertmanager import alerts_of, details_of, event_of
from bot.config.sections.integrations import Integration

_LEGACY = {"alerting": "trigger", "no_data": "trigger", "ok": "resolve", "paused": "resolve"}


def parse(body: Any, headers: Mapping[str, str], integration: Integration) -> tuple[Event, ...]:
    """An event an alert. Raises Malformed if it is no webhook of Grafana."""
    said = bounds.mapping(body)
    if "ruleId" in said and "alerts" not in said:
        return _legacy(said)
    details = details_of(said, "Max Alerts of the contact point")
    return tuple(_event(alert, details) for alert in alerts_of(said))


def _event(alert: Mapping[str, Any], details: Mapping[str, Any]) -> Event:
    links = (
        bounds.link(alert.get("panelURL"), "Panel"),
        bounds.link(alert.get("dashboardURL"), "Dashboard"),
        bounds.link(alert.get("generatorURL"), "Rule"),
        bounds.link(alert.get("silenceURL"), "Silence"),
        bounds.link("", "Panel", alert.get("imageURL")),
    )
    # valueString says the same in a form for machines of older releases.
    values = alert.get("values") or alert.get("valueString")
    return event_of(alert, {"values": values, **details}, links)


def _legacy(said: Mapping[str, Any]) -> tuple[Event, ...]:
    state = bounds.text(said.get("state"))
    if state in ("pending", "unknown"):
        return ()
    if state not in _LEGACY:
        raise Malformed("has a state that is none of alerting, no_data, ok, paused, pending")
    tags = bounds.labels(bounds.mapping(said.get("tags")))
    name = bounds.text(said.get("ruleName"))
    return (
        Event(
            action="resolve" if _LEGACY[state] == "resolve" else "trigger",
            key=bounds.key(f"rule:{bounds.text(said.get('orgId'))}:{bounds.text(said['ruleId'])}"),
            title=bounds.title(name, bounds.title(said.get("title"))),
            level=words.level(bounds.first(tags, "severity", "level", "priority")),
            source=bounds.source(bounds.first(tags, "instance", "host")),
            service=bounds.service(bounds.first(tags, "service", "app")),
            labels={**tags, "state": state},
            details=bounds.details({"message": said.get("message"), "matches": said.get("evalMatches")}),
            links=bounds.links(
                bounds.link(said.get("ruleUrl"), "Rule"), bounds.link("", "Panel", said.get("imageUrl"))
            ),
        ),
    )
