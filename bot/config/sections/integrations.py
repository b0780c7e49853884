"""Integrations: which monitoring tools may send alerts here, and in which format."""

from __future__ import annotations

from typing import Literal

from bot.config.fields import Section, ServiceName, Slug

Kind = Literal["events_v2", "alertmanager", "grafana", "sentry", "datadog", "github", "generic"]


class Integration(Section):
    """A tool that sends alerts. Its secret stands in the environment: TOCSIN_INTEGRATION_ and the name in capitals."""

    name: Slug
    """The short name, which is also the end of its address: /hooks/NAME (for events_v2: /v2/enqueue, told by its key)."""

    kind: Kind
    """The format that it speaks."""

    service: ServiceName | None = None
    """The service that its alerts are about where they name none that is known."""
