"""Catching up: what happened so far, who does what, and what is next. For one reader alone, and for whoever takes over."""

from collections.abc import Sequence
from datetime import datetime

from bot.config import Config, Role
from bot.core.standing import is_hidden
from bot.core.timeline import TimelineEntry
from bot.incidents.course import Course
from bot.incidents.handover import ALL, MINE
from bot.incidents.queries import Situation
from bot.incidents.rows import Incident
from bot.views.alerts import alerts_words
from bot.views.forms import about, subject
from bot.views.incident_text import NAME, line, marks
from bot.views.page import rings, state_words
from bot.views.task_text import card_line
from bot.views.text import (
    Block,
    actions,
    button,
    context,
    escaped,
    field,
    literal,
    mention,
    modal,
    moment,
    option,
    paragraphs,
    rich,
    section,
    select,
    span,
    text_input,
)
from bot.views.timeline import slack_words

# So many lines of what happened since the reader was there, and of what happened before.
NEW, BEFORE = 25, 8
# A message is shorter than a modal.
IN_MESSAGE = 12
LINE = 220
ROLES = 12
INSTRUCTED = 3


def catch_up(around: Situation, course: Course, config: Config, *, now: datetime) -> Block:
    """The modal of whoever asks."""
    incident = around.incident
    blocks = [
        *_stands(around, config),
        {"type": "divider"},
        *_happened(course, config),
        {"type": "divider"},
        *_who(around, config),
        *_next(around, config, now=now),
        actions("more", button("Whole timeline", "incident.timeline", str(incident.id))),
    ]
    return modal("catch_up", f"Catch up on #{incident.id}"[:24], blocks, close="Close")


def handover_text(roles: Sequence[str], incident: Incident, config: Config, by: str | None) -> str:
    return f"{mention(by)} handed {role_titles(roles, config)} of #{incident.id} over to you: {literal(incident.title, 500)}"


def handover_blocks(
    entry: TimelineEntry,
    roles: Sequence[str],
    around: Situation,
    course: Course,
    config: Config,
    *,
    now: datetime,
) -> list[Block]:
    """For whoever has the roles now: what they were told, how things stand, and what the roles ask of them."""
    told = (
        f"\n{rich(str(entry.data['text']), 1500)}" if entry.data.get("text") and not is_hidden(entry) else ""
    )
    blocks = [
        section(
            f":handshake: {mention(entry.author)} handed *{role_titles(roles, config)}* over to you.{told}"
        )
    ]
    blocks += _stands(around, config, length=700)
    blocks += paragraphs(["*What happened lately*", *_lines(course.entries[-IN_MESSAGE:], config)])
    blocks += [*_who(around, config), *_next(around, config, now=now)]
    for role in filter(None, map(config.role, roles[:INSTRUCTED])):
        blocks.append(context(f"*{literal(role.title, NAME)}*: {escaped(role.instructions.strip(), 500)}"))
    number = str(around.incident.id)
    return [
        *blocks,
        actions(
            "more",
            button("Catch me up", "incident.catch_up", number),
            button("Show", "incident.show", number),
        ),
    ]


def role_titles(names: Sequence[str], config: Config) -> str:
    """ "lead, comms and scribe"; the first of many."""
    known = [config.role(name) for name in names]
    titles = [
        literal(role.title.lower() if role else name, NAME) for role, name in zip(known, names, strict=True)
    ]
    shown = titles[:ROLES] + ([f"{len(titles) - ROLES} more"] if len(titles) > ROLES else [])
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def handover_form(around: Situation, config: Config, user: str, *, which: str | None = None) -> Block:
    """Which roles, to whom, and what they should know."""
    held = around.roles
    mine = [name for name in held if held[name] == user]
    options = [option(f"My roles: {role_titles(mine, config)}", MINE)] if mine else []
    options += [option(f"All roles: {role_titles(list(held), config)}", ALL)] if len(held) > 1 else []
    options += [option(_of(config.role(name), name), f"role:{name}") for name in list(held)[:90]]
    blocks = [subject(around.incident, config)]
    if not options:
        blocks.append(section("Nobody has a role yet. *Join as …* on the card takes one."))
        return modal("handover", "Hand over", blocks, close="Close")
    first = f"role:{which}" if which in held else which or options[0]["value"]
    blocks += [
        field("which", "What?", select(options, initial=first, placeholder="Choose roles")),
        field("user", "To whom?", {"type": "users_select"}),
        field(
            "text",
            "What should they know?",
            text_input(
                longest=1500,
                lines=True,
                placeholder="What you would do next, and what you would not try again",
            ),
            optional=True,
            hint="How things stand is told by itself, from the timeline.",
        ),
    ]
    return modal(
        "handover", "Hand over", blocks, submit="Hand over", about=about(incident=around.incident.id)
    )


