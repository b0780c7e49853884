"""Digests: what a channel is told of the days behind it, again and again."""

from __future__ import annotations

from typing import Literal

from bot.config.calendar import Recurs
from bot.config.fields import Section, Slug
from bot.config.sections.channels import ChannelName

Period = Literal["daily", "weekly", "monthly", "quarterly"]


class Digest(Section):
    """A message that comes again, with the figures of the time behind it. Private incidents and drills are never in it."""

    name: Slug
    """The short name: `tocsin digest NAME --dry-run` shows what it would say."""

    period: Period
    """What it tells: daily (what is open, who is on call, what came overnight), weekly (figures against the week before), monthly or quarterly (trends and a summary)."""

    cadence: Recurs
    """When it is sent. A daily one tells of the time since the one before; a weekly one of the seven days before its day; the others of the last whole month or quarter."""

    channel: ChannelName | None = None
    """Where. Default: the announcement channel."""

    skip_empty: bool = False
    """Whether it is left out when there is nothing to tell."""
