"""app.yaml as a whole. Each section has its file in bot/config/sections/ and its line here."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from bot.config import references
from bot.config.calendar import Timezone
from bot.config.fields import Label, Section, Whole, web_link
from bot.config.near import folded
from bot.config.problems import Refused
from bot.config.sections.actions import Actions
from bot.config.sections.alerts import Alerts, Flapping, Group, Levels, Maintenance, Route, When
from bot.config.sections.automation import AutomationRule, Webhook, field_flaws
from bot.config.sections.backlog import Backlog
from bot.config.sections.channels import Channels
from bot.config.sections.checks import Check, Objective
from bot.config.sections.close_reasons import DEFAULT_CLOSE_REASONS, CloseReason
from bot.config.sections.decisions import OpenQuestion
from bot.config.sections.delivery import Delivery
from bot.config.sections.digests import Digest
from bot.config.sections.form_size import form_flaws
from bot.config.sections.github import GitHub
from bot.config.sections.incident_fields import MOST_FIELDS, IncidentField, IncidentType, can_be_named
from bot.config.sections.integrations import Integration
from bot.config.sections.nudges import Nudges
from bot.config.sections.paging import (
    BusinessHours,
    EscalationPolicy,
    Expectation,
    LastResort,
    Paging,
    Step,
    UrgencyRule,
)
from bot.config.sections.people import Person, one_account_each
from bot.config.sections.permissions import Permissions
from bot.config.sections.recurring_reviews import RecurringReview
from bot.config.sections.retention import Retention
from bot.config.sections.reviews import Reviews, ReviewStep
from bot.config.sections.roles import DEFAULT_ROLES, FIXED_ROLES, Role, fixed_roles_exist
from bot.config.sections.routine_tasks import Routine, RoutineTask
from bot.config.sections.runbooks import Command, Runbooks, RunbooksSection
from bot.config.sections.schedules import Schedule, one_group_each
from bot.config.sections.services import Service, no_circles
from bot.config.sections.severities import DEFAULT_SEVERITIES, Review, Severity, known_apart
from bot.config.sections.statuses import DEFAULT_STATUSES, LAST_STATUSES, Status, resolved_then_closed
from bot.config.templates import check_placeholders, fill

__all__ = [
    "FIXED_ROLES",
    "LAST_STATUSES",
    "Actions",
    "Alerts",
    "AutomationRule",
    "Backlog",
    "BusinessHours",
    "Channels",
    "Check",
    "CloseReason",
    "Command",
    "Config",
    "Delivery",
    "Digest",
    "EscalationPolicy",
    "Expectation",
    "Flapping",
    "GitHub",
    "Group",
    "IncidentField",
    "IncidentType",
    "Integration",
    "LastResort",
    "Levels",
    "Maintenance",
    "Nudges",
    "Objective",
    "OpenQuestion",
    "Paging",
    "Permissions",
    "Person",
    "RecurringReview",
    "Review",
    "ReviewStep",
    "Reviews",
    "Role",
    "Route",
    "Routine",
    "RoutineTask",
    "Runbooks",
    "Schedule",
    "Service",
    "Severity",
    "Status",
    "Step",
    "UrgencyRule",
    "Webhook",
    "When",
]

# As many as one menu of Slack's holds. Services may be more: theirs is searched.
CHOICES = Field(max_length=100)

_Named = TypeVar("_Named", Person, Service, Schedule, EscalationPolicy, Role, Status, Check)


def _bridge(value: str) -> str:
    check_placeholders(value)
    web_link(fill(value, number=1, slug="a"))
    return value


class Config(Section):
    """What one organization wants of the bot."""

    organization: Label
    """The name of the company or team."""

    timezone: Timezone = "UTC"
    """The timezone of the office: for schedules, business hours and maintenance that name none, and for readers whose own is not known. Exports are in UTC."""

    people: Annotated[tuple[Person, ...], Whole(one_account_each)] = ()
    """The people that the rest of the file refers to."""

    permissions: Permissions = Permissions()
    """Who may do what."""

    services: Annotated[tuple[Service, ...], Whole(no_circles)] = ()
    """What can break."""

    schedules: Annotated[tuple[Schedule, ...], Whole(one_group_each)] = ()
    """Who is on call."""

    severities: Annotated[tuple[Severity, ...], CHOICES, Whole(known_apart)] = DEFAULT_SEVERITIES
    """How bad it is, the most severe first."""

    escalation_policies: tuple[EscalationPolicy, ...] = ()
    """Who is paged, and who next when nobody acknowledges. Without one nobody is paged."""

    business_hours: BusinessHours = BusinessHours()
    """When the office works: for pages that may wait for it, and for steps that ring then only."""

    paging: Paging = Paging()
    """What holds for all pages."""

    expect: tuple[Expectation, ...] = ()
    """Tests of the rules, run by `tocsin config check`: who must be reached and when, and where alerts must go."""

    roles: Annotated[tuple[Role, ...], Whole(fixed_roles_exist)] = DEFAULT_ROLES
    """Who does what; lead, comms and scribe must be there."""

    statuses: Annotated[tuple[Status, ...], CHOICES, Whole(resolved_then_closed)] = DEFAULT_STATUSES
    """The stages of an incident in their order; resolved and closed must be the last two."""

    close_reasons: Annotated[tuple[CloseReason, ...], CHOICES] = DEFAULT_CLOSE_REASONS
    """Why an incident may be closed that was not resolved."""

    channels: Channels = Channels()
    """Where incidents live in Slack."""

    nudges: Nudges = Nudges()
    """What an open incident asks its people for."""

    bridge: (
        Annotated[
            str,
            AfterValidator(_bridge),
            WithJsonSchema(
                {
                    "type": "string",
                    "pattern": "^https?://",
                    "examples": ["https://meet.example.com/inc-{number}"],
                }
            ),
        ]
        | None
    ) = None
    """The link of an incident's call. {number} and {slug} are filled in. Becomes a bookmark of the channel."""

    integrations: tuple[Integration, ...] = ()
    """The monitoring tools that may send alerts."""

    alerts: Alerts = Alerts()
    """What holds for all alerts."""

    routes: tuple[Route, ...] = ()
    """Where alerts go; the first that fits decides. What fits none: critical becomes an incident, all else a message in the announcement channel."""

    maintenance: tuple[Maintenance, ...] = ()
    """Times in which alerts ring nobody."""

    checks: tuple[Check, ...] = ()
    """What is probed again and again."""

    slos: tuple[Objective, ...] = ()
    """The objectives that services keep to over 30 days."""

    commands: tuple[Command, ...] = ()
    """The programs that steps of runbooks may run."""

    runbooks: RunbooksSection = Runbooks()
    """Where it is written what to do, step by step."""

    types: Annotated[tuple[IncidentType, ...], CHOICES] = ()
    """The types of incidents (docs/fields.md)."""

    fields: Annotated[tuple[IncidentField, ...], Field(max_length=MOST_FIELDS), Whole(can_be_named)] = ()
    """What is filled in for an incident beyond severity and service (docs/fields.md)."""

    backlog: Backlog = Backlog()
    """What is to be done some day, and when it is gone through."""

    routine: Routine = Routine()
    """What holds for all that is done between incidents."""

    decisions: tuple[OpenQuestion, ...] = ()
    """What is to be decided when a team begins: each is asked once."""

    routine_tasks: tuple[RoutineTask, ...] = ()
    """What is done again and again (docs/routine.md)."""

    recurring_reviews: tuple[RecurringReview, ...] = ()
    """The reviews that come again, such as every second Monday (docs/routine.md)."""

    actions: Actions = Actions()
    """What holds for all action items."""

    github: GitHub | None = None
    """Where action items stand as issues. Without it they stay here."""

    reviews: Reviews = Reviews()
    """What is done about an incident once it is over."""

    webhooks: tuple[Webhook, ...] = ()
    """Who is told of changes outside of Slack (docs/automation.md)."""

    automation: tuple[AutomationRule, ...] = ()
    """What is done by itself when an incident is declared, or changes its severity or status (docs/automation.md)."""

    digests: tuple[Digest, ...] = ()
    """What channels are told of the days behind them, again and again."""

    delivery: Delivery = Delivery()
    """How long the bot waits for Slack, and how long it goes on trying."""

    retention: Retention = Retention()
    """How long what piles up is kept."""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Config:
        people = {person.name for person in self.people}
        found = (
            *references.flaws(Config, self.model_dump(by_alias=True)),
            *field_flaws(self.automation, self.fields, people),
            *form_flaws(self.fields, self.services, self.types, self.severities, self.statuses),
        )
        if found:
            raise Refused(*found)
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The timezone, ready for arithmetic."""
        return ZoneInfo(self.timezone)

    def person(self, name: str) -> Person | None:
        """The person of this name; a leading @ and case do not matter."""
        return self._people_by_name.get(folded(name.removeprefix("@")))

    def service(self, name: str) -> Service | None:
        """The service of this name."""
        return self._services_by_name.get(folded(name))

    def service_title(self, name: str) -> str:
        """The name of a service that people read; of one that is no longer in the file the short name."""
        found = self.service(name)
        return name if found is None else found.shown_name

    def schedule(self, name: str) -> Schedule | None:
        """The schedule of this name."""
        return self._schedules_by_name.get(folded(name))

    def zone_of(self, schedule: Schedule) -> ZoneInfo:
        """The zone of a schedule's wall times."""
        return ZoneInfo(schedule.timezone or self.timezone)

    def escalation_policy(self, name: str) -> EscalationPolicy | None:
        """The escalation policy of this name."""
        return self._escalation_policies_by_name.get(folded(name))

    def policy_for(self, service: Service | None) -> EscalationPolicy | None:
        """The service's escalation policy, or the one of all that have none; None: nobody is paged."""
        for name in (service and service.escalation_policy, self.paging.escalation_policy):
            found = self.escalation_policy(name) if name else None
            if found is not None:
                return found
        return self.escalation_policies[0] if self.escalation_policies else None

    def severity(self, word: str) -> Severity | None:
        """The severity of this name or alias: "sev1", "P1", "level3"."""
        return self._severities_by_name.get(folded(word))

    def severity_rank(self, word: str) -> int:
        """0 for the most severe. A severity that is no longer in the file ranks after all others."""
        found = self.severity(word)
        return len(self.severities) if found is None else self.severities.index(found)

    def integration(self, name: str) -> Integration | None:
        """The integration of this name."""
        return next((one for one in self.integrations if one.name == name), None)

    def check(self, name: str) -> Check | None:
        """The check of this name."""
        return self._checks_by_name.get(folded(name))

    def command(self, name: str) -> Command | None:
        """The command of this name."""
        return next((one for one in self.commands if one.name == name), None)

    def routine_task(self, name: str) -> RoutineTask | None:
        """The routine task of this name."""
        return next((one for one in self.routine_tasks if folded(one.name) == folded(name)), None)

    def recurring_review(self, name: str) -> RecurringReview | None:
        """The recurring review of this name."""
        return next((one for one in self.recurring_reviews if folded(one.name) == folded(name)), None)

    @property
    def routine_channel(self) -> str:
        """Where the routine's messages go, by name."""
        return self.routine.channel or self.channels.announcements

    def digest(self, name: str) -> Digest | None:
        """The digest of this name."""
        return next((one for one in self.digests if folded(one.name) == folded(name)), None)

    def webhook(self, name: str) -> Webhook | None:
        """The webhook of this name."""
        return next((one for one in self.webhooks if one.name == name), None)

    def automation_rule(self, name: str) -> AutomationRule | None:
        """The rule of automation of this name."""
        return next((one for one in self.automation if one.name == name), None)

    def type(self, name: str) -> IncidentType | None:
        """The incident type of this name."""
        return next((one for one in self.types if folded(one.name) == folded(name)), None)

    def field(self, name: str) -> IncidentField | None:
        """The custom field of this name or label."""
        wanted = folded(name)
        return next((one for one in self.fields if folded(one.name) == wanted), None) or next(
            (one for one in self.fields if folded(one.label) == wanted), None
        )

    def role(self, name: str) -> Role | None:
        """The role of this name."""
        return self._roles_by_name.get(folded(name))

    def status(self, name: str) -> Status | None:
        """The status of this name."""
        return self._statuses_by_name.get(folded(name))

    def close_reason(self, word: str) -> CloseReason | None:
        """The close reason of this name; case, spaces and hyphens do not matter."""
        return next((one for one in self.close_reasons if folded(one.name) == folded(word)), None)

    @property
    def active_statuses(self) -> tuple[Status, ...]:
        """The statuses before resolved; a new incident begins with the first of them."""
        return tuple(status for status in self.statuses if status.is_active)

    def bridge_for(self, number: int, slug: str) -> str | None:
        """The link of an incident's call."""
        return None if self.bridge is None else fill(self.bridge, number=number, slug=slug)

    # A screen asks for hundreds of names, of companies with hundreds of people and services.

    @cached_property
    def _people_by_name(self) -> dict[str, Person]:
        return _by_name(self.people)

    @cached_property
    def _services_by_name(self) -> dict[str, Service]:
        return _by_name(self.services)

    @cached_property
    def _schedules_by_name(self) -> dict[str, Schedule]:
        return _by_name(self.schedules)

    @cached_property
    def _escalation_policies_by_name(self) -> dict[str, EscalationPolicy]:
        return _by_name(self.escalation_policies)

    @cached_property
    def _checks_by_name(self) -> dict[str, Check]:
        return _by_name(self.checks)

    @cached_property
    def _severities_by_name(self) -> dict[str, Severity]:
        return {folded(name): severity for severity in self.severities for name in severity.names}

    @cached_property
    def _roles_by_name(self) -> dict[str, Role]:
        return _by_name(self.roles)

    @cached_property
    def _statuses_by_name(self) -> dict[str, Status]:
        return _by_name(self.statuses)


def _by_name(items: tuple[_Named, ...]) -> dict[str, _Named]:
    return {folded(item.name): item for item in items}
