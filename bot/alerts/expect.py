"""Tests of the routes in app.yaml, pure: "alert critical payments Sun 03:00" must go to an incident of SEV1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.alerts import maintenance
from bot.alerts.event import Event
from bot.alerts.routing import Routed, route
from bot.config import Config
from bot.config.problems import listed, shown
from bot.config.sections.alerts import LEVELS
from bot.paging.expect import NotUnderstood, Unmet, moment_of

FORM = "alert, level, service (if any), labels (if any), weekday or day, time, zone (if another): alert critical payments cluster=prod-1 Sun 03:00"


@dataclass(frozen=True)
class Outcome:
    """Where an alert goes, and the maintenance that keeps it silent, if any."""

    routed: Routed
    silence: maintenance.Silence | None

    def words(self) -> str:
        """As `routed:` has it."""
        if self.silence is not None and self.routed.to in ("incident", "page", "message"):
            return f"silenced by {self.silence.reason.removeprefix('maintenance ')}"
        return f"{_where(self.routed)} by {self.routed.route}"


def outcome(event: Event, integration: str, config: Config, at: datetime) -> Outcome:
    """What a route and the maintenance windows make of an event at a moment."""
    routed = route(event, config.integration(integration), config, at, name=integration)
    service = routed.service.name if routed.service is not None else None
    return Outcome(routed, maintenance.silence(maintenance.plans(config), service, at))


def failures(config: Config, now: datetime) -> Iterator[Unmet]:
    """What the routes of app.yaml do otherwise than its expectations say."""
    for number, expectation in enumerate(config.expect, start=1):
        if expectation.routed is None:
            continue
        try:
            event, integration, at = scene(expectation.when, config, now)
            found = outcome(event, integration, config, at)
            is_met = meets(expectation.routed, found.words())
            difference = None if is_met else f"expected {expectation.routed}; it goes to {found.words()}"
        except NotUnderstood as trouble:
            difference = str(trouble)
        if difference is not None:
            yield Unmet(number, expectation.when, difference)


def scene(text: str, config: Config, now: datetime) -> tuple[Event, str, datetime]:
    """Read `when`: the event, the integration that it comes from (or none), and the moment."""
    words, at = moment_of(text, config, now, FORM)
    if len(words) < 2 or words[0] != "alert":
        raise NotUnderstood(f"{shown(text)} is not understood; {FORM}")
    if words[1] not in LEVELS:
        raise NotUnderstood(f"{shown(words[1])} is not a level; {listed(list(LEVELS))}")
    labels: dict[str, str] = {}
    service: str | None = None
    for word in words[2:]:
        name, equals, value = word.partition("=")
        if equals:
            labels[name] = value
        elif service is None and config.service(word) is not None:
            service = word
        else:
            known = [one.name for one in config.services]
            raise NotUnderstood(f"{shown(word)} is not among the services; known services: {listed(known)}")
    integration = labels.pop("from", "")
    if integration and config.integration(integration) is None:
        known = [one.name for one in config.integrations]
        raise NotUnderstood(f"{shown(integration)} is not among the integrations; known: {listed(known)}")
    event = Event("trigger", "expected", title=text, level=words[1], service=service, labels=labels)
    return event, integration, at


def meets(wanted: str, real: str) -> bool:
    """Whether what is expected is what happens: all that it says, in the order of its words."""
    words, found = wanted.split(), real.split()
    if words[:1] != found[:1]:
        return False
    rest, found_rest = [word.lower() for word in words[1:]], [word.lower() for word in found[1:]]
    if "by" in rest:
        at = rest.index("by")
        if rest[at:] != found_rest[found_rest.index("by") :]:
            return False
        rest = rest[:at]
    before = found_rest[: found_rest.index("by")]
    return all(word in before for word in rest)


def _where(routed: Routed) -> str:
    if routed.to in ("incident", "page"):
        return f"{routed.to} {routed.severity.name}"
    return f"message #{routed.channel}" if routed.to == "message" else routed.to
