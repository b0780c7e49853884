"""Recurring reviews in Slack: the message, what is said beside it, the list, and the forms."""

from collections.abc import Sequence
from datetime import date, datetime

from bot.backlog.priority import priority
from bot.reviews.action_rows import ActionItem
from bot.reviews.actions import LONGEST_TITLE
from bot.routine.meeting_queries import Said
from bot.routine.meeting_rows import DECISION, HELD, MISSED, OVER, POSTPONED, RUNNING, Meeting, MeetingWord
from bot.routine.meetings import LONGEST_TEXT
from bot.views.action_items import promise, rating
from bot.views.backlog import PRIORITIES
from bot.views.forms import about
from bot.views.routine_tasks import Accounts, who
from bot.views.text import (
    Block,
    actions,
    button,
    confirm,
    context,
    cut,
    day,
    field,
    literal,
    mention,
    modal,
    moment,
    option,
    paragraphs,
    rich,
    section,
    span,
    text_input,
)

PAGE = 10
COMING_SHOWN = 5
# Slack takes 13,200 characters in a message: what is beyond these stands in the thread.
OUTCOME, FEEDBACK_TEXT, AGENDA, FIGURES, PEOPLE = 4000, 2500, 2500, 1200, 1000

SIGNS = {
    RUNNING: ":speech_balloon:",
    OVER: ":alarm_clock:",
    HELD: ":white_check_mark:",
    MISSED: ":x:",
    POSTPONED: ":fast_forward:",
}
ANONYMOUS = "anonymous"
# Where app.yaml has no questions.
ONE_QUESTION = "What went well, what did not, what should be talked about?"


# -- the message --------------------------------------------------------------------------------------------------


def line(row: Meeting) -> str:
    """What it is, when, and where it stands."""
    sign = SIGNS.get(row.status, ":calendar:")
    said = f"{sign} *{literal(row.title, 120)}* #{row.id} · {moment(row.starts_at)}"
    said += {
        RUNNING: " · *now*",
        OVER: " · over, *not closed yet*",
        HELD: " · held",
        MISSED: " · *missed*",
    }.get(row.status, "")
    if row.postponed:
        often = "" if row.postponed == 1 else f" {row.postponed} times"
        said += f" · postponed{often}, from {moment(row.planned_at)}"
    return said


def message_text(row: Meeting) -> str:
    return f"{literal(row.title, 120)} #{row.id}: {moment(row.starts_at)}"


def meeting_blocks(
    row: Meeting, said: Said, figures: Sequence[str], accounts: Accounts, *, whole: bool = False
) -> list[Block]:
    """The meeting with its agenda, its figures and its buttons; `whole` with all that was said, for a reader."""
    blocks = [section(f"{line(row)}\n{_people(row, accounts)}")]
    if row.missed_since is not None:
        blocks.append(
            context(f"Tocsin did not run: those since {moment(row.missed_since)} were not announced.")
        )
    if row.agenda and (row.is_open or whole):
        blocks.append(section(agenda_text(row)))
    if figures:
        head = f"*Figures since {moment(row.since_at, '{date_short_pretty}')}*"
        blocks.append(section("\n".join([head, figures_text(figures)])))
    if whole or not row.is_open:
        blocks += outcome(said)
    if whole and (row.has_begun or not row.is_open):
        blocks += feedback_blocks(said.feedback)
    blocks.append(context(_counted(said)))
    return [*blocks, *_buttons(row)]


def _people(row: Meeting, accounts: Accounts) -> str:
    length = span(row.ends_at - row.starts_at)
    leads = f"Led by {who(row.facilitator, accounts)}" if row.facilitator is not None else "Nobody leads it"
    others = [who(person, accounts) for person in row.participants if person != row.facilitator]
    said = f"{length} · {leads}"
    return cut(said + (f" · with {', '.join(others)}" if others else ""), PEOPLE)


def figures_text(figures: Sequence[str]) -> str:
    return cut("\n".join(f"• {literal(one, 400)}" for one in figures), FIGURES)


def agenda_text(row: Meeting) -> str:
    """The agenda with its minutes."""
    lines = ["*Agenda*"]
    for topic in row.agenda:
        points = "; ".join(literal(point, 200) for point in topic["points"])
        lines.append(
            f"`{topic['minutes']:>3} min` *{literal(topic['title'], 120)}*"
            + (f": {points}" if points else "")
        )
    return cut("\n".join(lines), AGENDA)


def _counted(said: Said) -> str:
    counts = (
        (len(said.feedback), "piece of feedback", "pieces of feedback"),
        (len(said.notes), "note", "notes"),
        (len(said.decisions), "decision", "decisions"),
        (len(said.items), "action item", "action items"),
    )
    parts = [f"{count} {one if count == 1 else more}" for count, one, more in counts if count]
    return " · ".join(parts) or "Nothing written down yet"


