"""Sentry's webhooks of an internal integration: issue alerts, metric alerts, and issues that change their state."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.alerts.event import Action, Event, Malformed
from bot.alerts.formats import bounds, words
from bot.config.sections.integrations import Integration

RESOURCE = "Sentry-Hook-Resource"

_PROJECT = re.compile(r"/projects/[^/]+/([^/]+)/")
# An assigned issue is nobody's acknowledgement: Sentry assigns by code owners too.
_ISSUE: dict[str, Action] = {
    "created": "trigger",
    "unresolved": "trigger",
    "resolved": "resolve",
    "archived": "resolve",
    "ignored": "resolve",
}


def parse(body: Any, headers: Mapping[str, str], integration: Integration) -> tuple[Event, ...]:
    """The event of an alert or issue; none for what is not about one (an installation, a comment). Raises Malformed."""
    said = bounds.mapping(body)
    data = bounds.mapping(said.get("data"))
    if not isinstance(said.get("action"), str) or not data:
        raise Malformed("is not a webhook of a Sentry integration: it has no action and data")
    resource = words.header(headers, RESOURCE)
    if resource == "event_alert" or (not resource and "event" in data):
        return _issue_alert(data)
    if resource == "metric_alert" or (not resource and "metric_alert" in data):
        return _metric_alert(said["action"], data)
    if resource == "issue" or (not resource and "issue" in data):
        return _issue(said["action"], bounds.mapping(data.get("issue")))
    return ()


def _issue_alert(data: Mapping[str, Any]) -> tuple[Event, ...]:
    event = bounds.mapping(data.get("event"))
    issue = bounds.text(event.get("issue_id")) or bounds.text(event.get("groupid"))
    if not issue:
        raise Malformed("the event has no issue_id")
    found = _PROJECT.search(bounds.text(event.get("url")))
    project = found[1] if found else ""
    tags = _tags(event.get("tags"))
    rule = bounds.first(data, "triggered_rule")
    return (
        Event(
            action="trigger",
            key=bounds.key(f"issue:{issue}"),
            title=bounds.title(event.get("title"), "Sentry issue"),
            level=words.level(bounds.first(event, "level") or tags.get("level")),
            source=bounds.source(bounds.first(event, "culprit", "location")),
            service=bounds.service(tags.get("service") or project),
            labels=bounds.labels(
                tags, {"project": project, "rule": rule}, _picked(event, "platform", "release")
            ),
            details=bounds.details(
                {"rule": rule, **_picked(event, "culprit", "message", "metadata", "release")}
            ),
            links=bounds.named_links([(event.get("web_url"), "Sentry")]),
            occurred_at=words.moment(event.get("datetime")),
        ),
    )


def _metric_alert(action: str, data: Mapping[str, Any]) -> tuple[Event, ...]:
    alert = bounds.mapping(data.get("metric_alert"))
    rule = bounds.mapping(alert.get("alert_rule"))
    # The alert's own number is the same from the first warning to its end.
    number = bounds.text(alert.get("id")) or bounds.text(rule.get("id"))
    if not number:
        raise Malformed("the metric alert has no id")
    if action not in ("critical", "warning", "resolved"):
        return ()
    projects = bounds.items(alert.get("projects")) or bounds.items(rule.get("projects"))
    resolved = action == "resolved"
    return (
        Event(
            action="resolve" if resolved else "trigger",
            key=bounds.key(f"metric_alert:{number}"),
            title=bounds.title(data.get("description_title"), bounds.title(rule.get("name"), "Sentry alert")),
            level=None if resolved else words.level(action),
            source=bounds.source(rule.get("environment")),
            service=bounds.service(projects[0]) if len(projects) == 1 else None,
            labels=bounds.labels(
                {"project": projects, "rule": rule.get("name")}, _picked(rule, "environment", "dataset")
            ),
            details=bounds.details(
                {
                    "description": data.get("description_text"),
                    **_picked(rule, "aggregate", "query", "time_window"),
                }
            ),
            links=bounds.named_links([(data.get("web_url"), "Sentry")]),
            occurred_at=words.moment(alert.get("date_closed" if resolved else "date_detected")),
        ),
    )


def _issue(action: str, issue: Mapping[str, Any]) -> tuple[Event, ...]:
    number = bounds.text(issue.get("id"))
    if not number:
        raise Malformed("the issue has no id")
    if action not in _ISSUE:
        return ()
    project = bounds.first(bounds.mapping(issue.get("project")), "slug", "name")
    return (
        Event(
            action=_ISSUE[action],
            key=bounds.key(
                f"issue:{number}"
            ),  # as that of its issue alerts: resolving it in Sentry resolves these
            title=bounds.title(issue.get("title"), "Sentry issue"),
            level=words.level(issue.get("level")),
            source=bounds.source(issue.get("culprit")),
            service=bounds.service(project),
            labels=bounds.labels(
                {"project": project}, _picked(issue, "platform", "substatus", "shortId", "type")
            ),
            details=bounds.details(
                _picked(issue, "culprit", "metadata", "count", "userCount", "status", "substatus")
            ),
            links=bounds.named_links([(bounds.first(issue, "web_url", "permalink"), "Sentry")]),
            occurred_at=words.moment(issue.get("lastSeen")) if action == "created" else None,
        ),
    )


def _picked(said: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: said[name] for name in names if said.get(name) not in (None, "")}


def _tags(said: Any) -> dict[str, str]:
    """Sentry writes tags as pairs."""
    pairs = [each for each in bounds.items(said) if isinstance(each, list) and len(each) == 2]
    return bounds.labels({bounds.text(name): value for name, value in pairs})
