"""The modals. `private_metadata` carries what the form is about, as JSON; the inputs' block_ids are the fields."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.config import Config
from bot.core.texts import LONGEST_TEXT, LONGEST_TITLE
from bot.incidents.field_values import asked_at_declaration, fields_of, missing_of
from bot.incidents.queries import Situation
from bot.incidents.rows import Incident
from bot.views.card import card_for_reader
from bot.views.incident_fields import field_inputs, type_input
from bot.views.incident_text import drill, line, plain_drill, severity_legend, status_title
from bot.views.service_menu import service_menu
from bot.views.text import (
    Block,
    button,
    context,
    escape,
    field,
    literal,
    modal,
    option,
    search,
    section,
    select,
    text_input,
)

JOINABLE = 5
# The modal of what is only shown.
SHOWN = "shown"
# The menu of open incidents that one is merged into.
INTO = "merge.into"
# The form to declare: it is over, and is only written down.
EARLIER = "earlier"
# When the next update comes, in minutes.
NEXT_UPDATES = {
    "15": "in 15 minutes",
    "30": "in 30 minutes",
    "60": "in an hour",
    "120": "in 2 hours",
    "240": "in 4 hours",
    "720": "in 12 hours",
    "1440": "in a day",
}

FormOf = Callable[[Incident, Config], Block]


def about(**said: Any) -> str:
    """What a form is about, for `private_metadata`."""
    return json.dumps({key: value for key, value in said.items() if value is not None}, separators=(",", ":"))


def declare_form(
    config: Config,
    *,
    metadata: str,
    title: str = "",
    severity: str | None = None,
    service: str | None = None,
    summary: str = "",
    type_name: str | None = None,
    filled: Mapping[str, str] | None = None,
    open_incidents: Sequence[Incident] = (),
    private: bool = False,
    drill: bool = False,
    earlier: bool = False,
    began_at: datetime | None = None,
    ended_at: datetime | None = None,
    error: str | None = None,
) -> Block:
    """The form to declare. `open_incidents` are those of the chosen service, to join instead; `filled` what was said of
    custom fields. A type brings its severity, its fields, and whether it is private; `private` says so without one. What
    happened `earlier` is asked for its times.
    """
    kind = config.type(type_name) if type_name else None
    if severity is None and kind is not None:
        severity = kind.severity
    blocks: list[Block] = []
    if error:
        blocks.append(section(f":warning: {error}"))
    blocks.append(
        field(
            "title",
            "What was wrong?" if earlier else "What is wrong?",
            text_input(longest=LONGEST_TITLE, initial=title, placeholder="Checkout is down"),
        )
    )
    blocks.extend(type_input(config, kind.name if kind else None, dispatch=True))
    blocks.append(
        field(
            "severity", "How bad was it?" if earlier else "How bad is it?", _severity_menu(config, severity)
        )
    )
    blocks.append(context(severity_legend(config)))
    if config.services:
        blocks.append(
            field(
                "service",
                "Which service?",
                service_menu(config, service),
                optional=True,
                dispatch=True,
            )
        )
    blocks.extend(_join_instead(open_incidents, config))
    blocks.append(
        field(
            "summary",
            "Summary",
            text_input(
                longest=LONGEST_TEXT,
                lines=True,
                initial=summary,
                placeholder="What you see, since when, whom it hits",
            ),
            optional=True,
        )
    )
    asked = fields_of(config, kind.name if kind else None)
    moment = asked_at_declaration(earlier)
    blocks.extend(field_inputs(asked, filled, [one for one in asked if one.is_due(moment)]))
    options = [
        option("Private", "private", "Only those invited to its channel know of it"),
        option("Drill", "drill", "Nothing is broken; everything else is as always"),
        option(
            "It happened earlier", EARLIER, "It is over, and is only written down: nobody is paged or told"
        ),
    ]
    boxes = {"type": "checkboxes", "action_id": "declare.options", "options": options}
    ticked = [private or (kind is not None and kind.private), drill, earlier]
    if any(ticked):
        boxes["initial_options"] = [one for one, is_so in zip(options, ticked, strict=True) if is_so]
    blocks.append(field("options", "Options", boxes, optional=True, dispatch=True))
    heading, submit = "Declare an incident", "Declare"
    if earlier:
        heading, submit = "Write down an incident", "Write down"
        blocks.append(field("began", "When did it begin?", _moment_picker(began_at)))
        ended = field("ended", "When was it over, if that is known?", _moment_picker(ended_at), optional=True)
        blocks.append(ended)
    return modal("declare", heading, blocks, submit=submit, about=metadata)


def _moment_picker(at: datetime | None) -> Block:
    """In the time zone of whoever looks, as Slack shows it."""
    chosen = {"initial_date_time": int(at.timestamp())} if at is not None else {}
    return {"type": "datetimepicker", **chosen}


def _severity_menu(config: Config, chosen: str | None) -> Block:
    known = config.severity(chosen) if chosen else None
    options = [
        option(_severity_label(s.name, s.label, s.emoji), s.name, s.meaning) for s in config.severities
    ]
    return select(options, initial=known.name if known else None, placeholder="Choose a severity")


def _severity_label(name: str, label: str | None, emoji: str) -> str:
    return f"{emoji} {name}" + (f" – {label}" if label else "")


def _join_instead(incidents: Sequence[Incident], config: Config) -> list[Block]:
    if not incidents:
        return []
    blocks = [section("*Is it one of these?* They are open for this service.", block_id="joinable")]
    for incident in incidents[:JOINABLE]:
        join = button("Join instead", "declare.join", str(incident.id))
        blocks.append(
            section(line(incident, config, limit=200), accessory=join, block_id=f"joinable.{incident.id}")
        )
    return blocks


def joined_note(incident: Incident, config: Config) -> Block:
    """Takes the form's place after "Join instead"."""
    return modal("joined", "You joined", [section(line(incident, config))], close="Done")


