"""What the tools send, as their own documents have it."""

import json
from pathlib import Path
from typing import Any

from bot.alerts.event import Event
from bot.alerts.formats import parse
from bot.config.sections.integrations import Integration, Kind

PAYLOADS = Path(__file__).with_name("payloads")
ZABBIX = {
    "alerts": "problems",
    "key": "eventid",
    "title": "name",
    "status": "to_string(value)",
    "resolves": ["0"],
    "level": "severity",
    "levels": {"Disaster": "critical", "average": "warning"},
    "service": "tags.service",
    "source": "host.name",
    "labels": {"env": "tags.env", "tool": "'zabbix'"},
    "details": {"host": "host"},
    "link": "url",
    "time": "clock",
}
HEADERS = {
    "sentry_issue_alert": {"Sentry-Hook-Resource": "event_alert"},
    "sentry_metric_alert": {"Sentry-Hook-Resource": "metric_alert"},
    "sentry_issue_resolved": {"Sentry-Hook-Resource": "issue"},
    "github_deployment": {"X-GitHub-Event": "deployment"},
    "github_deployment_status": {"X-GitHub-Event": "deployment_status"},
    "github_workflow_run": {"X-GitHub-Event": "workflow_run"},
}


def integration(kind: str, **more: Any) -> Integration:
    if kind == "generic":
        more = {"mapping": ZABBIX, **more}
    return Integration.model_validate({"name": "tool", "kind": kind, **more})


def body(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text())


def kind_of(name: str) -> Kind:
    return integration("events_v2" if name.startswith("events_v2") else name.split("_")[0]).kind


def events(name: str, /, **changes: Any) -> tuple[Event, ...]:
    """What becomes of a payload, with these keys of its body changed."""
    said = body(name) | changes
    if name == "events_v2_change":
        said["event_action"] = "change"  # as its address does
    kind = kind_of(name)
    return parse(kind, said, HEADERS.get(name, {}), integration(kind))


def event(name: str, /, **changes: Any) -> Event:
    (found,) = events(name, **changes)
    return found
