"""What each monitoring tool sends, made into events. Pure: a parsed body in, events out.

A stand-in for the intake's tests until the real formats are merged: Events API v2 and Alertmanager, no more.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from bot.alerts.event import Event, Malformed
from bot.config.sections.integrations import Integration


def parse(kind: str, body: Any, headers: Mapping[str, str], integration: Integration) -> tuple[Event, ...]:
    """Raises Malformed."""
    if not isinstance(body, dict):
        raise Malformed("the body is not an object")
    body = json.loads(
        json.dumps(body).replace("\\u0000", "\N{REPLACEMENT CHARACTER}").replace("\\ud800", "?")
    )
    return _alertmanager(body) if kind == "alertmanager" else (_events_v2(body),)


def _events_v2(body: dict[str, Any]) -> Event:
    action, payload = body.get("event_action"), body.get("payload")
    problems = []
    if action not in ("trigger", "acknowledge", "resolve", "change"):
        problems.append("'event_action' is missing or invalid")
    key = body.get("dedup_key")
    if key is not None and (not isinstance(key, str) or not 0 < len(key) <= 255):
        problems.append("'dedup_key' is no text of up to 255 characters")
    elif key is None and action in ("acknowledge", "resolve"):
        problems.append("'dedup_key' is missing or blank")
    needed = {"trigger": ("summary", "source", "severity"), "change": ("summary",)}.get(str(action), ())
    if needed and not isinstance(payload, dict):
        problems.append("'payload' is missing or blank")
    payload = payload if isinstance(payload, dict) else {}
    for name in needed:
        if not isinstance(payload.get(name), str) or not payload[name]:
            problems.append(f"'payload.{name}' is missing or blank")
    if payload.get("severity", "info") not in ("critical", "error", "warning", "info"):
        problems.append("'payload.severity' is invalid")
    if problems:
        raise Malformed(*problems)
    details = payload.get("custom_details")
    return Event(
        action=action,  # type: ignore[arg-type]
        key=key or hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32],
        title=str(payload.get("summary", ""))[:1024],
        level=payload.get("severity"),
        source=str(payload.get("source", ""))[:255],
        details=details if isinstance(details, dict) else {},
    )


def _alertmanager(body: dict[str, Any]) -> tuple[Event, ...]:
    alerts = body.get("alerts")
    if not isinstance(alerts, list) or not all(isinstance(one, dict) for one in alerts):
        raise Malformed("'alerts' is missing")
    return tuple(
        Event(
            action="resolve" if one.get("status") == "resolved" else "trigger",
            key=str(one.get("fingerprint")),
            title=str((one.get("labels") or {}).get("alertname")),
        )
        for one in alerts
    )
