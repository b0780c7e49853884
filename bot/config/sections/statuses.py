"""Statuses: the way of an incident from declared to closed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.config.fields import Emoji, Label, Meaning, Section, Slug, named
from bot.config.problems import Flaw

LAST_STATUSES = ("resolved", "closed")


class Status(Section):
    """A stage on the way. The order in the file counts; resolved and closed are the last two."""

    name: Slug
    """The short name that people type."""

    title: Label
    """The name that people read."""

    emoji: Emoji
    """The emoji that stands for it."""

    meaning: Meaning
    """When an incident is at this stage, in plain words."""

    @property
    def is_active(self) -> bool:
        """Whether the harm goes on: every status but resolved and closed."""
        return self.name not in LAST_STATUSES


DEFAULT_STATUSES = (
    Status(
        name="investigating",
        title="Investigating",
        emoji=":mag:",
        meaning="We see the harm and look for its cause.",
    ),
    Status(
        name="identified",
        title="Identified",
        emoji=":dart:",
        meaning="We know the cause and work on the mend.",
    ),
    Status(
        name="monitoring", title="Monitoring", emoji=":eyes:", meaning="The mend is in place and we watch it."
    ),
    Status(name="resolved", title="Resolved", emoji=":white_check_mark:", meaning="The harm is over."),
    Status(
        name="closed",
        title="Closed",
        emoji=":lock:",
        meaning="Everything is written down and the work is done.",
    ),
)


def resolved_then_closed(items: Any) -> Iterator[Flaw]:
    """At least one active status, then resolved, then closed: the rules of the life cycle stand on these."""
    if not isinstance(items, (list, tuple)):
        return
    names = [name for _, name in named(items)]
    if len(names) != len(items):
        return  # a status without a name is told of already
    if tuple(names[-2:]) != LAST_STATUSES:
        yield Flaw(
            "the last two are not resolved and closed", "active statuses first, then resolved, then closed"
        )
    elif len(names) == 2:
        yield Flaw("no status comes before resolved", "at least one, such as investigating")
