"""Close reasons: why an incident is closed that simply was over, or was none."""

from __future__ import annotations

from bot.config.fields import Label, Meaning, Section, Slug


class CloseReason(Section):
    """A reason to close an incident early, before it was resolved. One that was resolved needs none."""

    name: Slug
    """The short name that people type."""

    title: Label
    """The name that people read."""

    meaning: Meaning
    """When to choose it, in plain words."""

    counted: bool = False
    """Whether figures count such an incident (docs/measures.md), and a review may follow it. Default: it was none, or another one tells of the same harm."""


DEFAULT_CLOSE_REASONS = (
    CloseReason(
        name="duplicate", title="Duplicate", meaning="Another incident tells of the same harm already."
    ),
    CloseReason(name="false-positive", title="False positive", meaning="Nothing was broken."),
    CloseReason(
        name="superseded", title="Superseded", meaning="Something larger has taken its place, such as a move."
    ),
    CloseReason(
        name="cancelled",
        title="Cancelled",
        meaning="It was declared by mistake, or nobody needs it any more.",
    ),
)
