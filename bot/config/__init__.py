"""The configuration: app.yaml for what an organization wants, the environment for where and with which secrets."""

from bot.config.environment import Settings, missing_for_run
from bot.config.load import load
from bot.config.near import folded, near
from bot.config.problems import ConfigErrors, ConfigProblem
from bot.config.reference import json_schema, reference_markdown
from bot.config.schema import (
    BusinessHours,
    Channels,
    Config,
    Delivery,
    EscalationPolicy,
    Expectation,
    LastResort,
    Paging,
    Person,
    Role,
    Schedule,
    Service,
    Severity,
    Status,
    Step,
    UrgencyRule,
)
from bot.config.sections.roles import FIXED_ROLES

__all__ = [
    "FIXED_ROLES",
    "BusinessHours",
    "Channels",
    "Config",
    "ConfigErrors",
    "ConfigProblem",
    "Delivery",
    "EscalationPolicy",
    "Expectation",
    "LastResort",
    "Paging",
    "Person",
    "Role",
    "Schedule",
    "Service",
    "Settings",
    "Severity",
    "Status",
    "Step",
    "UrgencyRule",
    "folded",
    "json_schema",
    "load",
    "missing_for_run",
    "near",
    "reference_markdown",
]
