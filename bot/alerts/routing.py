"""Where an alert goes, pure: the first route of app.yaml that fits it, with its name as the reason."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Literal

from bot.alerts.event import Event
from bot.config import Config, Integration, Route, Service, Severity, When
from bot.paging.hours import Hours, office_hours

Destination = Literal["incident", "page", "message", "backlog", "nowhere"]

# What is not told where to go must not be lost: these stand behind the last route.
BY_ITSELF = "default"
JOINS_WITHIN = timedelta(hours=2)


@dataclass(frozen=True)
class Routed:
    """Where an alert goes and why. `group` is the key of what belongs together, `shared` what it has in common."""

    route: str
    to: Destination
    severity: Severity
    service: Service | None
    group: str
    reason: str
    within: timedelta = JOINS_WITHIN
    wait: timedelta | None = None
    resolve: bool = False
    channel: str | None = None
    joins_declared: bool = True
    shared: tuple[tuple[str, str], ...] = ()


def route(
    event: Event,
    integration: Integration | None,
    config: Config,
    now: datetime,
    *,
    name: str = "",
    hours: Hours | None = None,
) -> Routed:
    """The first route that fits. `name` is what the integration was called, where app.yaml knows it no more."""
    name = integration.name if integration is not None else name
    service = service_of(event, integration, config)
    open_hours = hours or office_hours(config)
    for found in config.routes:
        if _fits(found.when, event, name, service, now, open_hours):
            return _by_route(found, event, name, service, config)
    severity = severity_of(event, config)
    serious = event.level == "critical"
    shared = [("service", service.name if service else f"@{name}")]
    return Routed(
        route=BY_ITSELF,
        to="incident" if serious else "message",
        severity=severity,
        service=service,
        group=_key("incident" if serious else "message", shared),
        shared=tuple(shared),
        reason=f"no route fits; {'critical alerts become incidents' if serious else 'what is not critical becomes a message'}",
        channel=None if serious else alert_channel(config),
    )


def alert_channel(config: Config) -> str:
    """Where messages about alerts go that are told no channel."""
    return config.alerts.channel or config.channels.announcements


def service_of(event: Event, integration: Integration | None, config: Config) -> Service | None:
    """The service that an alert is about: as it says, by its label, or that of its integration."""
    for said in (event.service, event.labels.get("service"), integration.service if integration else None):
        found = config.service(said) if said else None
        if found is not None:
            return found
    return None


def severity_of(event: Event, config: Config) -> Severity:
    """The severity of a level: as `alerts.severities` says, else by its rank. No level counts as a warning."""
    level = event.level or "warning"
    named = getattr(config.alerts.severities, level)
    found = config.severity(named) if named else None
    if found is not None:
        return found
    rank = ("critical", "error", "warning", "info").index(level)
    return config.severities[min(rank, len(config.severities) - 1)]


def _by_route(found: Route, event: Event, name: str, service: Service | None, config: Config) -> Routed:
    severity = config.severity(found.severity) if found.severity else None
    shared: list[tuple[str, str]] = []
    if "service" in found.group.by:
        shared.append(("service", service.name if service else f"@{name}"))
    if "integration" in found.group.by:
        shared.append(("integration", name))
    shared += [(label, event.labels.get(label, "")) for label in found.group.labels]
    return Routed(
        route=found.name,
        to=found.to,
        severity=severity or severity_of(event, config),
        service=service,
        group=_key(found.to, shared),
        shared=tuple(shared),
        reason=f"route {found.name}",
        within=found.group.within,
        wait=found.wait,
        resolve=found.resolve,
        channel=(found.channel or alert_channel(config)) if found.to == "message" else None,
        joins_declared=found.joins_declared,
    )


def _fits(when: When, event: Event, name: str, service: Service | None, now: datetime, hours: Hours) -> bool:
    if when.integrations and name not in when.integrations:
        return False
    if when.levels and event.level not in when.levels:
        return False
    if when.services and (service is None or service.name not in when.services):
        return False
    for wanted in when.labels:
        label, _, pattern = wanted.partition("=")
        if not fnmatchcase(event.labels.get(label, ""), pattern) or label not in event.labels:
            return False
    return when.hours == "always" or hours.contains(now) == (when.hours == "business")


LONGEST_GROUP = 200


def _key(to: str, shared: list[tuple[str, str]]) -> str:
    """Readable where it is short enough; the same for the same things, and for nothing else."""
    # Quoted as data, so that no label's value can look like another label.
    said = f"{to}:{json.dumps(shared, ensure_ascii=False)}"
    if len(said) <= LONGEST_GROUP:
        return said
    return f"{said[: LONGEST_GROUP - 65]}#{hashlib.sha256(said.encode()).hexdigest()}"
