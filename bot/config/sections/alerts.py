"""Alerts: where each goes, what belongs together, when it may ring, and when nothing rings at all."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from bot.config.calendar import Cron, Timezone
from bot.config.fields import (
    Duration,
    Label,
    Refers,
    Section,
    ServiceName,
    SeverityName,
    Slug,
    duration_text,
    refuse,
)
from bot.config.problems import shown
from bot.config.sections.channels import ChannelName

Levels = Literal["critical", "error", "warning", "info"]
LEVELS: tuple[Levels, ...] = ("critical", "error", "warning", "info")
Destination = Literal["incident", "page", "message", "backlog", "nowhere"]

IntegrationName = Annotated[
    str, Refers("integrations"), WithJsonSchema({"type": "string", "examples": ["alertmanager"]})
]
"""An integration, by the name under `integrations`."""


def _label(value: str) -> str:
    name, equals, pattern = value.partition("=")
    if not equals or not name.strip() or not pattern.strip():
        raise refuse(f"{shown(value)} is not a label with a value", "name=value, such as cluster=prod-*")
    return f"{name.strip()}={pattern.strip()}"


LabelPattern = Annotated[
    str,
    AfterValidator(_label),
    WithJsonSchema({"type": "string", "pattern": "^[^=]+=.+$", "examples": ["cluster=prod-*"]}),
]


class Severities(Section):
    """Which severity an alert of each level has. Default: the most severe for critical, the next for error, and so on."""

    critical: SeverityName | None = None
    """Of what is down."""

    error: SeverityName | None = None
    """Of what fails in part."""

    warning: SeverityName | None = None
    """Of what will fail soon."""

    info: SeverityName | None = None
    """Of what is only worth knowing."""


class Flapping(Section):
    """When an alert that comes and goes is taken for one that never went."""

    times: Annotated[int, Field(ge=2, le=100)] = 4
    """So many returns …"""

    within: Duration = timedelta(minutes=30)
    """… each so soon after its end: from then on it flaps, and its end counts only after it was quiet."""

    quiet: Duration = timedelta(minutes=10)
    """How long it must be quiet before its end is believed."""


class ServiceBudget(Section):
    """A budget of pages of one service."""

    service: ServiceName
    """Of which service."""

    pages_per_minute: Annotated[int, Field(ge=1, le=1000)]
    """How many incidents and pages its alerts may open in a minute."""


class Alerts(Section):
    """What holds for all alerts."""

    severities: Severities = Severities()
    """Which severity an alert of each level has, where its route says nothing else."""

    pages_per_minute: Annotated[int, Field(ge=1, le=1000)] = 3
    """How many incidents and pages the alerts of one service may open in a minute. Beyond, they are counted in one message, which is kept current. What has the highest severity always pages."""

    per_service: tuple[ServiceBudget, ...] = ()
    """Another number for some services."""

    flapping: Flapping = Flapping()
    """What counts as flapping, and what ends it."""

    symptoms_within: Duration = timedelta(hours=1)
    """How long after a service's incident the alerts of services that depend on it are taken for its symptoms."""

    maintenance_budget: Annotated[float, Field(gt=0, le=744)] | None = None
    """How many hours of maintenance a month people may start in Slack for one service. What would be beyond is refused. Default: any number."""

    channel: ChannelName | None = None
    """Where messages about alerts go whose route names no channel. Default: the announcement channel."""

    def budget_of(self, service: str | None) -> int:
        """Pages of a service in a minute."""
        found = next((one.pages_per_minute for one in self.per_service if one.service == service), None)
        return self.pages_per_minute if found is None else found


class When(Section):
    """Which alerts a route is for; what is not given fits all."""

    integrations: tuple[IntegrationName, ...] = ()
    """Where they come from, by the names under `integrations`."""

    levels: tuple[Levels, ...] = ()
    """How bad they say it is."""

    services: tuple[ServiceName, ...] = ()
    """What they are about, by the names under `services`."""

    labels: tuple[LabelPattern, ...] = ()
    """Labels that they must have, all of them: cluster=prod-*. * stands for any characters, ? for one, and the case counts."""

    hours: Literal["always", "business", "outside"] = "always"
    """In business hours, outside of them, or always."""


