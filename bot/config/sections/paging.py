"""Paging: who is reached, in which order, how long each has, and what follows when nobody answers."""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from bot.config.calendar import Holidays, Hours, Timezone, week_hours
from bot.config.fields import (
    Duration,
    Label,
    Meaning,
    PolicyName,
    Refers,
    RefersByKind,
    Section,
    ServiceName,
    SeverityName,
    Slug,
    duration_text,
    refuse,
)
from bot.config.near import near
from bot.config.problems import shown
from bot.config.sections.channels import channel_name

KINDS = ("schedule", "person", "group", "channel")
_ALLOWED = "schedule:NAME, person:NAME, group:@handle or channel:#name"
_HANDLE = re.compile(r"[a-z0-9][a-z0-9._-]{0,20}")  # Slack allows handles of 21 characters
SHORTEST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(minutes=9000)


class Target(NamedTuple):
    """Whom a step notifies: what kind it is, and its name without @ or #."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


def target(text: str) -> Target:
    """The parts of a target that was checked."""
    kind, _, name = text.partition(":")
    return Target(kind, name)


def checked_target(value: str) -> str:
    """A target as people write it, in its one form: "group:@SRE" is not allowed, "group:@sre" is "group:sre". Raises Refused."""
    kind, colon, name = (part.strip() for part in value.partition(":"))
    if not colon:
        raise refuse(
            f"{shown(value)} does not say what it is", _ALLOWED, f"person:{value}" if value else None
        )
    if kind not in KINDS:
        guess = near(kind, KINDS)
        raise refuse(
            f"{shown(kind)} is not a kind of target", _ALLOWED, None if guess is None else f"{guess}:{name}"
        )
    if kind == "channel":
        name = channel_name(name)
    elif kind == "group":
        name = name.removeprefix("@")
        if not _HANDLE.fullmatch(name):
            raise refuse(
                f"{shown(value)} is not a user group's handle",
                "at most 21 lowercase letters, digits, ., - and _, such as group:@oncall",
            )
    else:
        name = name.removeprefix("@")
    return f"{kind}:{name}"


TargetText = Annotated[
    str,
    AfterValidator(checked_target),
    RefersByKind((("person", "people"), ("schedule", "schedules"))),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^(schedule|person|group|channel):.+$",
            "examples": ["schedule:payments", "person:ada", "group:@sre", "channel:#incidents"],
        }
    ),
]
"""Whom to notify: a schedule, a person, a Slack user group or a channel."""


def _wait(length: timedelta) -> timedelta:
    if not SHORTEST_WAIT <= length <= LONGEST_WAIT:
        raise refuse(f"{shown(duration_text(length))} is not a wait between steps", "1m to 9000m")
    return length


class Step(Section):
    """One step of an escalation policy."""

    notify: tuple[TargetText, ...]
    """Who is notified, all at the same time: schedule:NAME, person:NAME, group:@handle, channel:#name."""

    wait: Annotated[Duration, AfterValidator(_wait)] = timedelta(minutes=5)
    """How long they have before the next step, from 1m to 9000m."""

    acknowledge: Literal["any", "all"] = "any"
    """Whether one acknowledgement is enough, or all who are notified must give one."""

    round_robin: bool = False
    """Whether only one of the people is notified, each page the next of them. Not for user groups."""

    hours: Literal["always", "business"] = "always"
    """A step of business hours is passed over outside of them."""

    @model_validator(mode="after")
    def _turns_among_the_known(self) -> Step:
        if self.round_robin and any(target(text).kind == "group" for text in self.notify):
            raise refuse(
                "round_robin takes turns among people, and who is in a user group only Slack knows",
                "schedule:NAME and person:NAME",
                at="round_robin",
            )
        return self


def _some(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    if not steps:
        raise refuse("the list is empty", "at least one step")
    return steps


class LastResort(Section):
    """Somebody who is notified when nobody has acknowledged, whatever the steps are doing."""

    notify: TargetText
    """Who, such as person:ada."""

    after: Duration = timedelta(minutes=30)
    """How long after the first step."""


class EscalationPolicy(Section):
    """Who is paged, and who next when nobody acknowledges."""

    name: Slug
    """The short name that people type."""

    title: Label | None = None
    """The name that people read. Default: the short name."""

    steps: Annotated[tuple[Step, ...], AfterValidator(_some)]
    """The steps in their order. One that reaches nobody is passed over at once."""

    repeat: Annotated[int, Field(ge=0, le=9)] = 0
    """How often it begins again after the last step, 0 to 9."""

    last_resort: LastResort | None = None
    """Who is notified when all this has brought no acknowledgement."""

    @property
    def shown_name(self) -> str:
        """The title, or the name where there is none."""
        return self.title or self.name


class BusinessHours(Section):
    """When the office works."""

    hours: Hours = week_hours("Mon-Fri 09:00-17:00")
    """The hours of the week."""

    timezone: Timezone | None = None
    """Where these hours count. Default: the organization's timezone."""

    holidays: Holidays | None = None
    """The country whose public holidays are no working days: DE, or {country: DE, subdivision: BY}."""


class UrgencyRule(Section):
    """An urgency for pages that fit; what is not given fits all."""

    severities: tuple[SeverityName, ...] = ()
    """Severities by name."""

    services: tuple[ServiceName, ...] = ()
    """Services by name."""

    hours: Literal["always", "business", "off"] = "always"
    """In business hours, outside of them (off), or always. In YAML, off needs no quotes here."""

    urgency: Literal["high", "low"]
    """The urgency of what fits."""

    @model_validator(mode="before")
    @classmethod
    def _off_is_a_word(cls, data: object) -> object:
        # YAML reads off as false.
        if isinstance(data, dict) and data.get("hours") is False:
            return {**data, "hours": "off"}
        return data


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value.strip()))
    except ValueError:
        raise refuse(
            f"{shown(value)} is not a network", "an address with a prefix, such as 10.1.0.0/16"
        ) from None


