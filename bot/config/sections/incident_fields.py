"""Incident types and custom fields: what an organization wants to know of its incidents beyond severity and service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema, model_validator

from bot.config.fields import Label, Meaning, Refers, Section, SeverityName, Slug, named, refuse
from bot.config.near import folded
from bot.config.problems import Flaw, shown

# The moments of an incident's life at which fields are asked for, in their order.
MOMENTS = ("declare", "resolve", "close")
# Words of `/incident list` and `/incident declare`: a field of that name could not be named there.
RESERVED = ("all", "mine", "open", "page", "person", "service", "severity", "since", "status", "type", "until", "words")  # fmt: skip
# A form takes a hundred blocks, and nobody fills in more than a few.
MOST_FIELDS = 20
# One less than a menu holds: a value that is no choice any more keeps its place in the form.
MOST_CHOICES = 99

TypeName = Annotated[str, Refers("types"), WithJsonSchema({"type": "string", "examples": ["security"]})]
"""An incident type, by its name under `types`."""


FieldKind = Literal["text", "number", "choice", "person", "date"]


class IncidentType(Section):
    """A kind of incident, such as an outage or a security incident."""

    name: Slug
    """The short name that people type."""

    title: Label | None = None
    """The name that people read. Default: the short name."""

    description: Meaning | None = None
    """When it is this type, in a sentence."""

    severity: SeverityName | None = None
    """The severity that is chosen in the form to declare along with the type."""

    private: bool = False
    """Whether the form to declare proposes to keep it private."""

    @property
    def shown_name(self) -> str:
        """The title, or the name where there is none."""
        return self.title or self.name


class IncidentField(Section):
    """Something that is filled in for an incident."""

    name: Slug
    """The short name that people type."""

    label: Label
    """What the form asks, such as “Region”."""

    kind: FieldKind = "text"
    """What is filled in: a text of up to 200 characters, a number, one of the choices, a person in Slack, or a day."""

    choices: Annotated[tuple[Label, ...], Field(max_length=MOST_CHOICES)] = ()
    """What can be chosen, for the kind choice: up to 99."""

    hint: Meaning | None = None
    """What stands below it in forms."""

    types: tuple[TypeName, ...] = ()
    """The incident types that have it. Without any: all incidents do."""

    required_at: Literal["declare", "resolve", "close"] | None = None
    """When it must be filled in at the latest. Without it that is up to people."""

    @model_validator(mode="after")
    def _choices_fit(self) -> IncidentField:
        if (self.kind == "choice") != bool(self.choices):
            if self.choices:
                raise refuse(
                    f"a {self.kind} is not chosen", "leave it out, or set kind to choice", at="choices"
                )
            raise refuse("there is nothing to choose", "a list of choices", at="choices")
        first: set[str] = set()
        for choice in self.choices:
            if folded(choice) in first:
                raise refuse(f"{shown(choice)} is there twice", "each choice once", at="choices")
            first.add(folded(choice))
        return self

    def is_for(self, type_name: str | None) -> bool:
        """Whether an incident of this type has it."""
        return not self.types or type_name in self.types

    def is_due(self, moment: str) -> bool:
        """Whether it must be filled in by this moment of an incident's life."""
        return self.required_at is not None and MOMENTS.index(self.required_at) <= MOMENTS.index(moment)

    def choice(self, word: str) -> str | None:
        """The choice that is meant by a word; case, blanks and hyphens do not matter."""
        return next((one for one in self.choices if folded(one) == folded(word)), None)


def can_be_named(items: Any) -> Iterator[Flaw]:
    """Fields are named in front of a colon, where other words stand already."""
    for index, name in named(items):
        if name in RESERVED:
            yield Flaw(f"{shown(name)} is a word of `/incident list`", "another name", None, (index, "name"))
