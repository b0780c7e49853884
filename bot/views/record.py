"""The whole record of an incident: what stands in all of its forms, and two of them, Markdown and data.

The page that prints well is bot.views.record_html.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.checks.history import CheckHistory
from bot.config import Config
from bot.core.standing import is_hidden, marks_of
from bot.core.timeline import TimelineEntry
from bot.incidents.queries import Related
from bot.incidents.rows import Incident
from bot.incidents.task_rows import Link, Task
from bot.views.check_history import history_json, history_lines
from bot.views.incident_fields import in_order, label_of, value_words
from bot.views.incident_text import BY_ALERT
from bot.views.markdown import from_mrkdwn, markdown_link, markdown_safe
from bot.views.timeline import MENTION, Linked, Quote, Words, utc

# How another incident belongs to this one: by kind, and whether this one went into that.
_BELONGS = {
    ("duplicate", True): "a duplicate of it",
    ("duplicate", False): "its duplicate",
    ("merged", True): "merged into it",
    ("merged", False): "merged into this one",
}


@dataclass(frozen=True)
class Record:
    """What there is of an incident; `names` are those of the people in it, where they are known."""

    incident: Incident
    entries: Sequence[TimelineEntry]
    roles: Mapping[str, str]
    names: Mapping[str, str]
    checks: Sequence[CheckHistory] = ()
    tasks: Sequence[Task] = ()
    links: Sequence[Link] = ()
    related: Sequence[Related] = ()

    def who(self, user_id: str | None) -> str:
        return f"@{self.names.get(user_id, user_id)}" if user_id else "Tocsin"


def as_markdown(record: Record, config: Config) -> str:
    """The whole record as a Markdown document; times in UTC, people by name where known."""
    incident = record.incident

    def quote(text: str) -> str:
        return markdown_safe(from_mrkdwn(MENTION.sub(lambda match: record.who(match[1]), str(text))))

    words = Words(
        record.who,
        quote,
        markdown_safe,
        lambda text: f"**{markdown_safe(text)}**",
        utc,
        config,
        markdown_link,
    )
    head = [
        f"# Incident #{incident.id}: {markdown_safe(incident.title)}",
        "",
        *(line for mark in marks(incident) for line in (mark, "")),
        *(f"- {fact}" for fact in facts(record, config, markdown_safe)),
        "",
        "## Summary",
        "",
        quote(incident.summary) or "None was written.",
        "",
    ]
    for title, told in sections(record, markdown_safe, markdown_link):
        head += [f"## {title}", "", *(f"- {one}" for one in told), ""]
    lines = ["## Timeline", ""]
    for entry in record.entries:
        said, permalink = words.say(entry).replace("\n", "\n  "), permalink_of(entry)
        lines.append(
            f"- {utc(entry.occurred_at)} · {said}{f' ([message]({permalink}))' if permalink else ''}"
        )
    return "\n".join([*head, *lines, *history_lines(record.checks, markdown_safe), ""])


def marks(incident: Incident) -> list[str]:
    """What whoever reads on must know first."""
    return [
        *(["This was a drill."] if incident.drill else []),
        *(["Private: only for those who took part."] if incident.private else []),
    ]


def facts(record: Record, config: Config, safe: Quote) -> list[str]:
    """What stands above a record: how bad, since when, who; `safe` makes texts harmless."""
    incident, shown = record.incident, shown_words(record.incident, config)
    by = record.who(incident.declared_by) if incident.declared_by else BY_ALERT
    return [
        f"Severity: {safe(shown['severity'])}",
        f"Status: {safe(shown['status'])}",
        f"Service: {safe(shown.get('service', 'none'))}",
        *([f"Type: {safe(shown['type'])}"] if incident.type else []),
        *(f"{safe(label)}: {safe(words)}" for label, words in _filled_in(record, config)),
        *_times(incident, safe(by)),
        f"Closed: {utc(incident.closed_at)}",
        *([f"Closed as: {safe(shown['close_reason'])}"] if incident.close_reason else []),
        f"Channel: {'#' + safe(incident.channel_name) if incident.channel_name else 'none'}",
        *(
            f"{safe(title)}: {safe(record.who(user) if user else 'nobody')}"
            for title, user in _holders(record.roles, config)
        ),
    ]


def shown_words(incident: Incident, config: Config) -> dict[str, str]:
    """As people know what is kept by a short name; of what left app.yaml since, that name."""
    severity, status = config.severity(incident.severity), config.status(incident.status)
    shown = {
        "severity": f"{severity.name} {severity.label or ''}".rstrip() if severity else incident.severity,
        "status": status.title if status else incident.status,
    }
    if incident.service:
        shown["service"] = config.service_title(incident.service)
    if incident.type:
        kind = config.type(incident.type)
        shown["type"] = kind.shown_name if kind else incident.type
    if incident.close_reason:
        reason = config.close_reason(incident.close_reason)
        shown["close_reason"] = reason.title if reason else incident.close_reason
    return shown


def _filled_in(record: Record, config: Config) -> list[tuple[str, str]]:
    """The labels of fields, and what people read there."""
    return [
        (label_of(name, config), value_words(name, value, config, who=record.who, plain=str))
        for name, value in in_order(record.incident, config)
    ]


def _times(incident: Incident, by: str) -> list[str]:
    if not incident.retrospective:
        return [f"Declared: {utc(incident.declared_at)} by {by}", f"Resolved: {utc(incident.resolved_at)}"]
    over = utc(incident.resolved_at) if incident.has_known_end else "not known"
    return [f"Began: {utc(incident.declared_at)}, written down afterwards by {by}", f"Over: {over}"]


def _holders(roles: Mapping[str, str], config: Config) -> list[tuple[str, str | None]]:
    """Each role with who has it; also one that somebody has and that was taken out of app.yaml since."""
    known = [(role.title, roles.get(role.name)) for role in config.roles]
    return known + [(name, user) for name, user in sorted(roles.items()) if config.role(name) is None]


def sections(record: Record, safe: Quote, linked: Linked) -> list[tuple[str, list[str]]]:
    """What belongs to it as it stands now, by what it is; nothing of what it has none of."""
    tasks = [f"#{task.id} {safe(task.title)} · {_stands(task, record, safe)}" for task in record.tasks]
    links = [
        f"{linked(link.url, link.name or link.url)} · added {utc(link.added_at)} by {safe(record.who(link.added_by))}"
        for link in record.links
    ]
    related = [
        f"#{one.other.id} {safe(one.other.title)} · {_BELONGS.get((one.kind, one.into), 'related')}"
        for one in record.related
    ]
    told = (("Tasks", tasks), ("Links", links), ("Incidents that belong to it", related))
    return [(title, lines) for title, lines in told if lines]


def _stands(task: Task, record: Record, safe: Quote) -> str:
    owner = safe(record.who(task.owner)) if task.owner else "nobody"
    return f"open, {owner}" if task.done_at is None else f"done {utc(task.done_at)}, {owner}"


def permalink_of(entry: TimelineEntry) -> str | None:
    """The address of a kept message; a hidden one is not led to."""
    permalink = entry.data.get("permalink")
    return str(permalink) if permalink and not is_hidden(entry) else None


def as_json(record: Record, config: Config) -> dict[str, Any]:
    """The whole record as data: every column that means something, times as ISO 8601 in UTC. `shown` has the words that
    people know, and `text` of an entry its sentence; all else stays named as it is kept, whatever app.yaml calls it one day.
    """
    words = Words(
        record.who,
        lambda text: MENTION.sub(lambda match: record.who(match[1]), str(text)),
        str,
        str,
        utc,
        config,
    )
    return {
        **incident_json(record.incident),
        "shown": {
            **shown_words(record.incident, config),
            "fields": dict(_filled_in(record, config)),
            "roles": {title: record.who(user) for title, user in _holders(record.roles, config) if user},
        },
        "roles": dict(record.roles),
        "people": dict(record.names),
        "tasks": [_task_json(task) for task in record.tasks],
        "links": [
            {
                "url": link.url,
                "name": link.name,
                "added_at": link.added_at.isoformat(),
                "added_by": link.added_by,
            }
            for link in record.links
        ],
        "related": [
            {"number": one.other.id, "title": one.other.title, "kind": one.kind, "into": one.into}
            for one in record.related
        ],
        "timeline_head": record.incident.timeline_head,
        "timeline": [
            {
                "number": entry.number,
                "kind": entry.kind,
                "occurred_at": entry.occurred_at.isoformat(),
                "recorded_at": entry.recorded_at.isoformat(),
                "author": entry.author,
                "text": words.say(entry),
                "data": entry.data,
                "source": entry.source,
                "previous_hash": entry.previous_hash,
                "hash": entry.hash,
                "salt": entry.salt,
                "data_digest": entry.data_digest,
                "amended": entry.amended,
            }
            for entry in record.entries
        ],
        "checks": history_json(record.checks),
    }


def _task_json(task: Task) -> dict[str, Any]:
    return {
        "number": task.id,
        "title": task.title,
        "owner": task.owner,
        "created_at": task.created_at.isoformat(),
        "created_by": task.created_by,
        "done_at": _iso(task.done_at),
        "done_by": task.done_by,
    }


def incident_json(incident: Incident) -> dict[str, Any]:
    """An incident as data, for the command line and exports."""
    return {
        "number": incident.id,
        "title": incident.title,
        "summary": incident.summary,
        "severity": incident.severity,
        "status": incident.status,
        "service": incident.service,
        "type": incident.type,
        "fields": incident.fields or {},
        "private": incident.private,
        "drill": incident.drill,
        "declared_at": incident.declared_at.isoformat(),
        "declared_by": incident.declared_by or None,  # nobody: an alert
        "updated_at": _iso(incident.updated_at),
        "resolved_at": _iso(incident.resolved_at),
        "closed_at": _iso(incident.closed_at),
        "close_reason": incident.close_reason,
        "merged_into": incident.merged_into,
        "retrospective": incident.retrospective,
        "channel_id": incident.channel_id,
        "channel_name": incident.channel_name,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def people_in(record: Record) -> set[str]:
    """The user ids that a record speaks of."""
    incident = record.incident
    found = {incident.declared_by, *(incident.fields or {}).values(), *record.roles.values()}
    found |= {user or "" for task in record.tasks for user in (task.owner, task.created_by, task.done_by)}
    found |= {link.added_by or "" for link in record.links}
    for entry in record.entries:
        found |= {entry.author or "", str(entry.data.get("user", ""))}
        before = entry.data.get("before", "")
        found |= set(before) if isinstance(before, list) else {str(before)}
        found |= {str(mark["by"]) for mark in marks_of(entry)}
        found |= set(entry.data.get("users", ()))
        for change in entry.data.get("changes", {}).values() if entry.kind == "fields" else ():
            found |= {str(change.get("before", "")), str(change.get("after", ""))}
        for text in ("text", "impact", "after", "summary"):
            found |= set(MENTION.findall(str(entry.data.get(text, ""))))
    return {user_id for user_id in found if re.fullmatch(r"[UW][A-Z0-9]{2,}", user_id)}
