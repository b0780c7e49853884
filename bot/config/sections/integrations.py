"""Integrations: which monitoring tools may send alerts here, and in which format."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from bot.config.fields import Section, ServiceName, Slug, refuse
from bot.config.sections.mapping import FieldMapping, Signature

Kind = Literal["events_v2", "alertmanager", "grafana", "sentry", "datadog", "github", "generic"]

# Those that sign in a way of their own, and those that show their secret in the body.
_SIGN_ALREADY = ("github", "sentry", "events_v2")


class Integration(Section):
    """A tool that sends alerts. Its secret stands in the environment: TOCSIN_INTEGRATION_ and the name in capitals."""

    name: Slug
    """The short name, which is also the end of its address: /hooks/NAME (for events_v2: /v2/enqueue, told by its key)."""

    kind: Kind
    """The format that it speaks."""

    service: ServiceName | None = None
    """The service that its alerts are about where they name none that is known."""

    mapping: FieldMapping | None = None
    """For the kind generic: where each part of an alert stands."""

    signature: Signature | None = None
    """How it signs, where it does instead of showing its secret in a header. GitHub and Sentry need none, theirs is known."""

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Integration:
        if self.name == "checks":
            raise refuse("checks is the name of what the checks of app.yaml raise", "another name", at="name")
        if self.kind == "generic" and self.mapping is None:
            raise refuse("a generic integration needs a mapping", "key and title at least", at="kind")
        if self.kind != "generic" and self.mapping is not None:
            raise refuse(f"{self.kind} has a format of its own", "a mapping for generic only", at="mapping")
        if self.kind in _SIGN_ALREADY and self.signature is not None:
            raise refuse(f"how {self.kind} proves itself is known", "leave it out", at="signature")
        return self
