"""What an alert belongs to, pure: an open incident of its group, one that a person declared for its service, or one of
a service that its own depends on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.config import Config


@dataclass(frozen=True)
class Candidate:
    """An open incident: its service, the alert at its root, and when it last heard of one. Of one that a person
    declared, when somebody was last at work on it.
    """

    incident_id: int
    service: str | None
    root_id: int | None
    opened_at: datetime
    last_at: datetime
    group: str | None = None
    declared: bool = False


@dataclass(frozen=True)
class Joins:
    """It belongs to this incident: as one more of its group, as a symptom, or as the root of what came before."""

    incident_id: int
    role: Literal["member", "symptom", "root"]
    root_id: int | None
    reason: str


def joins(
    group: str,
    service: str | None,
    candidates: Sequence[Candidate],
    config: Config,
    now: datetime,
    *,
    within: timedelta,
) -> Joins | None:
    """The incident that an alert of this group and service joins; None: it opens one of its own.

    Its own group comes first, then what people declared for its service, then what its service stands on, then what
    stands on its service.
    """
    own = [one for one in candidates if one.group == group and now - one.last_at <= within]
    if own:
        found = max(own, key=lambda one: (one.last_at, one.incident_id))
        # What follows a symptom of its group is one, too.
        is_symptom = service is not None and found.service in dependencies(config, service)
        return Joins(
            found.incident_id,
            "symptom" if is_symptom else "member",
            found.root_id,
            f"joins incident #{found.incident_id} of its group",
        )
    if service is None:
        return None
    declared = [
        one for one in candidates if one.declared and one.service == service and now - one.last_at <= within
    ]
    if declared:
        found = max(declared, key=lambda one: (one.last_at, one.incident_id))
        return Joins(
            found.incident_id,
            "member",
            found.root_id,
            f"joins incident #{found.incident_id}, which somebody declared for {service}",
        )
    recent = [
        one for one in candidates if one.service and now - one.opened_at <= config.alerts.symptoms_within
    ]
    below = dependencies(config, service)
    causes = [one for one in recent if one.service in below]
    if causes:
        # The deepest: what all the others stand on, too.
        found = min(
            causes,
            key=lambda one: (len(dependencies(config, str(one.service))), one.opened_at, one.incident_id),
        )
        return Joins(
            found.incident_id,
            "symptom",
            found.root_id,
            f"{service} depends on {found.service}, which has incident #{found.incident_id}",
        )
    effects = [one for one in recent if service in dependencies(config, str(one.service))]
    if effects:
        found = min(effects, key=lambda one: (one.opened_at, one.incident_id))
        return Joins(
            found.incident_id,
            "root",
            found.root_id,
            f"{found.service} of incident #{found.incident_id} depends on {service}",
        )
    return None


def dependencies(config: Config, service: str) -> frozenset[str]:
    """All that a service stands on, and what that stands on; not itself."""
    seen: set[str] = set()
    waiting = [service]
    while waiting:
        found = config.service(waiting.pop())
        for name in found.depends_on if found is not None else ():
            if name not in seen and name != service:
                seen.add(name)
                waiting.append(name)
    return frozenset(seen)


def dependents(config: Config, service: str) -> frozenset[str]:
    """All services that stand on this one."""
    return frozenset(one.name for one in config.services if service in dependencies(config, one.name))
