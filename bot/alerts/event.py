"""What a monitoring tool says, in one form whatever the tool: the formats make it, everything after reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Action = Literal["trigger", "acknowledge", "resolve", "change"]
Level = Literal["critical", "error", "warning", "info"]

# As the Events API v2 has them; other formats are cut to the same.
LONGEST_KEY, LONGEST_TITLE, LONGEST_SOURCE = 255, 1024, 255
# In the place of an integration for what the checks of app.yaml raise.
OWN_CHECKS = "checks"


class Malformed(Exception):
    """A payload that its format cannot be read from. `problems` are for the sender, in words, without the payload."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Link:
    """A link, or an image when `src` is set."""

    href: str = ""
    text: str = ""
    src: str = ""


@dataclass(frozen=True)
class Event:
    """One thing that happened to one alert, or a change (a deployment) that concerns a service.

    `key` tells the alerts of one integration apart: a repeat has the same. That of a `change` tells a repeated
    delivery from a second change.
    `labels` are flat and short, for routing and grouping; `details` are whatever else came, as JSON.
    """

    action: Action
    key: str
    title: str = ""
    level: Level | None = None
    source: str = ""
    service: str | None = (
        None  # the sender's own word for it; routing looks it up among the services of app.yaml
    )
    labels: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    occurred_at: datetime | None = None

    @property
    def can_wait(self) -> bool:
        """Whether others may be carried out before it in a storm: all but the news that something is critical."""
        return (self.action, self.level) != ("trigger", "critical")

    def as_json(self) -> dict[str, Any]:
        """For the row; `event_from` is the way back."""
        found: dict[str, Any] = {"action": self.action, "key": self.key, "title": self.title}
        found |= {name: value for name in ("level", "source", "service") if (value := getattr(self, name))}
        if self.labels:
            found["labels"] = dict(self.labels)
        if self.details:
            found["details"] = dict(self.details)
        if self.links:
            found["links"] = self.links_as_json()
        if self.occurred_at is not None:
            found["occurred_at"] = self.occurred_at.isoformat()
        return found

    def links_as_json(self) -> list[dict[str, str]]:
        """Its links as a row keeps them."""
        return [{name: value for name, value in vars(link).items() if value} for link in self.links]


def event_from(said: Mapping[str, Any]) -> Event:
    """The event of a row."""
    at = said.get("occurred_at")
    return Event(
        action=said["action"],
        key=said["key"],
        title=said.get("title", ""),
        level=said.get("level"),
        source=said.get("source", ""),
        service=said.get("service"),
        labels=said.get("labels") or {},
        details=said.get("details") or {},
        links=tuple(Link(**link) for link in said.get("links") or ()),
        occurred_at=datetime.fromisoformat(at) if at else None,
    )
