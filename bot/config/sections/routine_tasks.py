"""Routine tasks: what is done again and again, by whom, and how it is known to be done."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from bot.config.calendar import Recurs
from bot.config.fields import (
    CheckName,
    Duration,
    Label,
    Meaning,
    PersonOrSchedule,
    Prose,
    Section,
    ServiceName,
    SeverityName,
    Slug,
    once_each,
    refuse,
)
from bot.config.sections.channels import ChannelName
from bot.config.sections.checks import LONGEST_TIMEOUT

# A group of checkboxes in Slack holds ten, of 75 characters each.
MOST_POINTS = 10
LONGEST_POINT = 75


def _point(value: str) -> str:
    if len(value) > LONGEST_POINT:
        raise refuse(f"is {len(value)} characters long", f"at most {LONGEST_POINT} in a point of a checklist")
    return value


Point = Annotated[Meaning, AfterValidator(_point), Field(json_schema_extra={"maxLength": LONGEST_POINT})]


class Routine(Section):
    """What holds for all that is done between incidents."""

    channel: ChannelName | None = None
    """Where its messages go, by name; invite the bot. Default: `channels.announcements`."""

    due_within: Duration = timedelta(hours=8)
    """How long after its time a task is overdue, where it says nothing itself."""

    remind_every: Duration = timedelta(days=1)
    """How often whoever has an overdue task is reminded."""


class TaskCommand(Section):
    """A program of this machine that the bot runs, without a shell and in the folder of app.yaml. Status 0 is done."""

    argv: Annotated[tuple[str, ...], Field(min_length=1)]
    """The program and its arguments, word by word."""

    contains: Meaning | None = None
    """What it must write."""

    timeout: Duration = timedelta(minutes=1)
    """How long it may take, at most 10m."""

    @model_validator(mode="after")
    def _is_not_too_long(self) -> TaskCommand:
        if self.timeout > LONGEST_TIMEOUT:
            raise refuse("is too long", "at most 10m", at="timeout")
        return self


class TaskDrill(Section):
    """The incident of a drill, declared by a button: all is as always, but nothing is broken."""

    title: Label
    """Its title."""

    severity: SeverityName
    """Its severity, by the name under `severities`."""

    service: ServiceName | None = None
    """Its service, by the name under `services`."""


class RoutineTask(Section):
    """Something that is done again and again."""

    name: Slug
    """The short name that people type. The evidence is kept under it."""

    title: Label
    """What is done."""

    description: Prose | None = None
    """How it is done, and what to look at."""

    cadence: Recurs
    """When: a cron line, or more (docs/routine.md)."""

    checklist: Annotated[tuple[Point, ...], Field(max_length=MOST_POINTS)] = ()
    """The points to tick. All must be ticked before the task is done."""

    owner: PersonOrSchedule | None = None
    """Who does it, by the name under `people`; or `schedule:NAME`: whoever is on call then. Without an owner and `people`: whoever comes first."""

    people: Annotated[tuple[PersonOrSchedule, ...], AfterValidator(once_each)] = ()
    """Those who take turns, one each time. Who is away or has left is passed over."""

    service: ServiceName | None = None
    """What it is about, by the name under `services`."""

    check: CheckName | None = None
    """The check whose result is the answer, by the name under `checks`: while it passes, the task is done by itself."""

    command: TaskCommand | None = None
    """A program whose result is the answer."""

    drill: TaskDrill | None = None
    """A drill that is declared from its message."""

    due_within: Duration | None = None
    """How long after its time it is overdue. Default: `routine.due_within`."""

    @model_validator(mode="after")
    def _has_one_answer(self) -> RoutineTask:
        if self.owner is not None and self.people:
            raise refuse("has an owner and people who take turns", "one of the two", at="people")
        if self.check is not None and self.command is not None:
            raise refuse("has a check and a command", "one of the two", at="command")
        return self
