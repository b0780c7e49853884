"""Automation: what is done by itself when an incident is declared, or changes its severity or status."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from bot.config.fields import (
    Label,
    Link,
    Meaning,
    OrText,
    Prose,
    Refers,
    Section,
    ServiceName,
    SeverityName,
    Slug,
    VariableName,
    refuse,
)
from bot.config.sections.channels import ChannelName
from bot.config.sections.paging import NetworkText
from bot.config.sections.schedules import UserGroup
from bot.config.templates import check_placeholders

ChangeKind = Literal["declared", "severity", "status"]
CHANGES: tuple[ChangeKind, ...] = ("declared", "severity", "status")
Share = Literal["excluded", "included", "only"]
# What a message may say of its incident.
SAYS = ("number", "title", "severity", "status", "service", "link", "change")

StatusName = Annotated[str, Refers("statuses"), WithJsonSchema({"type": "string", "examples": ["resolved"]})]
"""A status, by its name under `statuses`."""

WebhookName = Annotated[
    str, Refers("webhooks"), WithJsonSchema({"type": "string", "examples": ["status-page"]})
]
"""A webhook, by its name under `webhooks`."""


class Webhook(Section):
    """An address outside that is told of changes, by HTTP POST. Its secret stands in the environment: TOCSIN_WEBHOOK_ and the name in capitals."""

    name: Slug
    """The short name."""

    url: Link | None = None
    """The address."""

    url_from: VariableName | None = None
    """The environment variable with the address, where it is a secret itself."""

    private_networks: tuple[NetworkText, ...] = ()
    """Networks in which the address may be although they are private, such as 10.1.0.0/16. Others than public ones are refused."""

    @model_validator(mode="after")
    def _one_address(self) -> Webhook:
        if (self.url is None) == (self.url_from is None):
            raise refuse("does not say where it is", "either url or url_from")
        return self

    @property
    def way(self) -> str:
        """How the outbox tells it from others: one that hangs holds up no other."""
        return f"hook:{hashlib.sha256(self.name.encode()).hexdigest()[:12]}"


class Conditions(Section):
    """Which incidents a rule is for. All that is given must hold; of a list one is enough."""

    severities: tuple[SeverityName, ...] = ()
    """The severity that the incident has now."""

    from_severities: tuple[SeverityName, ...] = ()
    """The severity that it had before. Of changes of the severity only."""

    direction: Literal["raised", "lowered"] | None = None
    """Whether it became more severe, or less. Of changes of the severity only."""

    statuses: tuple[StatusName, ...] = ()
    """The status that the incident has now."""

    from_statuses: tuple[StatusName, ...] = ()
    """The status that it had before. Of changes of the status only."""

    services: tuple[ServiceName, ...] = ()
    """The service that it is about."""

    title: tuple[Label, ...] = ()
    """Words of its title; case does not matter."""

    declared_by: Literal["alert", "person"] | None = None
    """Who declared it."""

    private: Share = "excluded"
    """Private incidents. As long as they are excluded nothing of them reaches other people by this rule."""

    drill: Share = "excluded"
    """Drills. What a rule says and sends of one is marked as such."""


def _text(value: str) -> str:
    check_placeholders(value, SAYS)
    return value


class Message(Section):
    """A message in Slack."""

    text: Annotated[Prose, AfterValidator(_text)]
    """What it says, in Slack's own formatting. {number}, {title}, {severity}, {status}, {service}, {link} (its channel) and {change} (what happened) are filled in."""

    channel: ChannelName | None = None
    """The channel by name; invite the bot. Default: the incident's own."""


def _some_tasks(titles: tuple[str, ...]) -> tuple[str, ...]:
    if not titles:
        raise refuse("names no task", "at least one")
    return titles


class Action(Section):
    """One thing that a rule does."""

    message: Annotated[Message, OrText("text")] | None = None
    """Posts a message."""

    invite: UserGroup | None = None
    """Invites the members of a Slack user group to the incident's channel, by its handle. In YAML a @ needs quotes."""

    tasks: Annotated[tuple[Meaning, ...], AfterValidator(_some_tasks), Field(max_length=10)] | None = None
    """Adds tasks to the incident by their titles, for whoever takes them."""

    checklist: Slug | None = None
    """Posts the steps of a runbook in the incident's channel, to be ticked there, by the runbook's name."""

    webhook: WebhookName | None = None
    """Tells an address outside of the change, by the name under `webhooks`."""

    @model_validator(mode="after")
    def _one_thing(self) -> Action:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise refuse("does not say what to do", f"one of {', '.join(type(self).model_fields)}")
        return self

    @property
    def kind(self) -> str:
        """Which of them it is."""
        return next(name for name in type(self).model_fields if getattr(self, name) is not None)

    @property
    def key(self) -> str:
        """Names the action as it stands: another text, channel or address is another action."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


def _some(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    if not actions:
        raise refuse("does nothing", "at least one action")
    return actions


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _some_change(kinds: tuple[ChangeKind, ...]) -> tuple[ChangeKind, ...]:
    if not kinds:
        raise refuse("names no change", f"{', '.join(CHANGES[:-1])} or {CHANGES[-1]}")
    return tuple(dict.fromkeys(kinds))


_CHANGE = {"type": "string", "enum": list(CHANGES)}


class AutomationRule(Section):
    """What is done by itself, once for each change that fits. What a rule does sets off no other rule."""

    name: Slug
    """The short name, which stands on the timeline beside what was done."""

    when: Annotated[
        tuple[ChangeKind, ...],
        BeforeValidator(_as_list),
        AfterValidator(_some_change),
        WithJsonSchema({"anyOf": [_CHANGE, {"type": "array", "items": _CHANGE, "minItems": 1}]}),
    ]
    """Which change: declared, severity (it was raised or lowered) or status (also resolved, closed and reopened). One, or a list."""

    conditions: Annotated[Conditions, Field(alias="if")] = Conditions()
    """Which incidents. Default: all but private ones and drills."""

    then: Annotated[tuple[Action, ...], AfterValidator(_some), Field(max_length=20)]
    """What is done, in this order."""

    @model_validator(mode="after")
    def _fits_together(self) -> AutomationRule:
        of_severity = self.conditions.from_severities or self.conditions.direction
        if of_severity and self.when != ("severity",):
            raise refuse("asks what the severity was before", "when: severity", at="when")
        if self.conditions.from_statuses and self.when != ("status",):
            raise refuse("asks what the status was before", "when: status", at="when")
        return self

    def action(self, key: str) -> Action | None:
        """The action of this key, if it still stands here."""
        return next((one for one in self.then if one.key == key), None)
