"""What rules of app.yaml say: in Slack, and to addresses outside."""

from datetime import datetime
from typing import Any

from bot.config import Config
from bot.config.templates import fill
from bot.core.timeline import TimelineEntry
from bot.incidents.rows import Incident
from bot.views.incident_text import NAME, marks, service_name, status_words
from bot.views.text import Block, channel_link, context, cut, escape, literal, section

LONGEST = 2900


def message_text(template: str, incident: Incident, config: Config, *, because: str) -> str:
    """A rule's text with what it asks for filled in. The text itself is app.yaml's, and keeps its formatting."""
    return cut(
        fill(
            template,
            number=incident.id,
            title=literal(incident.title, 600),
            severity=escape(incident.severity),
            status=status_words(incident, config, emoji=False),
            service=service_name(incident.service, config) if incident.service else "no service",
            link=channel_link(incident.channel_id) if incident.channel_id else f"#{incident.id}",
            change=literal(because, 300),
        ),
        LONGEST,
    )


def message_blocks(said: str, incident: Incident, *, rule: str) -> list[Block]:
    """The message, with what must be known of the incident before anything else."""
    return [section(said), context(*marks(incident), f"By the rule *{literal(rule, NAME)}* · #{incident.id}")]


# What a change is called outside, by the kind of its entry.
_TYPES = {"declared": "incident.declared", "severity": "incident.severity_changed"}


def webhook_body(incident: Incident, entry: TimelineEntry, config: Config, *, rule: str) -> dict[str, Any]:
    """A change for those outside, as Standard Webhooks has it: what it was, and the incident as it is now.

    No people, no texts but the title: who reads it there is not known here.
    """
    return {
        "type": _TYPES.get(entry.kind, "incident.status_changed"),
        "timestamp": entry.occurred_at.isoformat(),
        "data": {
            "organization": config.organization,
            "rule": rule,
            "change": {
                "number": entry.number,
                "before": entry.data.get("before"),
                "after": entry.data.get("after") or entry.data.get("severity"),
            },
            "incident": {
                "number": incident.id,
                "title": incident.title,
                "severity": incident.severity,
                "status": incident.status,
                "service": incident.service,
                "private": incident.private,
                "drill": incident.drill,
                "declared_at": incident.declared_at.isoformat(),
                "resolved_at": _iso(incident.resolved_at),
                "closed_at": _iso(incident.closed_at),
            },
        },
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