def _of(role: Role | None, name: str) -> str:
    return role.title if role is not None else name


# -- its parts ------------------------------------------------------------------------------------------------


def _stands(around: Situation, config: Config, *, length: int = 1200) -> list[Block]:
    incident = around.incident
    blocks = [section(line(incident, config, limit=250))]
    began = f" · harm since {moment(incident.began_at)}" if incident.began_at else ""
    blocks.append(context(*marks(incident), f"Declared {moment(incident.declared_at)}{began}"))
    if incident.summary:
        blocks.append(section(rich(incident.summary, length)))
    update = around.last_update
    if update is not None and not is_hidden(update):
        impact = (
            f"\n*Impact:* {rich(str(update.data['impact']), length // 2)}"
            if update.data.get("impact")
            else ""
        )
        said = rich(str(update.data.get("text", "")), length)
        blocks.append(
            section(
                f"*Last update*, {moment(update.occurred_at)} by {mention(update.author)}\n{said}{impact}"
            )
        )
    return blocks


def _happened(course: Course, config: Config) -> list[Block]:
    """What is new to the reader, and a little of what went before; all of it for who was never there."""
    since = course.since
    new = [entry for entry in course.entries if since is None or entry.recorded_at > since]
    before = [entry for entry in course.entries if since is not None and entry.recorded_at <= since]
    if since is None:
        lines = ["*What happened so far*", *_newest(new, NEW + BEFORE, course.total, config)]
        return paragraphs(lines)
    count = len(new) if before else course.total
    lines = [f"*Since your last entry*, {moment(since)}"]
    lines += _newest(new, NEW, count, config) if new else ["Nothing of note."]
    if before:
        lines += ["*Before that*", *_newest(before, BEFORE, course.total - len(new), config)]
    return paragraphs(lines)


def _newest(entries: Sequence[TimelineEntry], most: int, total: int, config: Config) -> list[str]:
    shown = entries[-most:]
    left = total - len(shown)
    earlier = [f"_… and {left} earlier, on the timeline_"] if left > 0 else []
    return [*earlier, *_lines(shown, config)]


def _lines(entries: Sequence[TimelineEntry], config: Config) -> list[str]:
    """A line each, whatever was written in how many."""
    return [
        f"{moment(entry.occurred_at, '{date_short_pretty} {time}')} {' '.join(slack_words(entry, config, limit=LINE).split())}"
        for entry in entries
    ]


def _who(around: Situation, config: Config) -> list[Block]:
    held = around.roles
    lines = ["*Who does what*"]
    lines += [
        f"{role.emoji} {literal(role.title, NAME)}: {mention(held[role.name])}"
        for role in config.roles
        if role.name in held
    ][:ROLES]
    count = len(around.responders)
    lines.append(f"{count} {'person takes' if count == 1 else 'people take'} part")
    if around.tasks is not None:
        lines += map(card_line, around.tasks.first)
    return paragraphs(lines)


def _next(around: Situation, config: Config, *, now: datetime) -> list[Block]:
    return paragraphs(["*What is next*", *(_coming(around, config, now) or ["Nothing is due."])])


def _coming(around: Situation, config: Config, now: datetime) -> list[str]:
    incident = around.incident
    found = [
        f":bell: Page #{status.page.id}: {state_words(status.page)}"
        for status in around.paging.pages
        if rings(status.page)
    ][:5]
    if incident.is_open and "lead" not in around.roles:
        found.append(":bust_in_silhouette: Nobody is lead")
    found += _update_due(incident, config, now)
    if around.alerts is not None and incident.is_open:
        found.append(f":rotating_light: {alerts_words(around.alerts)}")
    if around.tasks is not None and around.tasks.open:
        found.append(f":clipboard: {around.tasks.open} of {around.tasks.total} tasks open")
    if incident.is_resolved:
        found.append(f":lock: It is resolved: `/incident close {incident.id}` when nothing is left to do")
    return found


def _update_due(incident: Incident, config: Config, now: datetime) -> list[str]:
    """When people expect to hear more, by what app.yaml says of the severity."""
    severity = config.severity(incident.severity)
    if severity is None or severity.update_every is None or not incident.is_open:
        return []
    due = (incident.updated_at or incident.declared_at) + severity.update_every
    late = f":warning: An update is due since {moment(due)}, {span(now - due)} ago"
    return [late if due < now else f":mega: The next update is due {moment(due)}"]
