"""Alertmanager's webhook, version 4: a group of alerts, each an event of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.alerts.event import Event, Link, Malformed
from bot.alerts.formats import bounds, words
from bot.config.sections.integrations import Integration

# The annotations that have a place of their own, and so are no details.
_SHOWN = ("summary", "runbook_url", "dashboard_url")


def parse(body: Any, headers: Mapping[str, str], integration: Integration) -> tuple[Event, ...]:
    """An event an alert. Raises Malformed if it is no webhook of Alertmanager."""
    group = bounds.mapping(body)
    if bounds.text(group.get("version")) != "4":
        raise Malformed("is not Alertmanager's webhook of version 4")
    details = details_of(group, "max_alerts of the receiver")
    home = bounds.link(group.get("externalURL"), "Alertmanager")
    return tuple(
        event_of(alert, details, (bounds.link(alert.get("generatorURL"), "Prometheus"), home))
        for alert in alerts_of(group)
    )


def details_of(group: Mapping[str, Any], limit: str) -> dict[str, Any]:
    """What a group's alerts have in common beside their labels. People must see that some are missing."""
    details: dict[str, Any] = {"receiver": group.get("receiver")}
    missing = group.get("truncatedAlerts")
    if isinstance(missing, int) and missing > 0:
        more = "1 more alert" if missing == 1 else f"{missing} more alerts"
        details["truncated"] = f"{more} of this group left out, by {limit}"
    return details


def alerts_of(group: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The alerts of a webhook, each with a status. Raises Malformed."""
    alerts = group.get("alerts")
    if not isinstance(alerts, list):
        raise Malformed("has no list of alerts")
    if len(alerts) > bounds.MOST_ALERTS:
        raise Malformed(
            f"has {len(alerts)} alerts, and at most {bounds.MOST_ALERTS} are read; set max_alerts"
        )
    for number, alert in enumerate(alerts, 1):
        if not isinstance(alert, dict):
            raise Malformed(f"alert {number} is not an object")
        if alert.get("status") not in ("firing", "resolved"):
            raise Malformed(f"alert {number} is neither firing nor resolved")
        if not isinstance(alert.get("labels"), dict):
            raise Malformed(f"alert {number} has no labels")
    return alerts


def event_of(alert: Mapping[str, Any], more: Mapping[str, Any], more_links: tuple[Link | None, ...]) -> Event:
    """The event of one alert, with details and links of its group. Grafana's alerts have the same form."""
    labels = bounds.labels(alert["labels"])
    annotations = bounds.mapping(alert.get("annotations"))
    resolved = alert["status"] == "resolved"
    name = labels.get("alertname", "")
    return Event(
        action="resolve" if resolved else "trigger",
        # Releases before 0.19 send no fingerprint; the labels are what it is made of.
        key=bounds.key(bounds.text(alert.get("fingerprint")) or bounds.digest_of(alert["labels"])),
        title=bounds.title(bounds.first(annotations, "summary", "title", "message", "description") or name),
        level=words.level(bounds.first(labels, "severity", "level", "priority")),
        source=bounds.source(bounds.first(labels, "instance", "host", "hostname", "node", "pod")),
        service=bounds.service(bounds.first(labels, "service", "app", "application")),
        labels=labels,
        details=bounds.details({k: v for k, v in annotations.items() if k not in _SHOWN} | dict(more)),
        links=bounds.links(
            bounds.link(annotations.get("runbook_url"), "Runbook"),
            bounds.link(annotations.get("dashboard_url"), "Dashboard"),
            *more_links,
        ),
        # While it fires endsAt is the year 1.
        occurred_at=words.moment(alert.get("endsAt" if resolved else "startsAt")),
    )
