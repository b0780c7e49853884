"""Schedules: who is on call when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from bot.config.calendar import Day, HandoffTime, Holidays, Hours, Timezone, whole_hours
from bot.config.fields import (
    Duration,
    Label,
    OrText,
    PersonName,
    Section,
    Slug,
    VariableName,
    duration_text,
    refuse,
)
from bot.config.problems import Flaw, Refused, shown
from bot.config.sections.channels import ChannelName

WEEK = timedelta(weeks=1)
_HANDLE = re.compile(r"[a-z0-9][a-z0-9._-]{0,20}")  # Slack allows handles of 21 characters


def _handle(value: str) -> str:
    handle = value.strip().removeprefix("@")
    if not _HANDLE.fullmatch(handle):
        proposal = re.sub(r"[^a-z0-9._-]+", "-", handle.lower())[:21].strip("-")
        raise refuse(
            f"{shown(value)} is not the handle of a user group",
            "at most 21 lowercase letters, digits, ., - and _, such as @oncall",
            f"@{proposal}" if _HANDLE.fullmatch(proposal) else None,
        )
    return handle


UserGroup = Annotated[
    str, AfterValidator(_handle), WithJsonSchema({"type": "string", "examples": ["@oncall"]})
]
"""A user group of Slack's by its handle; kept without its @."""


def _shift_length(length: timedelta) -> timedelta:
    if not whole_hours(length):
        raise refuse(
            f"{shown(duration_text(length))} is not a length for shifts", "whole hours, days or weeks"
        )
    return length


class Member(Section):
    """Somebody in a rotation, perhaps for a time only."""

    person: PersonName
    """The name under `people`."""

    from_: Day | None = Field(default=None, alias="from")
    """The first day in the rotation. Default: from the beginning."""

    until: Day | None = None
    """The last day in the rotation. Default: without end."""

    @model_validator(mode="after")
    def _in_order(self) -> Member:
        if self.from_ is not None and self.until is not None and self.until < self.from_:
            raise refuse(
                f"{self.until} is before {self.from_}", "the last day, on or after `from`", at="until"
            )
        return self


Members = tuple[Annotated[Member, OrText("person")], ...]


class CalendarName(Section):
    """What an imported calendar calls somebody."""

    says: Label
    """The summary, name or address in the calendar; case does not matter."""

    person: PersonName
    """Whom it means, by the name under `people`."""


class ImportedCalendar(Section):
    """An iCal calendar that is kept elsewhere; each of its events names the person on call."""

    url_from: VariableName | None = None
    """The environment variable, or line of `.env`, that holds the link it is fetched from. Whoever has such a link can read the calendar, so it does not stand here."""

    file: Label | None = None
    """The file that it is read from, relative to app.yaml."""

    names: tuple[CalendarName, ...] = ()
    """What the calendar says, and whom it means, where that is neither an e-mail address nor a name under `people`."""

    refresh_every: Duration = timedelta(minutes=15)
    """How often it is fetched or read again."""

    @model_validator(mode="after")
    def _has_one_source(self) -> ImportedCalendar:
        if (self.url_from is None) == (self.file is None):
            raise refuse(
                "has no source" if self.url_from is None else "has two sources",
                "url_from or a file, one of them",
            )
        if self.refresh_every < timedelta(minutes=1):
            raise refuse(
                f"{duration_text(self.refresh_every)} is too short", "at least 1m", at="refresh_every"
            )
        return self