NetworkText = Annotated[str, AfterValidator(_network)]


class Paging(Section):
    """What holds for all pages."""

    escalation_policy: PolicyName | None = None
    """The policy of services that name none. Default: the first one."""

    urgency: tuple[UrgencyRule, ...] = ()
    """Which urgency, by severity, service and hour. The first that fits; otherwise the severity's own."""

    ask_after: Duration = timedelta(hours=4)
    """An acknowledged page without progress asks after this time, where its severity says nothing else."""

    page_again_after: Duration = timedelta(minutes=30)
    """How long after the question it pages again, where its severity says nothing else."""

    start_over_after: Duration = timedelta(hours=1)
    """When all steps are over and nobody has acknowledged: how long until it starts over with the first."""

    fail_over_after: Duration = timedelta(seconds=15)
    """When a contact method was not accepted by its provider after this time, the person's others are used at once."""

    fail_over_failures: Annotated[int, Field(ge=1, le=20)] = 2
    """The same after so many failed attempts."""

    throttle: Annotated[int, Field(ge=1, le=1000)] = 20
    """How many notifications one person gets by one method in an hour. The most severe pages are never held back."""

    send_within: Duration = timedelta(seconds=10)
    """How long a provider of contact methods (a mail server, ntfy, an SMS gateway) may take to accept something."""

    private_networks: tuple[NetworkText, ...] = ()
    """Private networks that people's ntfy servers and webhooks may be in, such as 10.1.0.0/16. Others are refused."""

    probe_before: Duration = timedelta(days=1)
    """How long before a shift the contact methods of those who agreed are probed, and those without one are told."""

    nobody: tuple[TargetText, ...] = ()
    """Who is told whom to call when no page could be delivered or nobody acknowledged. Default: the announcement channel."""


RuleName = Annotated[str, Refers("automation"), WithJsonSchema({"type": "string", "examples": ["on-deck"]})]
"""A rule of automation, by the name under `automation`."""


class Expectation(Section):
    """A test of the rules: whom a severity reaches, where an alert goes, or which rules of automation a change sets off."""

    when: Meaning
    """What happens when: "sev1 payments Sun 03:00 Europe/Berlin", or "alert critical payments cluster=prod-1 Sun 03:00". The service and the zone may be left out; name=value is a label, from=NAME the integration. Of automation: "declared sev1 payments", "severity sev3 to sev1", "status investigating to resolved sev1", and then, as far as they matter, a service, private, drill, alert, title="…", type:NAME, FIELD:VALUE."""

    reached: tuple[Label, ...] | None = None
    """Who must be reached, in order, and how long after: ["ada@0m", "bo@5m"]. [] expects that nobody is."""

    routed: Label | None = None
    """Where an alert must go: incident SEV1, page SEV2, message #alerts, backlog, nowhere; silenced in a maintenance window. The severity and the channel may be left out, and "by ROUTE" added."""

    fires: tuple[RuleName, ...] | None = None
    """The rules of automation that a change must set off, and no others. [] expects that it sets off none."""

    @model_validator(mode="after")
    def _one_of_them(self) -> Expectation:
        first = self.when.split()[:1]
        given = [name for name in ("reached", "routed", "fires") if getattr(self, name) is not None]
        if first == ["alert"] and given != ["routed"]:
            raise refuse("of an alert it is expected where it goes", "routed: incident SEV1", at="routed")
        if first in (["declared"], ["severity"], ["status"]):
            if given != ["fires"]:
                raise refuse(
                    "of a change it is expected which rules it sets off",
                    "fires: [NAME], or [] for none",
                    at="fires",
                )
        elif first != ["alert"] and given != ["reached"]:
            raise refuse("does not say who must be reached", "reached: [ada@0m], or [] for nobody")
        return self
