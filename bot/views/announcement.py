"""The message in the announcement channel: one per incident, kept current, for those who follow along."""

from bot.config import Config
from bot.incidents.queries import Situation
from bot.views.incident_text import declarer, headline, marks, service_words, status_words
from bot.views.text import (
    Block,
    actions,
    button,
    channel_link,
    context,
    escape,
    literal,
    mention,
    moment,
    rich,
    section,
    span,
)


def announcement(situation: Situation, config: Config) -> list[Block]:
    """What is wrong, how it stands, who leads, where to go."""
    incident = situation.incident
    severity = config.severity(incident.severity)
    sign = f"{severity.emoji} " if severity else ""
    facts = [status_words(incident, config)]
    if incident.service:
        facts.append(service_words(incident, config, with_runbook=False))
    if "lead" in situation.roles:
        facts.append(f"lead {mention(situation.roles['lead'])}")
    elif incident.is_open:
        facts.append("no lead yet")
    blocks = [
        section(
            f"{sign}*{escape(incident.severity)} #{incident.id}* *{literal(incident.title, 600)}*\n{' · '.join(facts)}"
        )
    ]
    if marks(incident):
        blocks.append(context(*marks(incident)))
    update = situation.last_update
    if incident.is_open and update is not None:
        words = rich(str(update.data.get("text", "")), 1500)
        impact = f"\n*Impact:* {rich(str(update.data['impact']), 800)}" if update.data.get("impact") else ""
        blocks.append(section(f"{words}{impact}"))
    elif incident.is_open and incident.summary:
        blocks.append(section(rich(incident.summary, 700)))
    elif situation.resolution is not None and situation.resolution.data.get("text"):
        blocks.append(section(rich(str(situation.resolution.data["text"]), 1500)))
    blocks.append(context(_tail(situation)))
    if incident.is_open:
        blocks.append(
            actions("announcement", button("Join", "incident.join", str(incident.id), style="primary"))
        )
    return blocks


def announcement_text(situation: Situation, config: Config) -> str:
    incident = situation.incident
    return f"{literal(headline(incident, config, emoji=False), 1500)} – {status_words(incident, config, emoji=False)}"


def _tail(situation: Situation) -> str:
    incident = situation.incident
    parts = []
    if incident.channel_id is not None:
        parts.append(channel_link(incident.channel_id))
    elif situation.problems:
        parts.append(":warning: its channel could not be made yet")
    parts.append(f"declared {moment(incident.declared_at)} by {declarer(incident)}")
    if incident.resolved_at is not None:
        parts.append(f"resolved after {span(incident.resolved_at - incident.declared_at)}")
    elif situation.last_update is not None:
        parts.append(f"updated {moment(situation.last_update.occurred_at)}")
    return " · ".join(parts)
