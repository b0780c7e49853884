"""A report of any span: Markdown, HTML, data, a table of incidents. The same parts as the digests', as text."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from html import escape
from typing import Any

from bot.config import Config
from bot.digests.gather import Digest, Past
from bot.digests.measures import Handled, Lasting, in_time
from bot.digests.spans import Span
from bot.digests.timeliness import Timeliness
from bot.views.digest_chart import Trend, alt_text
from bot.views.figure_words import days
from bot.views.figures import summary, whole_parts
from bot.views.record_html import PAGE, VIEWPORT

FORMATS = ("md", "html", "json", "csv")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~])")
# A spreadsheet would take what begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_STYLE = f"""
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ margin-bottom: 0; }} h2 {{ font-size: 1.1rem; margin: 1.5rem 0 .25rem; }}
ul {{ margin: 0; padding-left: 1.2rem; }} .span {{ opacity: .75; margin-top: 0; }}
img {{ width: 100%; height: auto; border-radius: 4px; }}
{PAGE}
"""


def title(config: Config) -> str:
    return f"Report of {config.organization}"


def as_text(digest: Digest, config: Config) -> list[str]:
    """Lines for a terminal."""
    lines = [days(digest.past.span, config)]
    if digest.period in ("monthly", "quarterly"):
        lines += ["", *summary(digest, config)]
    for part in whole_parts(digest, config):
        lines += ["", part.title, *(f"  {' '.join(line.text.split())}" for line in part.lines)]
    return lines


def as_markdown(digest: Digest, config: Config) -> str:
    lines = [f"# {_quoted(title(config))}", "", days(digest.past.span, config)]
    if digest.before is not None:
        lines[-1] += f", against {days(digest.before.span, config)}. Times of day are in {config.timezone}."
    lines += ["", _quoted(" ".join(summary(digest, config)))]
    for part in whole_parts(digest, config):
        lines += ["", f"## {_quoted(part.title)}", "", *(f"- {_quoted(line.text)}" for line in part.lines)]
    lines += ["", "Private incidents and drills are in no figure. What each figure means: docs/measures.md."]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def as_html(
    digest: Digest, config: Config, trends: Sequence[Trend] = (), picture: bytes | None = None
) -> str:
    """One file that loads nothing: the picture of its trends, a PNG, stands in it."""
    name = escape(title(config))
    span = escape(days(digest.past.span, config))
    if digest.before is not None:
        span += f", against {escape(days(digest.before.span, config))}"
    body = [f"<h1>{name}</h1>", f'<p class="span">{span}. Times of day are in {escape(config.timezone)}.</p>']
    body.append(f"<p>{escape(' '.join(summary(digest, config)))}</p>")
    if picture is not None:
        data = base64.b64encode(picture).decode()
        body.append(f'<p><img src="data:image/png;base64,{data}" alt="{escape(alt_text(trends))}"></p>')
    for part in whole_parts(digest, config):
        items = "\n".join(f"<li>{escape(line.text)}</li>" for line in part.lines)
        body.append(f"<h2>{escape(part.title)}</h2>\n<ul>\n{items}\n</ul>")
    body.append("<p>Private incidents and drills are in no figure.</p>")
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n{VIEWPORT}\n<title>{name}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n" + "\n".join(body) + "\n</body>\n</html>\n"
    )


def as_csv(digest: Digest, config: Config) -> str:
    """A line for each incident; times are in seconds, and empty where they are not known."""
    kept = io.StringIO()
    rows = [_incident(one, config, digest.now) for one in digest.handled]
    writer = csv.DictWriter(kept, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return kept.getvalue()


_COLUMNS = (
    "number",
    "severity",
    "service",
    "declared_at",
    "acknowledged_after",
    "resolved_after",
    "detected_after",
    "effort",
    "target",
)


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _incident(one: Handled, config: Config, now: datetime) -> dict[str, Any]:
    severity = config.severity(one.severity)
    target = None
    if severity is not None and severity.respond_within is not None:
        met = in_time(one, severity.respond_within, now=now)
        target = "waiting" if met is None else "met" if met else "missed"
    return {
        "number": one.number,
        "severity": one.severity,
        "service": one.service,
        "declared_at": one.declared_at.astimezone(UTC).isoformat(),
        "acknowledged_after": _seconds(one.acknowledged),
        "resolved_after": _seconds(one.resolved),
        "detected_after": _seconds(one.detected),
        "effort": _seconds(one.effort),
        "target": target,
    }


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def as_json(digest: Digest, config: Config) -> dict[str, Any]:
    """Times in seconds, shares from 0 to 1."""
    past = digest.past
    return {
        **_span(past.span),
        "against": _span(digest.before.span) if digest.before is not None else None,
        "figures": _figures(digest),
        "before": _figures_of(digest.before) if digest.before is not None else None,
        "incidents": [_incident(one, config, digest.now) for one in digest.handled],
    }


def _figures(digest: Digest) -> dict[str, Any]:
    return {
        **_figures_of(digest.past),
        "open": digest.today.open_count,
        "failing_checks": [one.name for one in digest.today.failing],
        "interruptions": sum(one.interruptions for one in digest.load),
        "interruptions_off_hours": sum(one.off_hours for one in digest.load),
        "on_call_load": [asdict(one) for one in digest.load],
        "uptime": [asdict(one) for one in digest.uptimes],
        "objectives": [asdict(one) for one in digest.budgets],
        "overdue": dict(digest.today.overdue.counts),
        "reviews_due": dict(digest.today.reviews_due.counts),
        **_standing(digest),
        "trend": [
            {**_span(step.span), "by_severity": step.by_severity, "mtta": step.mtta, "mttr": step.mttr}
            for step in digest.steps
        ],
    }


def _standing(digest: Digest) -> dict[str, Any]:
    """How all that is open stands now; a daily digest says nothing of it."""
    if digest.standing is None:
        return {}
    found = asdict(digest.standing)
    actions, backlog = found["actions"], found["backlog"]
    return {
        "action_items": {
            **actions,
            "oldest_at": _moment(actions["oldest_at"]),
            "longest_due_on": _moment(actions["longest_due_on"]),
        },
        "backlog": {**backlog, "age": _length(backlog["age"]), "oldest": _length(backlog["oldest"])},
        "risks": {name: found[name] for name in ("risks", "great", "to_look_at")},
        "decisions": {"pending": found["decisions"], "overdue": found["late_decisions"]},
        "runbooks": {"count": found["runbooks"], "stale": found["stale"]},
    }


def _moment(value: date | None) -> str | None:
    """A day, or a moment in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return None if value is None else value.isoformat()