class Group(Section):
    """Which alerts of a route belong together. The first opens, the later ones join it."""

    by: tuple[Literal["service", "integration"], ...] = ("service",)
    """What they have in common."""

    labels: tuple[Label, ...] = ()
    """Names of labels whose values they have in common, too."""

    within: Duration = timedelta(hours=2)
    """How long after the last one the next may still join; after that it opens anew."""


class Route(Section):
    """Where alerts go. The first route that fits an alert decides."""

    name: Slug
    """The short name, which stands beside each alert as its reason."""

    when: When = When()
    """Which alerts it is for. Default: all."""

    to: Destination
    """An incident (which pages by its severity), a page alone, a message in a channel, the backlog, or nowhere (it is kept all the same)."""

    channel: ChannelName | None = None
    """The channel of messages. Default: `alerts.channel`."""

    severity: SeverityName | None = None
    """The severity. Default: by the alert's level, as `alerts.severities` says."""

    group: Group = Group()
    """Which alerts belong together."""

    joins_declared: bool = True
    """Whether alerts join the open incident that a person declared for their service, or for one around it, rather than open one of their own. Private ones and drills are never joined."""

    wait: Duration | None = None
    """How long an alert must last before it rings. One that ends by then is kept, and disturbs nobody."""

    resolve: bool = False
    """Whether the incident is resolved by itself once all its alerts are. A page always ends with its alerts."""

    @model_validator(mode="after")
    def _fits_together(self) -> Route:
        if self.channel is not None and self.to != "message":
            raise refuse(
                f"only messages have a channel, and this goes to {self.to}", "leave it out", at="channel"
            )
        return self


def _wall(value: object) -> object:
    """A wall time, as YAML or people write it; kept as text of its own zone."""
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            return value.isoformat()
        return value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return f"{value.isoformat()} 00:00"
    if isinstance(value, str):
        try:
            datetime.fromisoformat(value.strip())
        except ValueError:
            raise refuse(f"{shown(value)} is not a moment", "such as 2026-12-01 22:00") from None
        return value.strip()
    return value


WallTime = Annotated[
    str,
    BeforeValidator(_wall),
    WithJsonSchema({"type": "string", "examples": ["2026-12-01 22:00"]}),
]
LONGEST_WINDOW = timedelta(days=7)


class Maintenance(Section):
    """A time in which alerts ring nobody: once (from, to), or again and again (every, length)."""

    name: Slug
    """The short name."""

    services: tuple[ServiceName, ...] = ()
    """Which services. Default: all, and also alerts of none."""

    from_: Annotated[WallTime | None, Field(alias="from")] = None
    """The beginning of one that happens once, such as 2026-12-01 22:00."""

    to: WallTime | None = None
    """Its end."""

    every: Cron | None = None
    """When one that recurs begins, as cron: minute, hour, day, month, weekday (sun, or 0 for Monday: better write the names)."""

    length: Duration | None = None
    """How long each lasts, at most 7d."""

    timezone: Timezone | None = None
    """Where these times count. Default: the organization's timezone."""

    budget: Annotated[float, Field(gt=0, le=744)] | None = None
    """How many hours a month it may take. What is beyond rings."""

    @model_validator(mode="after")
    def _once_or_again(self) -> Maintenance:
        once = self.from_ is not None or self.to is not None
        again = self.every is not None or self.length is not None
        if (
            once == again
            or (once and None in (self.from_, self.to))
            or (again and None in (self.every, self.length))
        ):
            raise refuse("does not say when", "either from and to, or every and length")
        if self.length is not None and self.length > LONGEST_WINDOW:
            raise refuse(f"{duration_text(self.length)} is too long", "at most 7d", at="length")
        if self.from_ is not None and self.to is not None and _moment(self.from_) >= _moment(self.to):
            raise refuse(f"{shown(self.to)} is not after {shown(self.from_)}", "", at="to")
        return self


def _moment(text: str) -> datetime:
    """For comparing two of one window: without a zone, or both with one."""
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=None)
