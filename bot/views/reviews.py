"""Reviews in Slack: the card, the list, the document and its forms."""

from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from bot.config import Config
from bot.config.sections.reviews import PUBLISH, Wording
from bot.incidents.rows import Incident
from bot.reviews.course import LEAD, NOBODY, SERVICE
from bot.reviews.document import SECTIONS, Document
from bot.reviews.lifecycle import LONGEST_REASON
from bot.reviews.queries import ReviewNow
from bot.reviews.rows import DONE, HELD, OPEN, SKIPPED, STEP_DONE, WAIVED, ReviewTask, ReviewVersion
from bot.views.forms import about
from bot.views.incident_text import NAME, drill, plain_drill
from bot.views.page import who_words
from bot.views.review_text import slack_text, without_questions
from bot.views.text import (
    Block,
    actions,
    button,
    confirm,
    context,
    cut,
    escape,
    field,
    header,
    literal,
    mention,
    modal,
    moment,
    notes,
    option,
    overflow,
    paragraphs,
    rich,
    section,
    select,
    shorten,
    text_input,
    turn_buttons,
)

PAGE = 15
# Of a section so much is shown in a modal; the file has it all.
SHOWN = 5_500
# A field of a form holds so much, and a form so many of them.
FIELD, FIELDS = 2_900, 10
AT_HOME = 5
# In the form to hand over: the review itself, and no step.
ALL = "-"


def person_words(person: str | None) -> str:
    """A Slack account, or a name of app.yaml."""
    return "nobody" if person is None else who_words(person)


# -- one review -----------------------------------------------------------------------------------------------


def review_text(known: ReviewNow) -> str:
    return (
        f"{plain_drill(known.incident)}Review of #{known.incident.id}: {literal(known.incident.title, 400)}"
    )


def review_line(known: ReviewNow, now: datetime, *, limit: int = 200) -> str:
    """Whose it is, what it is of, and until when."""
    incident, review = known.incident, known.review
    lock = ":lock: " if incident.private else ""
    head = f"{lock}{drill(incident)}*{escape(incident.severity)} #{incident.id}* {literal(incident.title, limit)}"
    return f"{head}\n{_state(known, now)} · {person_words(review.owner)}"


def _state(known: ReviewNow, now: datetime) -> str:
    review = known.review
    if review.state == HELD:
        why = "the incident is open again" if known.incident.is_open else "it was none"
        return f":double_vertical_bar: on hold, as {why}"
    if review.state == DONE:
        return f":white_check_mark: done {moment(review.ended_at or now)}"
    if review.state == WAIVED:
        return f":no_entry_sign: waived by {mention(review.ended_by)}: {rich(review.reason, 300)}"
    published = "published · " if review.published_at is not None else ""
    due = known.due_at or review.due_at
    if due <= now:
        return f":alarm_clock: {published}*overdue* since {moment(due)}"
    return f":white_large_square: {published}due {moment(due)}"


def review_blocks(known: ReviewNow, config: Config, *, now: datetime, news: str | None = None) -> list[Block]:
    """The card: how it stands, its steps, and what can be done. `news` is what has just become of it."""
    incident, review = known.incident, known.review
    number = str(incident.id)
    blocks = [section(news)] if news else []
    blocks.append(section(f":mag_right: *Review*\n{review_line(known, now, limit=300)}"))
    blocks += [_step(task, known, now) for task in known.tasks]
    work = [button("Read and edit", "reviews.read", number, style="primary")]
    if known.may_be_published:
        place = f"Everybody in #{config.reviews.channel or config.channels.announcements} can read it then."
        unedited = "" if review.versions else "Nobody has edited the draft yet. "
        sure = confirm("Publish the review?", f"{unedited}{place}", "Publish")
        again = "Publish" if review.published_at is None else "Publish anew"
        work.append(button(again, "reviews.publish", number, confirm=sure))
    if review.state in (OPEN, DONE):
        work.append(button("Action item …", "reviews.action", number))
    if review.state == OPEN:
        work.append(button("Hand over …", "reviews.give", number))
    if review.is_unfinished:
        work.append(button("Waive …", "reviews.waive", number))
    if review.state == WAIVED:
        work.append(button("Take it up again", "reviews.begin", number))
    blocks.append(actions("review", *work))
    return [*blocks, notes(*_history(known))]


def _history(known: ReviewNow) -> list[str]:
    review = known.review
    why = (
        f"asked for by {mention(review.asked_by)}"
        if review.asked_by
        else f"{known.incident.severity} asks for it"
    )
    said = [f"Begun {moment(review.began_at)}, {why if review.asked_by else escape(why)}"]
    if not review.versions:
        said.append("Drafted from the timeline, not edited yet")
    elif review.versions != review.published_version:
        said.append(f"Version {review.versions}")
    if review.published_at is not None:
        said.append(
            f"Version {review.published_version} published {moment(review.published_at)} by {mention(review.published_by)}"
        )
    if review.reminders:
        said.append(f"Reminded {'once' if review.reminders == 1 else f'{review.reminders} times'}")
    return said