def _length(value: timedelta | None) -> float | None:
    return None if value is None else _seconds(value.total_seconds())


def _timely(one: Timeliness) -> dict[str, Any]:
    return {
        "due": one.due,
        "in_time": one.in_time,
        "undone": one.undone,
        "share": one.share,
        "late": _lasting(one.late),
    }


def _figures_of(past: Past) -> dict[str, Any]:
    of, dora, promises = past.incidents, past.dora, past.promises
    return {
        "declared": of.count,
        "unresolved": of.unresolved,
        "by_severity": dict(of.by_severity),
        "by_service": dict(of.by_service),
        "mtta": _lasting(of.mtta),
        "mttr": _lasting(of.mttr),
        "mttd": _lasting(of.mttd),
        "effort": _seconds(of.effort),
        "targets": [
            {**asdict(one), "within": one.within.total_seconds(), "share": one.share} for one in of.targets
        ],
        "alerts": asdict(past.alerts.total),
        "timeliness": {
            "reviews": _timely(promises.reviews),
            "reviews_by_severity": {name: _timely(one) for name, one in promises.by_severity.items()},
            "action_items": _timely(promises.actions),
            "routine_tasks": _timely(promises.tasks),
        },
        "deployments": {
            "count": dora.deployments,
            "per_day": dora.per_day,
            "lead_time": _lasting(dora.lead),
            "failure_rate": dora.failure_rate,
            "time_to_restore": _lasting(dora.restore),
        },
    }


def _lasting(one: Lasting) -> dict[str, Any]:
    return {"count": one.count, "mean": _seconds(one.mean), "median": _seconds(one.median)}


def _span(span: Span) -> dict[str, str]:
    return {"from": span.start.astimezone(UTC).isoformat(), "to": span.end.astimezone(UTC).isoformat()}
