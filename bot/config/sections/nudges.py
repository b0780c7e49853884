"""Nudges: what an open incident asks its people for when the time has come."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from bot.config.fields import Duration, Section


class Nudges(Section):
    """What people are asked for in an incident's channel. How often updates are due stands at each severity (`update_every`)."""

    updates: bool = True
    """Whether an update is asked for when it is due: by the last update's word, or else by `update_every`."""

    at_most: Annotated[int, Field(ge=1, le=20)] = 3
    """How often in a row an incident asks for the same without an answer. With the last time whoever leads it, or else declared it, is told in a direct message; then it is silent until somebody does something."""

    no_lead_after: Duration | None = timedelta(minutes=5)
    """How long after the declaration it is asked who leads, once, if nobody does. null: never."""

    quiet_after: Duration | None = timedelta(days=3)
    """How long an open incident may be without any sign of life before it is asked whether it is over. null: never."""
