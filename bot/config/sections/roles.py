"""Roles: who does what during an incident."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.config.fields import Emoji, Label, Prose, Section, Slug, named
from bot.config.problems import Flaw

FIXED_ROLES = ("lead", "comms", "scribe")


class Role(Section):
    """A part that one person plays. lead, comms and scribe always exist; more may be added."""

    name: Slug
    """The short name that people type."""

    title: Label
    """The name that people read."""

    emoji: Emoji
    """The emoji that stands for it on the card."""

    instructions: Prose
    """What the person assigned is told in private: three to five short lines."""

    @property
    def command(self) -> str:
        """What is typed to take it or to hand it over."""
        return f"/incident {self.name}" if self.name in FIXED_ROLES else f"/incident role {self.name}"


DEFAULT_ROLES = (
    Role(
        name="lead",
        title="Lead",
        emoji=":firefighter:",
        instructions=(
            "You decide; others do the work. Say so when you take over.\n"
            "Ask for comms and a scribe, and name who looks into what.\n"
            "First limit the damage (roll back, switch off), then find the cause.\n"
            "Take stock every 15 minutes: what do we know, what next, who is missing?\n"
            "Hand over before you are tired."
        ),
    ),
    Role(
        name="comms",
        title="Comms",
        emoji=":loudspeaker:",
        instructions=(
            "You tell everybody else, so that the others can work.\n"
            "Post an update with /incident update, at the pace the severity asks for.\n"
            "Say what is hit, since when, what is being done, and when you will write again.\n"
            "No guesses about the cause or the end. Tell support what customers may be told."
        ),
    ),
    Role(
        name="scribe",
        title="Scribe",
        emoji=":memo:",
        instructions=(
            "You keep the record; the review will be made of it.\n"
            "Mark what matters with a 📌, or write it down with /incident note.\n"
            "Note decisions and their reason, what was tried, and when it took effect.\n"
            "Ask when something is unclear. Nobody remembers it tomorrow."
        ),
    ),
)


def fixed_roles_exist(items: Any) -> Iterator[Flaw]:
    """The commands and buttons for lead, comms and scribe need their roles."""
    if not isinstance(items, (list, tuple)):
        return
    names = {name for _, name in named(items)}
    missing = [name for name in FIXED_ROLES if name not in names]
    if missing:
        yield Flaw(
            f"{' and '.join(missing)} not found", "lead, comms and scribe must be there; more may be added"
        )