def _buttons(row: Meeting) -> list[Block]:
    if not row.is_open:
        return []
    number = str(row.id)
    work = [button("Feedback …", "meeting.feedback", number)]
    if row.has_begun:
        work += [
            button("Note …", "meeting.note", number),
            button("Decision …", "meeting.decision", number),
            button("Action item …", "meeting.action", number),
        ]
    work += [
        button("Hand over …", "meeting.hand_over", number),
        button("Postpone …", "meeting.postpone", number),
    ]
    if row.has_begun:
        sure = confirm(
            "Close this review?", "Decisions, items and the next date are told in the channel.", "Close it"
        )
        style = "primary" if row.status == OVER else None
        work.append(button("Close", "meeting.close", number, style=style, confirm=sure))
    return [actions(f"meeting.work.{row.id}", *work)]


# -- what was said ------------------------------------------------------------------------------------------------


def outcome(said: Said, room: int = OUTCOME) -> list[Block]:
    """Decisions, items and notes, in as many characters as there is room for."""
    lines = []
    if said.decisions:
        lines.append("*Decisions*")
        lines += [f"• {rich(word.text, 500)} ({mention(word.by)})" for word in said.decisions]
    if said.items:
        lines.append("*Action items*")
        lines += [f"• {item_line(item)}" for item in said.items]
    if said.notes:
        lines.append("*Notes*")
        lines += [f"• {rich(word.text, 500)} ({mention(word.by)})" for word in said.notes]
    return paragraphs(_fitting(lines, room))


def _fitting(lines: Sequence[str], room: int) -> list[str]:
    """As many lines as there is room for, and how many are missing."""
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return [*kept, f"… and {len(lines) - len(kept)} more lines: the thread has all of it"]
        kept.append(line)
    return kept


def item_line(item: ActionItem) -> str:
    """An item with its owner and day."""
    urgency = priority(item.impact, item.effort)
    how = f" · {PRIORITIES[urgency]}" if urgency is not None else ""
    return f"*#{item.id}* {literal(item.title, 300)} · {mention(item.owner)} · due {day(item.due_on)}{how}"


def feedback_blocks(words: Sequence[MeetingWord], room: int = FEEDBACK_TEXT) -> list[Block]:
    """What people gave beforehand, with the names of those who gave one."""
    if not words:
        return []
    lines = [f"• {_question(word, 'to “{}”: ')}{rich(word.text, 500)} ({_giver(word)})" for word in words]
    return paragraphs(_fitting(["*Feedback*", *lines], room))


def _question(word: MeetingWord, form: str) -> str:
    """What it answers, if it was asked."""
    return form.format(literal(word.question, 300)) if word.question is not None else ""


def _giver(word: MeetingWord) -> str:
    return mention(word.by) if word.by is not None else "without a name"


# -- what is said beside the message ------------------------------------------------------------------------------


def begun_text(row: Meeting, accounts: Accounts) -> str:
    people = [who(person, accounts) for person in row.participants if person != row.facilitator]
    leads = f" {who(row.facilitator, accounts)} leads it." if row.facilitator is not None else ""
    return cut(f":speech_balloon: *{literal(row.title, 120)}* begins.{leads} {' '.join(people)}", 2900)


def begun_blocks(row: Meeting, figures: Sequence[str], accounts: Accounts) -> list[Block]:
    """In the thread: the figures as they are now. The feedback that was given follows, a message each."""
    blocks = [section(begun_text(row, accounts))]
    if figures:
        blocks.append(section(figures_text(figures)))
    blocks.append(
        context("Write down notes, decisions and action items with the buttons of the message above.")
    )
    return blocks


def soon_text(row: Meeting, accounts: Accounts) -> str:
    people = " ".join(who(person, accounts) for person in row.participants)
    return cut(f":calendar: *{literal(row.title, 120)}* is at {moment(row.starts_at)}. {people}", 2900)


def over_text(row: Meeting, accounts: Accounts) -> str:
    lead = f"{who(row.facilitator, accounts)}: " if row.facilitator is not None else ""
    return f":alarm_clock: {lead}the time of this review is over. Write down what is left and press *Close*; what nobody writes anything about counts as missed tomorrow."


def handed_text(row: Meeting, by: str, accounts: Accounts) -> str:
    return f":handshake: {mention(by)} handed it over: {who(row.facilitator, accounts)} leads it."


def postponed_text(row: Meeting) -> str:
    why = f"\nWhy: {rich(row.reason, 2000)}" if row.reason else ""
    return f":fast_forward: {mention(row.postponed_by)} postponed it to {moment(row.starts_at)}.{why}"


def word_text(word: MeetingWord) -> str:
    sign = {DECISION: ":ballot_box_with_check: *Decision*", "note": ":memo: Note"}.get(
        word.kind, ":bulb: Feedback"
    )
    return f"{sign} ({_giver(word)}): {_question(word, '_{}_ ')}{rich(word.text, 2400)}"


