"""The backlog: when it is gone through."""

from __future__ import annotations

from bot.config.calendar import Recurs
from bot.config.fields import Section
from bot.config.sections.channels import ChannelName


class Grooming(Section):
    """Going through the backlog, the oldest first."""

    cadence: Recurs
    """When: a cron line, or more (docs/backlog.md)."""

    channel: ChannelName | None = None
    """Where, by name; invite the bot. Default: `channels.announcements`."""


class Backlog(Section):
    """What holds for the backlog."""

    grooming: Grooming | None = None
    """When the backlog is gone through. Without it nobody is asked to."""
