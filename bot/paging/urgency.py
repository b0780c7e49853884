"""When a page begins and how loud it is, pure: by severity, service and hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.config import Config, Service, Severity, UrgencyRule
from bot.paging.hours import Hours

Urgency = Literal["high", "low"]


@dataclass(frozen=True)
class Start:
    """When a page begins to ring; None: it pages nobody. `reason` says why."""

    at: datetime | None
    reason: str


def start_of(severity: Severity, now: datetime, hours: Hours) -> Start:
    """When a page of this severity begins to ring."""
    if severity.page == "backlog":
        return Start(None, f"{severity.name} pages nobody")
    if severity.page == "business_hours":
        at = hours.next_open(now)
        return Start(at, f"{severity.name} pages in business hours")
    if severity.page_delay:
        return Start(now + severity.page_delay, f"{severity.name} pages {severity.page}")
    return Start(now, f"{severity.name} pages at once")


def urgency_of(
    config: Config, severity: Severity | None, service: Service | None, at: datetime, hours: Hours
) -> tuple[Urgency, str]:
    """High or low, and why. A page without a severity is high: somebody asked for it."""
    for number, rule in enumerate(config.paging.urgency, start=1):
        if _fits(rule, severity, service, at, hours):
            return rule.urgency, f"by rule {number} of paging.urgency"
    if severity is None:
        return "high", "as somebody asks for it"
    return severity.urgency, f"as {severity.name} says"


def _fits(
    rule: UrgencyRule, severity: Severity | None, service: Service | None, at: datetime, hours: Hours
) -> bool:
    if rule.severities and (severity is None or severity.name not in rule.severities):
        return False
    if rule.services and (service is None or service.name not in rule.services):
        return False
    return rule.hours == "always" or hours.contains(at) == (rule.hours == "business")


def ask_after(config: Config, severity: Severity | None) -> timedelta:
    """How long an acknowledged page may go without progress before it asks."""
    return (severity and severity.ask_after) or config.paging.ask_after


def page_again_after(config: Config, severity: Severity | None) -> timedelta:
    """How long after the question it pages again."""
    return (severity and severity.page_again_after) or config.paging.page_again_after