def _step(task: ReviewTask, known: ReviewNow, now: datetime) -> Block:
    number, is_open = known.incident.id, known.review.state == OPEN
    value = f"{number}:{task.name}"
    title = literal(task.title, NAME)
    accessory: Block | None = None
    if task.is_open:
        due = f"*overdue* since {moment(task.due_at)}" if task.due_at <= now else f"due {moment(task.due_at)}"
        optional = "" if task.required else " · optional"
        sign = ":alarm_clock:" if task.due_at <= now else ":white_large_square:"
        words = f"{sign} {title}\n{person_words(task.owner)} · {due}{optional}"
        if is_open and task.name != PUBLISH:
            accessory = (
                button("Done", "reviews.done", value)
                if task.required
                else overflow(
                    "reviews.step", option("Done", f"{value}:done"), option("Skip …", f"{value}:skip")
                )
            )
    else:
        sign = ":white_check_mark:" if task.state == STEP_DONE else ":fast_forward:"
        by = f"{mention(task.changed_by)} · {moment(task.changed_at or now)}"
        why = f"\nSkipped: {rich(task.reason, 1000)}" if task.state == SKIPPED else ""
        words = f"{sign} {title}\n{by}{why}"
        if known.review.state in (OPEN, DONE) and task.name != PUBLISH:
            accessory = overflow("reviews.step", option("To be done after all", f"{value}:redo"))
    return section(words, accessory=accessory, block_id=f"review.{task.name}")


def no_review_blocks(incident: Incident, config: Config) -> list[Block]:
    """An incident without one: why, and how to begin it."""
    severity = config.severity(incident.severity)
    asks = severity is not None and severity.review == "required"
    if incident.is_open:
        after = "It begins by itself" if asks and not incident.drill else "It can be begun"
        return [section(f"Incident #{incident.id} has no review yet. {after} when the incident is resolved.")]
    why = "Drills have none unless somebody asks" if incident.drill else "Nobody has asked for one"
    return [
        section(f"Incident #{incident.id} has no review. {why}."),
        actions("review", button("Begin a review", "reviews.begin", str(incident.id), style="primary")),
    ]


# -- many -----------------------------------------------------------------------------------------------------


def list_text(total: int, overdue: int, *, everything: bool) -> str:
    reviews = f"{total or 'No'} review{'' if total == 1 else 's'}"
    return f"{reviews} in all" if everything else f"{reviews} not finished, {overdue} overdue"


