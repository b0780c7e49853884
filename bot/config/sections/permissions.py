"""Permissions: who may do what. Without the section every full member may do all that Slack offers, but merge and redact (responders) and configure (nobody)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from bot.config.fields import RefersByKind, Section, refuse
from bot.config.problems import shown
from bot.config.sections.paging import checked_target, target

EVERYONE, RESPONDERS = "everyone", "responders"
_ALLOWED = "everyone, responders, group:@handle, person:NAME or schedule:NAME"
_ALLOWED_ELSEWHERE = "everyone, group:@handle, person:NAME or schedule:NAME"


def _whoever(value: str) -> str:
    word = value.strip()
    if word in (EVERYONE, RESPONDERS):
        return word
    if ":" not in word:
        near = f"group:{word}" if word.startswith("@") else None
        raise refuse(f"{shown(value)} does not say who may", _ALLOWED, near)
    checked = checked_target(word)
    if target(checked).kind == "channel":
        raise refuse("who is in a channel changes by the minute, and anybody may join", _ALLOWED)
    return checked


def _account(value: str) -> str:
    word = value.strip()
    if word == EVERYONE:
        return word
    checked = checked_target(word)
    if target(checked).kind != "person":
        raise refuse(f"{shown(value)} names no single person", "everyone, or person:NAME of `people`")
    return checked


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _everyone_alone(who: tuple[str, ...]) -> tuple[str, ...]:
    if EVERYONE in who and len(who) > 1:
        raise refuse("everyone is named beside others", "everyone alone, or the others alone")
    return who


def _without_incident(who: tuple[str, ...]) -> tuple[str, ...]:
    """Nobody takes part in what is not there yet."""
    if RESPONDERS in who:
        raise refuse("there are no responders where there is no incident", _ALLOWED_ELSEWHERE)
    return who


def _schema(*examples: Any) -> WithJsonSchema:
    text = {"type": "string"}
    return WithJsonSchema({"anyOf": [text, {"type": "array", "items": text}], "examples": list(examples)})


_PEOPLE = RefersByKind((("person", "people"), ("schedule", "schedules")))
OfIncident = Annotated[
    tuple[Annotated[str, AfterValidator(_whoever), _PEOPLE], ...],
    BeforeValidator(_as_list),
    AfterValidator(_everyone_alone),
    _schema("everyone", "responders", ["responders", "group:@leads"]),
]
"""Who may, as one text or a list: everyone, responders, group:@handle, person:NAME, schedule:NAME. [] is nobody."""

Anywhere = Annotated[
    tuple[Annotated[str, AfterValidator(_whoever), _PEOPLE], ...],
    BeforeValidator(_as_list),
    AfterValidator(_everyone_alone),
    AfterValidator(_without_incident),
    _schema("everyone", "group:@security", ["group:@leads", "person:ada"]),
]
"""The same where no incident is there yet to respond to."""

Admitted = Annotated[
    tuple[Annotated[str, AfterValidator(_account), _PEOPLE], ...],
    BeforeValidator(_as_list),
    AfterValidator(_everyone_alone),
    _schema("everyone", ["person:gil"]),
]
"""Who of those that are no full members is treated as one: everyone, or people by name."""


class Permissions(Section):
    """Who may do what (docs/permissions.md). Each is one text or a list: everyone (all full members); responders (who takes part in the incident or is on call for its service); group:@handle (a Slack user group); person:NAME; schedule:NAME (who is on call in it). [] is nobody."""

    declare: Anywhere = (EVERYONE,)
    """Declare an incident."""

    severity: OfIncident = (EVERYONE,)
    """Rate an incident anew."""

    resolve: OfIncident = (EVERYONE,)
    """Say that the harm is over."""

    close: OfIncident = (EVERYONE,)
    """End an incident for good."""

    reopen: OfIncident = (EVERYONE,)
    """Take up again what was resolved or closed."""

    private: Anywhere = (EVERYONE,)
    """Declare an incident that only its responders see."""

    merge: OfIncident = (RESPONDERS,)
    """Make one incident of two."""

    redact: OfIncident = (RESPONDERS,)
    """Hide or redact what stands on a timeline."""

    configuration: Anywhere = ()
    """Look at the configuration's history in Slack and roll it back (`/ops config`). People and members of user groups that stand here are told when a changed app.yaml is refused, and when it is in order again. Whoever may write app.yaml, or sits at the command line, is not asked."""

    guests: Admitted = ()
    """Which guests of the workspace may act as full members do, within the rules above."""

    external: Admitted = ()
    """Which people of other organizations, who are here by Slack Connect, may."""

    @property
    def groups(self) -> frozenset[str]:
        """The handles of the user groups that are named anywhere here."""
        named = (target(one) for key in type(self).model_fields for one in getattr(self, key))
        return frozenset(one.name for one in named if one.kind == "group")
