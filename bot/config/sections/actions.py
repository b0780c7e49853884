"""Action items: when those who have promised something are reminded of it."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from bot.config.fields import Section, refuse
from bot.config.problems import shown

_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def _time_of_day(value: object) -> time:
    if isinstance(value, time):
        return value
    match = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise refuse(f"{shown(value)} is not a time of day", '00:00 to 23:59, in quotation marks: "09:00"')
    return time(int(match[1]), int(match[2]))


TimeOfDay = Annotated[
    time,
    BeforeValidator(_time_of_day),
    PlainSerializer(lambda at: f"{at:%H:%M}", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "examples": ["09:00"]}),
]


class Actions(Section):
    """What holds for all action items. Days begin and end in the organization's timezone."""

    due_after_days: Annotated[int, Field(ge=1, le=366)] = 14
    """In how many days an item is due that names no day."""

    remind_at: TimeOfDay = time(9)
    """The hour of each reminder, in the organization's timezone."""

    remind_days_before: Annotated[int, Field(ge=0, le=60)] = 2
    """How many days before the due date its owner is reminded first; 0: not before the day itself. Who is late is reminded one, three and seven days after it, and then each week."""