def update_form(incident: Incident, config: Config) -> Block:
    blocks = [
        subject(incident, config),
        field(
            "text",
            "What changed?",
            text_input(
                longest=LONGEST_TEXT,
                lines=True,
                placeholder="What is new since the last update, and what is being done",
            ),
        ),
        field(
            "impact", "Who is affected, and how?", text_input(longest=LONGEST_TEXT, lines=True), optional=True
        ),
    ]
    if config.nudges.updates:
        blocks.append(
            field(
                "next",
                "When is the next one?",
                select(
                    [option(words, value) for value, words in NEXT_UPDATES.items()], placeholder="As always"
                ),
                optional=True,
                hint="The channel is asked for it then, once and for this time.",
            )
        )
    return modal("update", "Post an update", blocks, submit="Post", about=about(incident=incident.id))


def status_form(incident: Incident, config: Config) -> Block:
    """Offers what makes sense now: another stage, or resolved; from resolved the way back."""
    if not incident.is_open:
        return reopen_form(incident, config)
    choices = [s for s in config.statuses if s.name not in (incident.status, "closed")]
    options = [option(f"{s.emoji} {s.title}", s.name, s.meaning) for s in choices]
    following = _next_status(incident, config)
    blocks = [
        subject(incident, config),
        field("status", "Status", select(options, initial=following, placeholder="Choose a status")),
        field("text", "Why?", text_input(longest=LONGEST_TEXT, lines=True), optional=True),
    ]
    return modal("status", "Change the status", blocks, submit="Change", about=about(incident=incident.id))


def reopen_form(incident: Incident, config: Config) -> Block:
    """Why it is not over, and where it stands."""
    options = [option(f"{s.emoji} {s.title}", s.name, s.meaning) for s in config.active_statuses]
    why = text_input(longest=LONGEST_TEXT, lines=True, placeholder="The errors are back since 16:20")
    blocks = [
        subject(incident, config),
        field("text", "Why is it not over?", why),
        field("status", "Status", select(options, initial=config.active_statuses[0].name)),
    ]
    title = f"Reopen #{incident.id}"[:24]
    return modal("reopen", title, blocks, submit="Reopen", about=about(incident=incident.id))


def close_form(incident: Incident, config: Config, *, text: str = "", reason: str | None = None) -> Block:
    """What was resolved needs no reason; what must be filled in is asked for before nothing is changed any more."""
    asked = missing_of(incident, config, "close") if incident.is_resolved else []
    blocks = [
        subject(incident, config),
        *field_inputs(asked, incident.fields, asked),
        *_reason_menu(config, "Why?", optional=incident.is_resolved, chosen=reason),
        field(
            "text",
            "In words",
            text_input(longest=LONGEST_TEXT, lines=True, initial=text),
            optional=True,
            hint="With #12 in front, incident #12 tells of it instead: each card names the other.",
        ),
    ]
    title = f"Close #{incident.id}"[:24]
    return modal("close", title, blocks, submit="Close", about=about(incident=incident.id))


def merge_form(incident: Incident, config: Config) -> Block:
    """Into which open incident; it is found by typing."""
    menu = {**search(placeholder="Type a number or words of the title"), "action_id": INTO}
    blocks = [
        subject(incident, config),
        field(
            "into",
            "Into which incident?",
            menu,
            hint="Its alerts, pages, tasks, links, roles and people go there, and this one is closed.",
        ),
        field("text", "Why?", text_input(longest=LONGEST_TEXT, lines=True), optional=True),
    ]
    title = f"Merge #{incident.id}"[:24]
    return modal("merge", title, blocks, submit="Merge", about=about(incident=incident.id))


def incident_option(incident: Incident) -> Block:
    """An incident in a menu."""
    return option(
        f"{plain_drill(incident)}{incident.severity} #{incident.id} {incident.title}", str(incident.id)
    )