class Layer(Section):
    """People who take turns. Of several layers the last one that has somebody at a moment wins."""

    name: Slug
    """The short name; it is told as the reason why somebody is on call."""

    people: Members = ()
    """The people in the order of their turns: names, or keys `person`, `from` (first day) and `until` (last day)."""

    every: Annotated[Duration, AfterValidator(_shift_length)] = WEEK
    """How long a shift is: whole hours, days or weeks of wall time."""

    handoff: HandoffTime | None = None
    """When the next one takes over, such as `Monday 09:00`, or `09:00` for shifts that are no whole weeks. Default: 09:00, for weeks on the weekday of `start`."""

    start: Day | None = None
    """The first day of the layer. The first of the people has the first turn. Must be given for several people."""

    end: Day | None = None
    """The last day of the layer. Default: without end."""

    restrictions: tuple[Hours, ...] = ()
    """The hours of the week to which the layer is limited: `Mon-Fri 09:00-17:00`, `22:00-06:00`, `Sat-Sun`, `Fri 17:00 to Mon 09:00`."""

    holidays: Holidays | None = None
    """The layer applies on the public holidays of this country only: `DE`, or keys `country` and `subdivision`."""

    not_on_holidays: Holidays | None = None
    """The layer does not apply on the public holidays of this country."""

    ical: ImportedCalendar | None = None
    """A calendar kept elsewhere, in place of people and their turns."""

    @model_validator(mode="after")
    def _has_somebody(self) -> Layer:
        if self.ical is not None:
            for key in ("people", "every", "handoff"):
                if key in self.model_fields_set:
                    raise refuse("the calendar says who is on call when", f"either {key} or ical", at=key)
        elif not self.people:
            raise refuse("the rotation is empty", "at least one person, or an ical calendar", at="people")
        return self

    @model_validator(mode="after")
    def _can_be(self) -> Layer:
        if self.holidays is not None and self.not_on_holidays is not None:
            raise refuse(
                "a layer cannot be both for holidays and not for them", "one of the two", at="not_on_holidays"
            )
        if self.start is not None and self.end is not None and self.end < self.start:
            raise refuse(f"{self.end} is before {self.start}", "the last day, on or after `start`", at="end")
        if len(self.people) > 1 and self.start is None:
            raise refuse(
                "is missing", "the day from which the first of the people has their turn", at="start"
            )
        if self.handoff is not None and self.handoff.weekday is not None and self.every % WEEK:
            raise refuse(
                f"shifts of {duration_text(self.every)} do not change on one weekday",
                f"a time alone, such as {self.handoff.at:%H:%M}, or shifts of whole weeks",
                at="handoff",
            )
        return self


class Shadows(Section):
    """Those who see the pages of a schedule to learn from them, and are never rung."""

    people: Members = ()
    """People who always see them."""

    layers: tuple[Layer, ...] = ()
    """Rotations beside those of the schedule; of each layer the one whose turn it is sees them."""

    @model_validator(mode="after")
    def _are_rotations(self) -> Shadows:
        for index, layer in enumerate(self.layers):
            if layer.ical is not None:
                raise Refused(
                    Flaw(
                        "shadows have no calendar", "people and their turns", None, ("layers", index, "ical")
                    )
                )
        return self


class Schedule(Section):
    """Who is on call, at each moment one person."""

    name: Slug
    """The short name that people type."""

    title: Label | None = None
    """The name that people read. Default: the short name."""

    timezone: Timezone | None = None
    """The zone of its wall times. Default: the organization's."""

    owner: PersonName
    """Who answers for it: is told of gaps and of people who cannot be reached."""

    user_group: UserGroup | None = None
    """The handle of a Slack user group whose one member is whoever is on call. In YAML a @ needs quotes."""

    channel: ChannelName | None = None
    """The channel that is told of each change of hands, by name. In YAML a # needs quotes. Default: only the two people are."""

    remind_before: Duration = timedelta(days=1)
    """How long before a shift its person is reminded."""

    layers: tuple[Layer, ...]
    """The layers; where several have somebody, the last of them wins."""

    shadows: Shadows = Shadows()
    """Those who see the pages and are never rung."""

    @property
    def shown_name(self) -> str:
        """The title, or the name where there is none."""
        return self.title or self.name

    @model_validator(mode="after")
    def _has_layers(self) -> Schedule:
        if not self.layers:
            raise refuse("the list is empty", "at least one layer", at="layers")
        return self


def one_group_each(items: Any) -> Iterator[Flaw]:
    """Two schedules that keep one user group in step would undo each other's work for ever."""
    first: dict[str, int] = {}
    for index, item in enumerate(items if isinstance(items, (list, tuple)) else ()):
        value = item.get("user_group") if isinstance(item, dict) else None
        if isinstance(value, str):
            handle = value.strip().removeprefix("@")
            earlier = first.setdefault(handle, index)
            if earlier != index:
                yield Flaw(
                    f"{shown(value)} belongs to another schedule",
                    "a group for each",
                    None,
                    (index, "user_group"),
                    (earlier, "user_group"),
                )
