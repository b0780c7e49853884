"""What rules of app.yaml say in Slack."""

from bot.config import Config
from bot.config.templates import fill
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