def _reason_menu(config: Config, label: str, *, optional: bool, chosen: str | None = None) -> list[Block]:
    if not config.close_reasons:
        return []
    options = [option(one.title, one.name, one.meaning) for one in config.close_reasons]
    menu = select(options, initial=chosen, placeholder="Choose a reason")
    return [field("reason", label, menu, optional=optional)]


def _next_status(incident: Incident, config: Config) -> str | None:
    names = [s.name for s in config.statuses]
    if incident.status not in names:
        return None
    return names[names.index(incident.status) + 1]


def severity_form(incident: Incident, config: Config) -> Block:
    options = [
        option(_severity_label(s.name, s.label, s.emoji), s.name, s.meaning)
        for s in config.severities
        if s.name != incident.severity
    ]
    if not options:
        words = "app.yaml knows no other severity, so there is nothing to change."
        return modal("severity", "Change the severity", [subject(incident, config), section(words)])
    blocks = [
        subject(incident, config),
        field("severity", "Severity", select(options, placeholder="Choose a severity")),
        context(severity_legend(config)),
        field("text", "Why?", text_input(longest=LONGEST_TEXT, lines=True), optional=True),
    ]
    return modal(
        "severity", "Change the severity", blocks, submit="Change", about=about(incident=incident.id)
    )


def resolve_form(incident: Incident, config: Config, *, text: str = "") -> Block:
    """What ended it; and what must be filled in before it is over."""
    asked = missing_of(incident, config, "resolve")
    blocks = [
        subject(incident, config),
        field(
            "text",
            "What ended it?",
            text_input(longest=LONGEST_TEXT, lines=True, initial=text, placeholder="Rolled back release 42"),
            optional=True,
        ),
        *field_inputs(asked, incident.fields, asked),
        *_was_none(incident, config, is_asked=bool(asked)),
    ]
    return modal(
        "resolve", f"Resolve #{incident.id}"[:24], blocks, submit="Resolve", about=about(incident=incident.id)
    )


def _was_none(incident: Incident, config: Config, *, is_asked: bool) -> list[Block]:
    """The way out for what was no incident. It needs to tell nothing more: so it is no way through a form that asks."""
    if is_asked and config.close_reasons:
        return [
            context(
                f"Was it none? `/incident close {incident.id}` closes it for a reason, and asks for nothing."
            )
        ]
    return _reason_menu(config, "Was it none? Then it is closed at once, as", optional=True)


def details_form(incident: Incident, config: Config) -> Block:
    blocks = [
        field("title", "Title", text_input(longest=LONGEST_TITLE, initial=incident.title)),
        field(
            "summary",
            "Summary",
            text_input(longest=LONGEST_TEXT, lines=True, initial=incident.summary),
            optional=True,
        ),
        *type_input(config, incident.type, is_declared=True),
        *field_inputs(fields_of(config, incident.type), incident.fields),
    ]
    return modal(
        "details", "Title, summary, fields", blocks, submit="Save", about=about(incident=incident.id)
    )


def fields_form(incident: Incident, config: Config) -> Block:
    """Type and custom fields alone."""
    blocks = [
        subject(incident, config),
        *type_input(config, incident.type, is_declared=True),
        *field_inputs(fields_of(config, incident.type), incident.fields),
    ]
    return modal("fields", "Type and fields", blocks, submit="Save", about=about(incident=incident.id))


def note_form(incident: Incident, config: Config) -> Block:
    blocks = [
        subject(incident, config),
        field(
            "text",
            "Note",
            text_input(
                longest=LONGEST_TEXT, lines=True, placeholder="Deploy of 14:05 rolled back on all hosts"
            ),
            hint="It goes on the timeline; nobody is notified.",
        ),
        field("when", "When it happened, if not just now", {"type": "datetimepicker"}, optional=True),
    ]
    return modal("note", "Add a note", blocks, submit="Add", about=about(incident=incident.id))


def subject(incident: Incident, config: Config) -> Block:
    """What a form is about, in its first line."""
    severity = config.severity(incident.severity)
    sign = f"{severity.emoji} " if severity else ""
    return context(
        f"{sign}{drill(incident)}*{escape(incident.severity)} #{incident.id}* {literal(incident.title, 100)} · {status_title(incident.status, config)}"
    )


def incident_form(situation: Situation, config: Config) -> Block:
    """The card as a modal, for a reader who is in Home or in another modal."""
    return modal(
        "incident",
        f"Incident #{situation.incident.id}"[:24],
        card_for_reader(situation, config),
        close="Close",
    )


def blocks_form(blocks: Sequence[Block]) -> Block:
    """What an answer shows, for a reader who has no channel to be shown it in."""
    return modal(SHOWN, "Tocsin", list(blocks), close="Close")


def message_form(title: str, text: str) -> Block:
    """A modal that only says something."""
    return modal("message", title, [section(text)], close="Close")
