"""Recurring reviews: meetings that come again, with an agenda, figures, feedback and what follows from them."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from bot.config.calendar import Recurs
from bot.config.fields import (
    Duration,
    Label,
    Meaning,
    PersonName,
    PersonOrSchedule,
    Section,
    Slug,
    once_each,
    refuse,
)

MOST_TOPICS = 12
Question = Annotated[Meaning, Field(max_length=150)]


class Topic(Section):
    """A part of the agenda."""

    title: Label
    """What it is about."""

    minutes: Annotated[int, Field(ge=1, le=480)]
    """How long it takes."""

    points: Annotated[tuple[Meaning, ...], Field(max_length=10)] = ()
    """What is gone through."""


class RecurringReview(Section):
    """A review that comes again, such as every second Monday."""

    name: Slug
    """The short name that people type."""

    title: Label
    """The name that people read."""

    cadence: Recurs
    """When it begins: a cron line, or more (docs/routine.md)."""

    duration: Duration = timedelta(hours=1)
    """How long it takes."""

    participants: tuple[PersonName, ...] = ()
    """Who takes part, by their names under `people`."""

    facilitators: Annotated[tuple[PersonOrSchedule, ...], AfterValidator(once_each)] = ()
    """Who leads it, in turns; `schedule:NAME` is whoever is on call then. Who is away or has left is passed over. Default: the participants."""

    remind_before: Duration = timedelta(days=1)
    """How long before it begins it is announced, and feedback is asked for."""

    agenda: Annotated[tuple[Topic, ...], Field(max_length=MOST_TOPICS)] = ()
    """What is gone through, in this order."""

    questions: Annotated[tuple[Question, ...], Field(max_length=6)] = ()
    """What is asked beforehand, by the button for feedback. Default: one question about all."""

    @model_validator(mode="after")
    def _agenda_fits(self) -> RecurringReview:
        minutes = sum(topic.minutes for topic in self.agenda)
        if timedelta(minutes=minutes) > self.duration:
            raise refuse(
                f"takes {minutes} minutes, which is more than its duration",
                "a longer `duration`",
                at="agenda",
            )
        return self
