"""Automation: what is done by itself when an incident is declared, or changes its severity or status."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
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
from bot.config.near import near
from bot.config.problems import Flaw, Path, listed, shown
from bot.config.sections.channels import ChannelName
from bot.config.sections.field_values import ANYTHING, NOTHING, NoValue, comparison, kept
from bot.config.sections.incident_fields import IncidentField, TypeName
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


def _as_text(value: object) -> object:
    """YAML reads 12 as a number; of a field it is what somebody would type."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return str(value) if is_number else value


def _as_list(value: object) -> object:
    return [value] if isinstance(_as_text(value), str) else value


FieldText = Annotated[
    Meaning,
    BeforeValidator(_as_text),
    WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1}, {"type": "number"}]}),
]
"""The value of a field, as it is typed."""


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

    types: tuple[TypeName, ...] = ()
    """The type that it is of."""

    fields: dict[str, Annotated[tuple[FieldText, ...], BeforeValidator(_as_list)]] = {}  # noqa: RUF012 - pydantic copies it
    """What must be filled in, by the names under `fields`, all of them: a value or a list of which one is enough. Of numbers and days also >100 or <=2026-01-31; "-" is nothing at all, "*" anything."""

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


def _some_fields(values: dict[str, str]) -> dict[str, str]:
    if not values:
        raise refuse("names no field", "at least one with its value, such as {region: EU West}")
    return values


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

    set_field: Annotated[dict[str, FieldText], AfterValidator(_some_fields)] | None = None
    """Fills in fields of the incident, by the names under `fields`: {region: EU West}. Of a person it is a name under `people`; "-" empties a field."""

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


def field_flaws(
    rules: tuple[AutomationRule, ...], fields: tuple[IncidentField, ...], people: set[str]
) -> Iterator[Flaw]:
    """What rules ask of fields, or fill in, and what no incident could have. `people` are the names of them."""
    known = {one.name: one for one in fields}
    for at, rule in enumerate(rules):
        for name, wanted in rule.conditions.fields.items():
            path: Path = ("automation", at, "if", "fields", name)
            yield from _unknown_field(name, known, path)
            for index, typed in enumerate(wanted if name in known else ()):
                yield from _no_condition(known[name], typed, (*path, index))
        for index, action in enumerate(rule.then):
            for name, typed in (action.set_field or {}).items():
                path = ("automation", at, "then", index, "set_field", name)
                yield from _unknown_field(name, known, path)
                if name in known:
                    yield from _no_value(known[name], typed, people, path)


def _unknown_field(name: str, known: dict[str, IncidentField], path: Path) -> Iterator[Flaw]:
    if name not in known:
        allowed = f"known fields: {listed(sorted(known))}"
        yield Flaw(f"{shown(name)} is not among the fields", allowed, near(name, sorted(known)), path)


def _no_condition(field: IncidentField, typed: str, path: Path) -> Iterator[Flaw]:
    if field.kind == "person" and typed not in (NOTHING, ANYTHING):
        yield Flaw(f"{shown(typed)} is not compared", '"*" for somebody, "-" for nobody', None, path)
        return
    try:
        comparison(field, typed)
    except NoValue as refused:
        yield Flaw(str(refused), refused.mend, refused.meant, path)


def _no_value(field: IncidentField, typed: str, people: set[str], path: Path) -> Iterator[Flaw]:
    if typed == NOTHING:
        return
    if field.kind == "person":
        if typed.removeprefix("@") not in people:
            allowed = f"known people: {listed(sorted(people))}"
            yield Flaw(f"{shown(typed)} is not among the people", allowed, near(typed, sorted(people)), path)
        return
    try:
        kept(field, typed)
    except NoValue as refused:
        yield Flaw(str(refused), refused.mend, refused.meant, path)
