"""What each monitoring tool sends, made into events. Pure: a parsed body in, events out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.alerts.event import Event
from bot.alerts.formats import alertmanager, datadog, events_v2, generic, github, grafana, sentry
from bot.alerts.formats.bounds import clean
from bot.config.sections.integrations import Integration, Kind

__all__ = ["FORMATS", "Format", "parse"]

Format = Callable[[Any, Mapping[str, str], Integration], tuple[Event, ...]]

FORMATS: Mapping[Kind, Format] = {
    "events_v2": events_v2.parse,
    "alertmanager": alertmanager.parse,
    "grafana": grafana.parse,
    "sentry": sentry.parse,
    "datadog": datadog.parse,
    "github": github.parse,
    "generic": generic.parse,
}


def parse(kind: Kind, body: Any, headers: Mapping[str, str], integration: Integration) -> tuple[Event, ...]:
    """The events of a request's body. None: well understood, and nothing to do.

    All that is in them can be stored, and a row of one is bounded. Raises Malformed, and nothing else whatever the
    body.
    """
    return FORMATS[kind](clean(body), headers, integration)
