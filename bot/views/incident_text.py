"""How an incident is named in a line: the words that card, announcement, lists and topic share."""

from datetime import timedelta

from bot.config import Config
from bot.incidents.rows import Incident
from bot.views.text import AT, channel_link, escape, link, literal, mention, moment, span

BY_ALERT = "Tocsin, for an alert"
# app.yaml allows longer names than a line has room for.
NAME = 100
# Likewise for addresses; a longer one is left out (the channel has it as a bookmark).
ADDRESS = 1000


def plain_drill(incident: Incident) -> str:
    """What stands in front of a drill's name in plain text; nothing of what is no drill."""
    return "DRILL " if incident.drill else ""


def drill(incident: Incident) -> str:
    """The same in mrkdwn."""
    return ":test_tube: *DRILL* " if incident.drill else ""


def headline(incident: Incident, config: Config, *, emoji: bool = True) -> str:
    """ "🔴 SEV1 #12 Checkout is down", as plain text: not escaped, of any length."""
    severity = config.severity(incident.severity)
    sign = f"{severity.emoji} " if emoji and severity else ""
    return f"{sign}{plain_drill(incident)}{incident.severity} #{incident.id} {incident.title}"


def line(incident: Incident, config: Config, *, limit: int = 600) -> str:
    """The headline as one line of mrkdwn, linked to its channel where there is one."""
    severity = config.severity(incident.severity)
    sign = f"{severity.emoji} " if severity else ""
    lock = ":lock: " if incident.private else ""
    place = f" · {channel_link(incident.channel_id)}" if incident.channel_id else ""
    return (
        f"{sign}{lock}{drill(incident)}*{escape(incident.severity)} #{incident.id}* {literal(incident.title, limit)}\n"
        f"{status_words(incident, config)}{_service_tail(incident, config)}{place}"
    )


def short_line(incident: Incident, config: Config) -> str:
    """Number, title and status, with the way to its channel."""
    place = f" · {channel_link(incident.channel_id)}" if incident.channel_id else ""
    words = f"{drill(incident)}*{escape(incident.severity)} #{incident.id}* {literal(incident.title, 200)}"
    return f"{words} · {status_words(incident, config)}{place}"


def _service_tail(incident: Incident, config: Config) -> str:
    return f" · {service_name(incident.service, config)}" if incident.service else ""


def service_name(name: str, config: Config) -> str:
    """A service as people call it; one that was taken out of app.yaml since, as it was called there."""
    return literal(config.service_title(name), NAME)


def severity_words(incident: Incident, config: Config) -> str:
    severity = config.severity(incident.severity)
    if severity is None:  # it was taken out of app.yaml since
        return escape(incident.severity)
    return f"{severity.emoji} {escape(severity.name)}" + (
        f" {literal(severity.label, NAME)}" if severity.label else ""
    )


def severity_legend(config: Config, limit: int = 2000) -> str:
    """What each severity means, a line each, as many whole lines as fit."""
    lines: list[str] = []
    for severity in config.severities:
        said = f"{severity.emoji} *{escape(severity.name)}* {literal(severity.meaning, 400)}"
        if len("\n".join([*lines, said])) > limit:
            break
        lines.append(said)
    return "\n".join(lines)


def status_words(incident: Incident, config: Config, *, emoji: bool = True) -> str:
    """How it stands; of a closed one why, where it did not simply end."""
    stands = status_title(incident.status, config, emoji=emoji)
    if incident.merged_into is not None:
        return f"{stands}, merged into #{incident.merged_into}"
    if incident.is_closed and incident.close_reason is not None:
        reason = config.close_reason(incident.close_reason)
        return f"{stands} as {literal((reason.title if reason else incident.close_reason).lower(), NAME)}"
    return stands


def status_title(name: str, config: Config, *, emoji: bool = True) -> str:
    status = config.status(name)
    if status is None:
        return escape(name)
    return (f"{status.emoji} " if emoji else "") + literal(status.title, NAME)


def service_words(incident: Incident, config: Config, *, with_runbook: bool = True) -> str:
    """The service, its owner and the way to its runbook."""
    if incident.service is None:
        return "none"
    service = config.service(incident.service)
    if service is None:
        return escape(incident.service)
    words = f"{literal(service.shown_name, NAME)} ({literal(service.owner, NAME)})"
    runbook = link(service.runbook, "runbook") if service.runbook and with_runbook else ""
    return f"{words} · {runbook}" if 0 < len(runbook) <= ADDRESS else words


def marks(incident: Incident) -> list[str]:
    """What must be known before anything else."""
    found = []
    if incident.drill:
        found.append(":test_tube: *This is a drill.* Nothing is broken.")
    if incident.private:
        found.append(":lock: *Private.* Only those in this channel know of it.")
    if incident.retrospective:
        found.append(":rewind: *Written down afterwards.* It was over; nobody was paged or told.")
    return found


def happened(incident: Incident) -> str:
    """When it was, of one that was written down afterwards."""
    began = f"Happened {moment(incident.declared_at)}"
    if incident.resolved_at is None or not incident.has_known_end:
        return began
    took = incident.resolved_at - incident.declared_at
    # The day is said once, where it can be meant only one way in every reader's zone.
    over = moment(incident.resolved_at, "{time}" if took < timedelta(hours=12) else AT)
    return f"{began} to {over}, {span(took)}"


def topic(incident: Incident, config: Config) -> str:
    """The channel's topic, at most 250 characters of it. Slack writes a line about each change into the channel,
    so only what makes a difference to all stands in it; who does what stands on the card.
    """
    severity = config.severity(incident.severity)
    sign = f"{severity.emoji} " if severity else ""
    marked = "DRILL · " if incident.drill else ""
    status = config.status(incident.status)
    stage = literal(status.title if status else incident.status, 40)
    start = f"{sign}{marked}{escape(incident.severity)} · {stage} · "
    return start + literal(incident.title, 250 - len(start))


def declarer(incident: Incident) -> str:
    """Who declared it: a person, or Tocsin, which does so for alerts."""
    return mention(incident.declared_by) if incident.declared_by else BY_ALERT
