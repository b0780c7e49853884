"""Decisions that a team has yet to take when it begins."""

from __future__ import annotations

from bot.config.fields import Duration, Meaning, PersonName, Prose, Section, Slug


class OpenQuestion(Section):
    """A question that is asked once, and waits until it is decided."""

    name: Slug
    """The short name under which it is remembered: it is asked once, whatever becomes of it."""

    question: Meaning
    """What is to be decided."""

    description: Prose | None = None
    """What belongs to it."""

    owner: PersonName
    """Who decides, by the name under `people`."""

    due_within: Duration
    """How long after it is first asked it should be decided."""
