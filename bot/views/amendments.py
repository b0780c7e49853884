"""The menu of a timeline entry, and the forms that amend it."""

from bot.config import Config
from bot.core.standing import AMENDMENTS, has_words, is_hidden
from bot.core.texts import LONGEST_TEXT
from bot.core.timeline import TimelineEntry
from bot.incidents.amendments import RETIMED_KINDS, is_correctable
from bot.incidents.names_redacted import names_in
from bot.incidents.rows import Incident
from bot.views.forms import about
from bot.views.text import Block, context, field, modal, option, overflow, section, text_input
from bot.views.timeline import slack_words

LABELS = {
    "correct": "Correct …",
    "retime": "Change the time …",
    "hide": "Hide …",
    "show": "Show again …",
    "redact": "Redact …",
}
_TITLES = {
    "correct": "Correct an entry",
    "retime": "Change its time",
    "hide": "Hide an entry",
    "show": "Show an entry again",
    "redact": "Redact an entry",
}
_MEANINGS = {
    "correct": "What it said before stays on record.",
    "retime": "It moves to its place on the timeline; when it was recorded stays on record.",
    "hide": "It is folded away, with your name and reason. It can be shown again.",
    "show": "Everybody who sees this timeline reads it again.",
    "redact": ":warning: Its words are taken out of the database for good, with those of its corrections, and nobody can bring them"
    " back. The message in Slack stays: delete it there, too. Exports and backups of before hold the words still.",
}

_NAME_GOES = (
    "It holds the incident's {parts}: {gone} wherever Tocsin shows it, also in pages, in the channel's name and topic, and in search."
    " Slack's own lines about a new topic or name stay, as does what Tocsin sent as mails, SMS, files, digests and direct messages."
)
_TITLE_GOES = "the title reads “(redacted)” until somebody gives another (`/incident title`)"
_SUMMARY_GOES = "the summary is empty until somebody writes one (`/incident summary`)"

_REASONS = {
    "correct": "A typo, another number, …",
    "retime": "The clock was read wrongly, …",
    "hide": "It belongs to another incident, …",
    "show": "It matters after all, …",
    "redact": "A password, a customer's name, …",
}


def choices(entry: TimelineEntry) -> tuple[str, ...]:
    """What can be done with an entry."""
    if entry.kind in AMENDMENTS:
        return ()
    found = []
    if is_hidden(entry):
        found.append("show")
    else:
        found += ["correct"] if is_correctable(entry) else []
        found += ["retime"] if entry.kind in RETIMED_KINDS else []
        found.append("hide")
    return (*found, "redact") if has_words(entry) else tuple(found)


def entry_menu(incident: Incident, entry: TimelineEntry) -> Block | None:
    """The ⋯ beside an entry; None where nothing can be done with it."""
    found = choices(entry)
    options = [option(LABELS[one], f"{incident.id}:{entry.number}.{one}") for one in found]
    return overflow("timeline.entry", *options) if options else None


def amend_form(incident: Incident, entry: TimelineEntry, what: str, config: Config) -> Block:
    """The form for one of LABELS."""
    blocks = [section(slack_words(entry, config, limit=600)), context(_MEANINGS[what])]
    if what == "redact":
        blocks += _name_goes(incident, entry)
    if what == "correct":
        said = str(entry.data.get("text", ""))
        blocks.append(
            field("text", "What is true", text_input(longest=LONGEST_TEXT, lines=True, initial=said))
        )
    if what == "retime":
        at = {"type": "datetimepicker", "initial_date_time": int(entry.occurred_at.timestamp())}
        blocks.append(field("when", "When it happened", at))
    blocks.append(field("why", "Why?", text_input(longest=300, placeholder=_REASONS[what])))
    return modal(
        "amend",
        _TITLES[what],
        blocks,
        submit=LABELS[what].removesuffix(" …"),
        about=about(incident=incident.id, entry=entry.number, what=what),
    )


def _name_goes(incident: Incident, entry: TimelineEntry) -> list[Block]:
    """What else changes when the entry holds what its incident is called by now."""
    words = {text for number, text in names_in(entry) if number == incident.id}
    parts = {"title": incident.title in words, "summary": incident.summary in words}
    held = [name for name, is_held in parts.items() if is_held]
    if not held:
        return []
    gone = {"title": _TITLE_GOES, "summary": _SUMMARY_GOES}
    return [context(_NAME_GOES.format(parts=" and ".join(held), gone=", ".join(gone[one] for one in held)))]