def review_list(
    known: Sequence[ReviewNow], total: int, overdue: int, page: int, *, everything: bool, now: datetime
) -> list[Block]:
    """A page of reviews; `page` counts from 0, what is due first ahead."""
    if not known:
        nothing = "No incident had a review yet." if everything else ":sunny: No review is to be done."
        return [section(f"{nothing} `/incident review 12` begins the one of incident #12.")]
    blocks = [section(f"*{list_text(total, overdue, everything=everything)}*")]
    blocks += [
        section(review_line(one, now), accessory=button("Show", "reviews.show", str(one.incident.id)))
        for one in known
    ]
    pages = -(-total // PAGE)
    which = "all" if everything else "open"
    turn = turn_buttons("reviews.back", "reviews.more", page, pages, lambda there: f"{there}:{which}")
    if turn:
        blocks.append(actions("turn", *turn))
    if pages > 1:
        blocks.append(context(f"Page {page + 1} of {pages}"))
    elif not everything:
        blocks.append(context("`/ops reviews all` shows those that are over too."))
    return blocks


def home_reviews(known: Sequence[ReviewNow], now: datetime) -> list[Block]:
    """What the reader has to do for reviews; nothing where there is nothing."""
    if not known:
        return []
    blocks = [section("*Reviews that wait for you*")]
    blocks += [
        section(review_line(one, now), accessory=button("Show", "reviews.read", str(one.incident.id)))
        for one in known[:AT_HOME]
    ]
    return [*blocks, {"type": "divider"}]


# -- reminders ------------------------------------------------------------------------------------------------


def reminder_text(known: ReviewNow, rung: str, now: datetime) -> str:
    tasks = [task for task in known.tasks if task.is_open]
    late = any(task.due_at <= now for task in tasks)
    state = "is overdue" if late else "is due soon"
    return f"{plain_drill(known.incident)}The review of #{known.incident.id} {state}: {literal(known.incident.title, 300)}"


def reminder_blocks(
    known: ReviewNow, tasks: Sequence[ReviewTask], rung: str, config: Config, *, now: datetime
) -> list[Block]:
    """What is near or overdue; the higher it goes, the plainer it is said why."""
    sign = ":alarm_clock:" if any(task.due_at <= now for task in tasks) else ":calendar:"
    lines = [f"{sign} *{reminder_text(known, rung, now)}*"]
    for task in tasks:
        due = f"overdue since {moment(task.due_at)}" if task.due_at <= now else f"due {moment(task.due_at)}"
        lines.append(f"• {literal(task.title, NAME)} ({person_words(task.owner)}): {due}")
    why = {
        NOBODY: "Whoever has it is not there any more. Take it, or hand it to somebody who can.",
        LEAD: "You are told because you led the response and it is late. Help, or hand it to somebody who can.",
        SERVICE: "You are told because you answer for the service and it is very late. See that somebody does it, or that it is waived with a reason.",
    }.get(rung)
    if why is None and known.review.reminders > 1:
        why = f"This is reminder {known.review.reminders}. Cannot do it? Hand it over, or waive it with a reason; after a while others are told too."
    number = str(known.incident.id)
    work = [
        button("Read and edit", "reviews.read", number, style="primary"),
        button("Steps", "reviews.show", number),
        button("Hand over …", "reviews.give", number),
    ]
    return [*paragraphs(lines), *([context(why)] if why else []), actions("review", *work)]


# -- the document ---------------------------------------------------------------------------------------------


def document_view(
    known: ReviewNow,
    document: Document,
    *,
    news: str | None = None,
    wording: Sequence[Block] = (),
    improver: Wording | None = None,
) -> Block:
    """The document with a button for each section. `wording` says that another one is on its way or there
    (bot.views.review_wording), `improver` is asked for one when somebody wishes.
    """
    incident, review = known.incident, known.review
    number = incident.id
    version = f"Version {review.versions}" if review.versions else "Drafted from the timeline, not edited yet"
    lock = ":lock: for its responders only · " if incident.private else ""
    blocks = [section(news)] if news else []
    blocks.append(
        context(
            f"{lock}{drill(incident)}*{escape(incident.severity)} #{number}* {literal(incident.title, 200)} · {version} · small numbers cite the timeline"
        )
    )
    blocks += wording
    for key, title in SECTIONS.items():
        edit = button("Edit", "reviews.edit", f"{number}:{key}")
        blocks.append(section(f"*{title}*", accessory=edit, block_id=f"section.{key}"))
        blocks += _shown(document.sections[key])
    improve = [_improve_button(number, improver)] if improver is not None else []
    blocks.append(
        actions(
            "document",
            button("All as Markdown", "reviews.whole", str(number)),
            button("Versions", "reviews.versions", str(number)),
            button("Send me the file", "reviews.export", f"{number}:md"),
            button("Action item …", "reviews.action", str(number)),
            *improve,
        )
    )
    return modal("review", f"Review of #{number}"[:24], blocks, close="Close")


def _improve_button(number: int, improver: Wording) -> Block:
    place = f"{improver.model} at {urlsplit(improver.url).hostname}"
    words = f"The sentences of this review are sent to {shorten(place, 150)}. Nothing changes until somebody takes the answer."
    sure = confirm("Improve the wording?", words, "Send them")
    return button("Improve wording", "reviews.wording", str(number), confirm=sure)


def _shown(text: str) -> list[Block]:
    if not text:
        return [context("_Nothing yet._")]
    cut_off = len(text) > SHOWN
    blocks = paragraphs([cut(slack_text(line), 2_900) for line in shorten(text, SHOWN).split("\n")])
    return [*blocks, *([context("_The rest stands in the file._")] if cut_off else [])]


def parts(text: str) -> list[str] | None:
    """A text in pieces that fit into fields, whole lines if that is possible (`joined` puts them together again); None
    of one that does not fit into a form.
    """
    found = [""]
    for line in text.splitlines(keepends=True):
        if len(found[-1]) + len(line) > FIELD:
            found.append("")
        found[-1] += line
    found = [piece for piece in found if piece] or [""]
    if len(found) > FIELDS or any(len(piece) > FIELD for piece in found):
        found = [text[start : start + FIELD] for start in range(0, len(text), FIELD)]
    return found if len(found) <= FIELDS else None


def joined(pieces: Sequence[str]) -> str:
    """The text of what was entered into the fields. A full one was cut within a line, unless it ends one."""
    whole = (piece if piece.endswith("\n") or len(piece) == FIELD else f"{piece}\n" for piece in pieces)
    return "".join(piece for piece in whole if piece.strip())


def _fields(text: str, label: str) -> list[Block]:
    """A field for each piece, and an empty one behind while there is room."""
    pieces = parts(text) or []
    pieces += [""] if len(pieces) > 1 and len(pieces) < FIELDS else []
    return [
        field(
            f"part_{place}",
            label if len(pieces) == 1 else f"{label} ({place} of {len(pieces)})",
            text_input(longest=3000, lines=True, initial=piece),
            optional=True,
            hint="Markdown. [^12] cites entry 12 of the timeline." if place == 1 else None,
        )
        for place, piece in enumerate(pieces, start=1)
    ]


def section_form(known: ReviewNow, key: str, text: str) -> Block:
    number = known.incident.id
    return modal(
        "review_section",
        shorten(SECTIONS[key], 24),
        _fields(text, SECTIONS[key]),
        submit="Save",
        about=about(incident=number, section=key, version=known.review.versions),
    )


def whole_form(known: ReviewNow, text: str) -> Block:
    number = known.incident.id
    blocks = [
        context("Each section begins with its heading, such as `## Summary`; your own begin with `###`.")
    ]
    return modal(
        "review_whole",
        f"Review of #{number}"[:24],
        [*blocks, *_fields(text, "The review")],
        submit="Save",
        about=about(incident=number, version=known.review.versions),
    )


def versions_view(
    known: ReviewNow, versions: Sequence[ReviewVersion], who: Callable[[str | None], str]
) -> Block:
    """Who kept what and when, the newest first."""
    lines = [
        f"*{one.number}* · {moment(one.kept_at)} · {who(one.author)} · {literal(one.what, 200)}"
        for one in versions
    ]
    blocks = paragraphs(lines) if lines else [section("Nobody has edited the draft yet.")]
    return modal("review_versions", "Versions", blocks, close="Close")


# -- small forms ----------------------------------------------------------------------------------------------


def skip_form(known: ReviewNow, task: ReviewTask) -> Block:
    blocks = [
        section(f"*{literal(task.title, NAME)}* of the review of #{known.incident.id}"),
        field(
            "reason",
            "Why is it skipped?",
            text_input(
                longest=LONGEST_REASON,
                lines=True,
                placeholder="Only two of us were there, and we talked at once",
            ),
        ),
    ]
    return modal(
        "review_skip",
        "Skip a step",
        blocks,
        submit="Skip",
        about=about(incident=known.incident.id, step=task.name),
    )


def waive_form(known: ReviewNow) -> Block:
    blocks = [
        section(f"{review_text(known)}\nNobody is reminded of it any more."),
        field(
            "reason",
            "Why will there be no review?",
            text_input(
                longest=LONGEST_REASON, lines=True, placeholder="The same as #12, whose review covers it"
            ),
        ),
    ]
    return modal(
        "review_waive", "Waive the review", blocks, submit="Waive", about=about(incident=known.incident.id)
    )


def give_form(known: ReviewNow) -> Block:
    steps = [task for task in known.tasks if task.is_open]
    lines = [f"• {literal(task.title, NAME)}: {person_words(task.owner)}" for task in steps]
    whole = option("The review, with the steps of its owner", ALL)
    blocks = [
        section(f"{review_text(known)}\nIt is with {person_words(known.review.owner)} now."),
        *paragraphs(lines),
        field(
            "what",
            "What is handed over?",
            select([whole, *(option(t.title, t.name) for t in steps)], initial=ALL),
        ),
        field("user", "Who takes it?", {"type": "users_select"}),
    ]
    return modal(
        "review_give", "Hand over", blocks, submit="Hand over", about=about(incident=known.incident.id)
    )


# -- published ------------------------------------------------------------------------------------------------


def published_text(known: ReviewNow) -> str:
    return review_text(known)


def published_blocks(known: ReviewNow, document: Document, config: Config) -> list[Block]:
    """What everybody reads: what happened and whom it hit. The whole document hangs in the thread."""
    incident, review = known.incident, known.review
    facts = f"{escape(incident.severity)} · declared {moment(incident.declared_at)}"
    if incident.resolved_at is not None:
        facts += f" · resolved {moment(incident.resolved_at)}"
    blocks = [
        header(f"{plain_drill(incident)}Review of #{incident.id}: {incident.title}"),
        notes(facts, f"Review by {person_words(review.owner)} · version {review.published_version}"),
    ]
    for key in ("summary", "impact", "actions"):
        text = without_questions(document.sections[key])
        if text:
            blocks.append(section(f"*{SECTIONS[key]}*\n{cut(slack_text(text), 2_500)}"))
    return [*blocks, context("The whole review is in the thread; small numbers cite the timeline.")]
