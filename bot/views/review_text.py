"""A review as text: for Slack (mrkdwn), and as a file (Markdown, JSON, HTML)."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape as html_escape
from typing import Any

from bot.config import Config
from bot.core.timeline import TimelineEntry
from bot.reviews.document import SECTIONS, Document, cited
from bot.reviews.facts import Written
from bot.reviews.queries import ReviewNow, kept_document
from bot.reviews.rows import DONE, HELD, WAIVED, ReviewVersion
from bot.views.markdown import to_mrkdwn
from bot.views.record import incident_json, shown_words
from bot.views.record_html import PAGE, VIEWPORT
from bot.views.review_draft import draft, file_words, on_one_line, one_line
from bot.views.text import escape
from bot.views.timeline import utc

# What a review may be exported as, by the word that asks for it.
FORMS = ("md", "html", "json")

_CITATIONS = re.compile(r"\s*((?:\[\^\d{1,6}\])+)")
_NUMBER = re.compile(r"\d+")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
_BULLET = re.compile(r"^(\s*)[-*+]\s+(?:\[( |x|X)\]\s+)?", re.MULTILINE)
_ASKED = re.compile(r"\s*[-*+]\s+_To be written: .*_\s*$")
_TAG = re.compile(r"<(?=[a-zA-Z/!?])")


@dataclass(frozen=True)
class Record:
    """A review with all that its files tell."""

    now: ReviewNow
    document: Document
    entries: Sequence[TimelineEntry]
    names: Mapping[str, str]
    versions: Sequence[ReviewVersion] = ()

    @property
    def title(self) -> str:
        incident = self.now.incident
        return f"Review of incident #{incident.id}: {one_line(incident.title)}"

    @property
    def cited(self) -> list[TimelineEntry]:
        """The entries that the document cites, by their numbers."""
        by_number = {entry.number: entry for entry in self.entries}
        return [by_number[number] for number in self.document.cited if number in by_number]

    def who(self, person: str | None) -> str:
        return self.names.get(person, person) if person else "nobody"


def record_of(written: Written, config: Config) -> Record:
    """What is shown of a review: the version that was kept, or the draft as it would be now."""
    facts, version = written.facts, written.version
    document = kept_document(version) if version is not None else draft(facts, config)
    return Record(written.known, document, facts.entries, facts.names, written.versions)


def without_questions(text: str) -> str:
    """A section without what the draft asks for and nobody has answered."""
    return "\n".join(line for line in text.splitlines() if not _ASKED.match(line)).strip()


def slack_text(text: str) -> str:
    """A section as mrkdwn, escaped; citations as small numbers."""
    said = escape(text)
    said = _HEADING.sub(lambda match: f"*{match[1]}*", said)
    said = _BULLET.sub(lambda match: f"{match[1]}{_BOXES.get(match[2], '•')} ", said)
    return _CITATIONS.sub(lambda match: f" `{', '.join(_NUMBER.findall(match[1]))}`", to_mrkdwn(said))


_BOXES: Mapping[str | None, str] = {" ": "☐", "x": "☑", "X": "☑"}


def state_words(record: ReviewNow) -> str:
    """Where it stands, in a word or two."""
    review = record.review
    return {
        HELD: "on hold",
        DONE: "done",
        WAIVED: "waived",
    }.get(review.state, "published" if review.published_at is not None else "open")


# -- Markdown -------------------------------------------------------------------------------------------------


def as_markdown(record: Record, config: Config) -> str:
    """The whole review with its cited entries as notes; times in UTC."""
    lines = [f"# {record.title}", ""]
    lines += [f"- {fact}" for fact in _facts(record, config)]
    for key, title in SECTIONS.items():
        lines += ["", f"## {title}", "", record.document.sections[key] or "_Nothing yet._"]
    notes = [f"[^{number}]: {words}" for number, words in _notes(record, config)]
    return _TAG.sub("&lt;", "\n".join([*lines, "", *notes, ""]))  # a reader of Markdown may take it for HTML


def _facts(record: Record, config: Config) -> list[str]:
    incident, review = record.now.incident, record.now.review
    shown = shown_words(incident, config)
    drill = ["This was a drill."] if incident.drill else []
    published = f", published {utc(review.published_at)}" if review.published_at else ""
    waived = f": {one_line(review.reason)}" if review.state == WAIVED else ""
    return [
        *drill,
        f"Severity: {one_line(shown['severity'])}",
        f"Service: {one_line(shown.get('service', 'none'))}",
        f"Declared: {utc(incident.declared_at)}",
        f"Resolved: {utc(incident.resolved_at)}",
        f"Review: {state_words(record.now)}{waived}, due {utc(review.due_at)}{published}",
        f"Owner: {one_line(record.who(review.owner))}",
        f"Version: {review.versions or 'draft'}",
    ]


def _notes(record: Record, config: Config) -> list[tuple[int, str]]:
    """What stands on the timeline of each cited entry."""
    words = file_words(record.names, config)
    return [
        (
            entry.number,
            f"{utc(entry.occurred_at)}, entry {entry.number}: {on_one_line(words, entry)}",
        )
        for entry in record.cited
    ]


# -- JSON -----------------------------------------------------------------------------------------------------


def as_json(record: Record, config: Config) -> dict[str, Any]:
    """The whole review as data; times as ISO 8601 in UTC."""
    review = record.now.review

    def iso(at: Any) -> str | None:
        return at.isoformat() if at is not None else None

    return {
        "incident": {
            **incident_json(record.now.incident),
            "shown": shown_words(record.now.incident, config),
        },
        "state": review.state,
        "required": review.required,
        "owner": review.owner,
        "due_at": iso(review.due_at),
        "ended_at": iso(review.ended_at),
        "ended_by": review.ended_by,
        "reason": review.reason or None,
        "published_at": iso(review.published_at),
        "published_by": review.published_by,
        "published_version": review.published_version,
        "version": review.versions or None,
        "steps": [
            {
                "name": task.name,
                "title": task.title,
                "owner": task.owner,
                "required": task.required,
                "due_at": iso(task.due_at),
                "state": task.state,
                "changed_at": iso(task.changed_at),
                "changed_by": task.changed_by,
                "reason": task.reason or None,
            }
            for task in record.now.tasks
        ],
        "sections": [
            {"key": key, "title": title, "markdown": text, "cites": cited(text)}
            for key, title in SECTIONS.items()
            for text in [record.document.sections[key]]
        ],
        "cited": [
            {
                "number": entry.number,
                "kind": entry.kind,
                "occurred_at": iso(entry.occurred_at),
                "author": entry.author,
                "data": entry.data,
                "hash": entry.hash,
            }
            for entry in record.cited
        ],
        "versions": [
            {"number": v.number, "author": v.author, "kept_at": iso(v.kept_at), "what": v.what}
            for v in record.versions
        ],
        "people": dict(record.names),
    }


# -- HTML -----------------------------------------------------------------------------------------------------

_STYLE = f"""
body {{ font: 16px/1.55 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.6rem; }} h2 {{ font-size: 1.2rem; margin-top: 2rem; border-bottom: 1px solid #8886; }}
sup a {{ text-decoration: none; }} .facts, .notes {{ font-size: .9rem; opacity: .85; }}
pre {{ overflow-x: auto; padding: .6rem; background: #8882; }}
table {{ display: block; overflow-x: auto; border-collapse: collapse; }}
td, th {{ padding: .3rem .6rem; border: 1px solid #8884; text-align: left; }}
{PAGE}
""".strip()


def as_html(record: Record, config: Config) -> str:
    """The same as a page that needs nothing from elsewhere. What people wrote brings neither markup nor pictures."""
    from markdown_it import MarkdownIt  # only an export as HTML needs it, and it takes memory

    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    reader.inline.ruler.before("link", "citation", _citation)
    known = {entry.number for entry in record.cited}

    def render(tokens: Any, place: int, options: Any, env: Any) -> str:
        number = int(tokens[place].content)
        shown = f'<a href="#e{number}">{number}</a>' if number in known else str(number)
        behind = place > 0 and tokens[place - 1].type == "citation"  # 9 and 10 are not 910
        return f"<sup>{', ' if behind else ''}{shown}</sup>"

    reader.renderer.rules["citation"] = render  # type: ignore[attr-defined]
    title = html_escape(record.title)
    body = [f"<h1>{title}</h1>", '<ul class="facts">']
    body += [f"<li>{html_escape(fact)}</li>" for fact in _facts(record, config)]
    body.append("</ul>")
    for key, heading in SECTIONS.items():
        text = record.document.sections[key] or "_Nothing yet._"
        body += [f'<h2 id="{key}">{html_escape(heading)}</h2>', reader.render(text)]
    notes = _notes(record, config)
    if notes:
        body += ["<h2>Cited entries of the timeline</h2>", '<ul class="notes">']
        body += [f'<li id="e{number}">{reader.renderInline(words)}</li>' for number, words in notes]
        body.append("</ul>")
    inside = "\n".join(body)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n{VIEWPORT}\n<title>{title}</title>\n'
        f"<style>\n{_STYLE}\n</style>\n</head>\n<body>\n{inside}\n</body>\n</html>\n"
    )


_CITED_HERE = re.compile(r"\[\^(\d{1,6})\]")


def _citation(state: Any, silent: bool) -> bool:
    """markdown-it's rule for `[^12]`."""
    match = _CITED_HERE.match(state.src, state.pos)
    if match is None:
        return False
    if not silent:
        state.push("citation", "", 0).content = match[1]
    state.pos = match.end()
    return True


def as_file(record: Record, form: str, config: Config) -> str:
    """The review in one of FORMS."""
    if form == "json":
        return json.dumps(as_json(record, config), indent=2, ensure_ascii=False) + "\n"
    return as_html(record, config) if form == "html" else as_markdown(record, config)
