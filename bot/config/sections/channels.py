"""Channels: one for each incident, and one where all are announced."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from bot.config.fields import Duration, Section, refuse
from bot.config.problems import shown
from bot.config.templates import check_placeholders, fill

LONGEST_NAME = 80  # Slack's limit for a channel's name
_LEGAL = re.compile(r"[a-z0-9_-]+")
_ID = re.compile(r"[CGD][A-Z0-9]{7,}")
_LONGEST_FIXED = 56  # with a number of seven digits; leaves room for a slug that still tells something
_LARGE_NUMBER = 9_999_999


def _pattern(value: str) -> str:
    check_placeholders(value)
    if "{number}" not in value:
        raise refuse(
            f"{shown(value)} has no {{number}}",
            "{number} must be in it, or two incidents would share a name",
            "inc-{number}-{slug}",
        )
    fixed = fill(value, number=1, slug="")
    if not _LEGAL.fullmatch(fixed):
        lower = value.lower().replace(" ", "-")
        better = lower if _LEGAL.fullmatch(lower.replace("{number}", "1").replace("{slug}", "")) else None
        raise refuse(
            f"{shown(value)} is not a channel name",
            "lowercase letters, digits, - and _ around {number} and {slug}",
            better,
        )
    longest = len(fill(value, number=_LARGE_NUMBER, slug=""))
    if longest > _LONGEST_FIXED:
        raise refuse(
            f"is {longest} characters long without the slug, with a number of seven digits",
            f"at most {_LONGEST_FIXED}, as Slack allows {LONGEST_NAME} in all",
        )
    return value


def channel_name(value: str) -> str:
    """A channel by its name, with or without #; kept without. Raises Refused."""
    name = value.strip().removeprefix("#")
    if _ID.fullmatch(name):
        raise refuse(f"{shown(value)} is a Slack id", "the channel's name, such as #incidents")
    if len(name) > LONGEST_NAME or not re.fullmatch(r"[^\W]+(?:[\w-]*\w)?", name) or name != name.lower():
        proposal = re.sub(r"[^\w-]+", "-", name.lower()).strip("-")
        raise refuse(
            f"{shown(value)} is not a channel name",
            "lowercase letters, digits, - and _, such as #incidents",
            f"#{proposal}" if proposal else None,
        )
    return name


ChannelName = Annotated[
    str,
    AfterValidator(channel_name),
    WithJsonSchema({"type": "string", "pattern": r"^#?[^\s#A-Z]+$", "examples": ["#incidents"]}),
]


class Channels(Section):
    """Where incidents live in Slack."""

    pattern: Annotated[
        str,
        AfterValidator(_pattern),
        WithJsonSchema({"type": "string", "pattern": r"\{number\}", "examples": ["inc-{number}-{slug}"]}),
    ] = "inc-{number}-{slug}"
    """The name of an incident's channel. {number} is the incident's number and must be there; {slug} is its title in short, of a drill with “drill” in front."""

    announcements: ChannelName = "incidents"
    """The channel where every public incident is announced, by name. In YAML a # needs quotes."""

    private: bool = False
    """Whether each incident's channel is private from the start."""

    archive_after: Duration | None = None
    """How long after its close an incident's channel is archived: 14d. Default: never. It holds for what is closed from then on."""

    def name_for(self, number: int, slug: str, *, suffix: str = "") -> str:
        """The channel name of an incident, with `suffix` behind it where the name alone is taken.

        The slug is cut, never the number, so that Slack's 80 characters suffice.
        """
        room = LONGEST_NAME - len(suffix) - len(fill(self.pattern, number=number, slug=""))
        each = max(0, room) // max(1, self.pattern.count("{slug}"))
        return fill(self.pattern, number=number, slug=slug[:each].strip("-_")).strip("-_") + suffix

    def is_of(self, number: int, name: str) -> bool:
        """Whether a channel is named for this incident, whatever its title. Of patterns where no sign parts the number from the
        slug behind it, that is not to be told.
        """
        fixed, slug, _ = self.pattern.partition("{slug}")
        if not slug or "{number}" not in fixed or not fixed.endswith(("-", "_")):
            return False
        return f"{name}{fixed[-1]}".startswith(fill(fixed, number=number, slug=""))
