"""The whole record of an incident as one page that needs nothing from elsewhere, and prints well.

What people wrote brings neither markup nor pictures: everything is escaped, and links lead to http(s) only.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape as html_escape

from bot.checks.history import CheckHistory
from bot.config import Config
from bot.core.standing import is_hidden, marks_of
from bot.core.timeline import TimelineEntry
from bot.views.check_history import history_json
from bot.views.markdown import html_from_mrkdwn
from bot.views.record import Record, facts, marks, permalink_of, sections
from bot.views.timeline import MENTION, Words, utc

VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'
# Of each page that people print, and read on a phone: no long word or wide table makes all of it wider than that is.
PAGE = """
:root { color-scheme: light dark; }
body { overflow-wrap: break-word; }
@media print {
  :root { color-scheme: light; }
  body { font-size: 10pt; max-width: none; margin: 0; padding: 0; }
  h2 { break-after: avoid; }
  tr, li { break-inside: avoid; }
  thead { display: table-header-group; }
  a { color: inherit; text-decoration: none; }
  @page { margin: 18mm 15mm; }
}
""".strip()

_STYLE = f"""
:root {{ --line: #8886; --faint: #8882; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.6rem; }} h2 {{ font-size: 1.2rem; margin-top: 2rem; border-bottom: 1px solid var(--line); }}
.said {{ white-space: pre-wrap; overflow-wrap: anywhere; }}
table {{ border-collapse: collapse; width: 100%; }}
th {{ text-align: left; font-weight: 600; }}
td, th {{ vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--faint); }}
.at, .number {{ white-space: nowrap; font-variant-numeric: tabular-nums; }}
.number {{ text-align: right; opacity: .7; }}
tr.hidden td {{ opacity: .6; font-style: italic; }}
.private {{ font-weight: 600; }}
.proof {{ font: .75rem/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }}
@media (max-width: 40rem) {{ .at {{ white-space: normal; }} }}
{PAGE}
""".strip()


def as_html(record: Record, config: Config) -> str:
    """Times in UTC, people by name where known."""
    incident, entries = record.incident, record.entries

    def who(user_id: str | None) -> str:
        return html_escape(record.who(user_id))

    def quote(text: str) -> str:
        named = MENTION.sub(lambda match: who(match[1]), _with_mentions(str(text)))
        return html_from_mrkdwn(named)

    words = Words(
        who, quote, html_escape, lambda text: f"<strong>{html_escape(text)}</strong>", utc, config, _link
    )
    title = html_escape(f"Incident #{incident.id}: {incident.title}")
    body = [
        f"<h1>{title}</h1>",
        *(f'<p class="private">{mark}</p>' for mark in marks(incident)),
        *_list(facts(record, config, html_escape)),
        "<h2>Summary</h2>",
        f'<p class="said">{quote(incident.summary) or "None was written."}</p>',
        *(
            line
            for heading, told in sections(record, html_escape, _link)
            for line in (f"<h2>{heading}</h2>", *_list(told))
        ),
        "<h2>Timeline</h2>",
        "<table><thead><tr><th>#</th><th>Time (UTC)</th><th>What happened</th></tr></thead><tbody>",
        *(_row(entry, words) for entry in entries),
        "</tbody></table>",
        *_checks(record.checks),
        "<h2>Proof</h2>",
        f'<p class="proof">{len(entries)} entries, chained by SHA-256. Head: {html_escape(incident.timeline_head)}</p>',
    ]
    inside = "\n".join(body)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"{VIEWPORT}\n<title>{title}</title>\n"
        f"<style>\n{_STYLE}\n</style>\n</head>\n<body>\n{inside}\n</body>\n</html>\n"
    )


def _list(lines: Sequence[str]) -> list[str]:
    return ["<ul>", *(f"<li>{line}</li>" for line in lines), "</ul>"]


def _with_mentions(text: str) -> str:
    """Escaped, but for mentions, which become names."""
    parts, end = [], 0
    for match in MENTION.finditer(text):
        parts += [html_escape(text[end : match.start()]), match[0]]
        end = match.end()
    return "".join([*parts, html_escape(text[end:])])


def _link(url: str, name: str) -> str:
    if not url.startswith(("https://", "http://")):
        return html_escape(name)
    return f'<a href="{html_escape(url)}" rel="noreferrer">{html_escape(name)}</a>'


def _row(entry: TimelineEntry, words: Words) -> str:
    permalink = permalink_of(entry)
    link = f" · {_link(permalink, 'message')}" if permalink else ""
    kind = ' class="hidden"' if is_hidden(entry) else ' class="amended"' if marks_of(entry) else ""
    return (
        f'<tr{kind} id="e{entry.number}"><td class="number">{entry.number}</td>'
        f'<td class="at">{_at(entry.occurred_at)}</td><td class="said">{words.say(entry)}{link}</td></tr>'
    )


def _at(at: datetime) -> str:
    moment = at.astimezone(UTC)
    return f'<time datetime="{moment.isoformat()}">{moment:%Y-%m-%d %H:%M:%S}</time>'


def _checks(found: Sequence[CheckHistory]) -> list[str]:
    rows = [
        f"<tr><td>{html_escape(one['title'])}</td><td>{one['runs']}</td><td>{one['failed']}</td></tr>"
        for one in history_json(found)
        if one["runs"]
    ]
    head = "<table><thead><tr><th>Check</th><th>Runs</th><th>Failed</th></tr></thead><tbody>"
    return ["<h2>Checks</h2>", head, *rows, "</tbody></table>"] if rows else []