def item_text(item: ActionItem) -> str:
    return f":dart: Action item {item_line(item)}"


def closing_text(row: Meeting) -> str:
    words = "was held" if row.status == HELD else "was missed: nobody wrote anything down"
    return f"{literal(row.title, 120)} of {moment(row.starts_at)} {words}"


def closing_blocks(row: Meeting, said: Said, following: datetime | None, accounts: Accounts) -> list[Block]:
    """The end: what was decided, who does what by when, and the next date."""
    sign = SIGNS[row.status]
    by = f", closed by {mention(row.closed_by)}" if row.closed_by else ""
    blocks = [section(f"{sign} *{closing_text(row)}*{by}")]
    blocks += outcome(said, 9000)
    following_one = f"Next: {moment(following)}" if following is not None else "There is no next one."
    leads = f" · led by {who(row.facilitator, accounts)}" if row.facilitator is not None else ""
    blocks.append(context(f"{following_one} · {_counted(said)}{leads}"))
    return blocks


# -- the list -----------------------------------------------------------------------------------------------------


def list_text(coming: Sequence[Meeting], past: int) -> str:
    return f"Recurring reviews: {len(coming) or 'none'} announced, {past or 'none'} past"


def list_blocks(
    opened: Sequence[Meeting],
    past: Sequence[Meeting],
    total: int,
    page: int,
    following: Sequence[tuple[str, datetime]],
) -> list[Block]:
    """Those announced, then the past ones of a page; `following` are the titles and times of what comes later."""
    blocks = [section(f"*{list_text(opened, total)}*")]
    for row in [*opened, *past]:
        blocks.append(section(line(row), accessory=button("Show", "meeting.show", str(row.id))))
    if not opened and not past:
        tip = "" if following else " `recurring_reviews` of app.yaml says which there are."
        blocks.append(section(f"No recurring review was announced yet.{tip}"))
    pages = -(-total // PAGE)
    turn = [button("Newer", "meeting.newer", f"{page - 1}:")] if page > 0 else []
    turn += [button("Older", "meeting.older", f"{page + 1}:")] if page < pages - 1 else []
    if turn:
        blocks.append(actions("turn", *turn))
    if following:
        said = [f"{moment(at)}: {literal(title, 120)}" for title, at in following]
        blocks.append(context(cut("To be announced:\n" + "\n".join(said), 1900)))
    return blocks


# -- forms --------------------------------------------------------------------------------------------------------


def answer_field(number: int) -> str:
    """Where the answer to a question stands in the form; the first one's name is that of a single text."""
    return f"text{number or ''}"


def feedback_form(row: Meeting) -> Block:
    named = [
        option("Without my name", ANONYMOUS, "Nobody can find out whose it is, not even in the database")
    ]
    questions = row.questions or [ONE_QUESTION]
    blocks = [
        _subject(row),
        *(
            field(
                answer_field(number),
                question,
                text_input(longest=LONGEST_TEXT, lines=True),
                optional=len(questions) > 1,
            )
            for number, question in enumerate(questions)
        ),
        context("It is shown when the review begins."),
        field("name", "Name", {"type": "checkboxes", "options": named}, optional=True),
    ]
    return modal("meeting_feedback", "Feedback", blocks, submit="Send", about=about(meeting=row.id))


def note_form(row: Meeting, kind: str) -> Block:
    """For a note or a decision."""
    asked = "What was decided?" if kind == DECISION else "What should be kept?"
    blocks = [_subject(row), field("text", asked, text_input(longest=LONGEST_TEXT, lines=True))]
    title = "Decision" if kind == DECISION else "Note"
    return modal("meeting_note", title, blocks, submit="Save", about=about(meeting=row.id, kind=kind))


def action_form(row: Meeting, user: str, due: date) -> Block:
    """`due` is the day that is offered."""
    blocks = [
        _subject(row),
        field("title", "What is to be done?", text_input(longest=LONGEST_TITLE)),
        *promise(user, due),
        *rating(None, None),
    ]
    return modal("meeting_action", "Action item", blocks, submit="Add", about=about(meeting=row.id))


def postpone_form(row: Meeting) -> Block:
    at = {"type": "datetimepicker", "initial_date_time": int(row.starts_at.timestamp())}
    blocks = [
        _subject(row),
        field("at", "To when?", at),
        field("reason", "Why?", text_input(longest=LONGEST_TEXT, lines=True), optional=True),
    ]
    return modal("meeting_postpone", "Postpone", blocks, submit="Postpone", about=about(meeting=row.id))


def hand_over_form(row: Meeting) -> Block:
    blocks = [_subject(row), field("person", "Who leads it?", {"type": "users_select"})]
    return modal("meeting_hand_over", "Hand over", blocks, submit="Hand over", about=about(meeting=row.id))


def _subject(row: Meeting) -> Block:
    return context(line(row))
