"""Decisions in Slack: the list, one question, its forms and its reminder."""

from collections.abc import Sequence
from datetime import datetime

from bot.core.seen import seen_at
from bot.core.texts import LONGEST_TEXT, LONGEST_TITLE
from bot.routine.decision_rows import DECIDED, PENDING, Decision
from bot.views.forms import about
from bot.views.text import (
    Block,
    actions,
    button,
    context,
    field,
    literal,
    mention,
    modal,
    moment,
    notes,
    rich,
    section,
    text_input,
    turn_buttons,
)

PAGE = 15


def list_text(total: int, *, everything: bool) -> str:
    return f"Decisions: {total or 'none'}" + ("" if everything else " pending")


def decision_list(
    decisions: Sequence[Decision], total: int, page: int, *, everything: bool, now: datetime
) -> list[Block]:
    """A page of decisions, the first due first; `page` counts from 0."""
    add = button("Ask for a decision", "decision.add", "-")
    if not decisions:
        nothing = "Nothing was asked yet." if everything else ":sunny: Nothing is to be decided."
        return [section(nothing), actions("turn", add)]
    blocks = [section(f"*{list_text(total, everything=everything)}*, what is due first at the top")]
    blocks += [
        section(decision_line(one, now=now), accessory=button("Show", "decision.show", str(one.id)))
        for one in decisions
    ]
    pages = -(-total // PAGE)
    which = "all" if everything else "pending"
    turn = turn_buttons("decision.before", "decision.further", page, pages, lambda there: f"{there}:{which}")
    blocks.append(actions("turn", *turn, add))
    if pages > 1:
        blocks.append(context(f"Page {page + 1} of {pages}"))
    elif not everything:
        blocks.append(context("`/ops decisions all` shows what was decided too."))
    return blocks


def decision_line(decision: Decision, *, now: datetime, limit: int = 250, answer: bool = True) -> str:
    """The question and where it stands; with its `answer`, if there is one."""
    asked = f"*#{decision.id}* {literal(decision.question, limit)}"
    if decision.status != PENDING and decision.decided_at is not None:
        sign = ":white_check_mark:" if decision.status == DECIDED else ":wastebasket:"
        when = (
            f"{decision.status.capitalize()} {moment(decision.decided_at)} by {mention(decision.decided_by)}"
        )
        said = f"\n{literal(decision.answer, limit)}" if answer else ""
        return f"{sign} {asked}{said}\n{when}"
    due = moment(decision.due_at)
    is_late = decision.due_at <= now
    sign, when = (
        (":alarm_clock:", f"*overdue* since {due}") if is_late else (":white_large_square:", f"due {due}")
    )
    return f"{sign} {asked}\n{mention(decision.owner)} · {when}"


def decision_text(decision: Decision) -> str:
    return f"Decision #{decision.id}: {literal(decision.question, LONGEST_TITLE * 2)}"


def decision_blocks(decision: Decision, *, now: datetime, news: str | None = None) -> list[Block]:
    """One question with its answer, if there is one. `news` is what has just become of it."""
    blocks = [section(news)] if news else []
    blocks.append(section(decision_line(decision, now=now, limit=LONGEST_TITLE * 2, answer=False)))
    if decision.description.strip():
        blocks.append(section(rich(decision.description, 2900)))
    if decision.answer:
        what = "Decided" if decision.status == DECIDED else "Dropped"
        blocks.append(section(f"*{what}*\n{rich(decision.answer, 2900)}"))
    by = "app.yaml" if decision.name is not None else mention(decision.created_by)
    history = [f"Asked {moment(decision.created_at)} by {by}"]
    if decision.changed_at is not None:
        history.append(f"Changed {moment(decision.changed_at)} by {mention(decision.changed_by)}")
    blocks.append(notes(*history))
    return [*blocks, _work(decision)] if decision.status == PENDING else blocks


def _work(decision: Decision) -> Block:
    number = str(decision.id)
    return actions(
        "work",
        button("Decide …", "decision.decide", number, style="primary"),
        button("Change …", "decision.change", number),
        button("Drop …", "decision.drop", number),
    )


def reminder_text(decision: Decision) -> str:
    return f"Decision #{decision.id} is due: {literal(decision.question, LONGEST_TITLE * 2)}"


def reminder_blocks(decision: Decision) -> list[Block]:
    return [
        section(
            f":alarm_clock: *{reminder_text(decision)}*\nIt was to be decided by {moment(decision.due_at)}."
        ),
        context("This comes back every day until it is decided, dropped or given more time."),
        _work(decision),
    ]


def ask_form(*, owner: str, due_at: datetime) -> Block:
    blocks = _question("", "", owner, due_at)
    return modal("decision_add", "Ask for a decision", blocks, submit="Ask")


def change_form(decision: Decision) -> Block:
    blocks = _question(decision.question, decision.description, decision.owner, decision.due_at)
    title = f"Decision #{decision.id}"[:24]
    return modal("decision_change", title, blocks, submit="Change", about=_about(decision))


def _question(question: str, description: str, owner: str, due_at: datetime) -> list[Block]:
    example = "Do we move the search to another cluster?"
    at: Block = {"type": "datetimepicker", "initial_date_time": int(due_at.timestamp())}
    return [
        field(
            "title",
            "What is to be decided?",
            text_input(longest=LONGEST_TITLE, initial=question, placeholder=example),
        ),
        field("owner", "Who decides?", {"type": "users_select", "initial_user": owner}),
        field("due_at", "By when?", at, hint="From then on the owner is reminded every day."),
        field(
            "text",
            "What is known, what may be chosen",
            text_input(longest=LONGEST_TEXT, lines=True, initial=description),
            optional=True,
        ),
    ]


def decide_form(decision: Decision) -> Block:
    return _answer_form(decision, "decision_decide", "Decide", "What is decided, and why?")


def drop_form(decision: Decision) -> Block:
    return _answer_form(decision, "decision_drop", "Drop", "Why needs nobody decide it any more?")


def _answer_form(decision: Decision, callback_id: str, what: str, ask: str) -> Block:
    blocks = [_subject(decision), field("answer", ask, text_input(longest=LONGEST_TEXT, lines=True))]
    title = f"{what} #{decision.id}"[:24]
    return modal(callback_id, title, blocks, submit=what, about=_about(decision))


def _about(decision: Decision) -> str:
    return about(decision=decision.id, seen=seen_at(decision.stands_since))


def _subject(decision: Decision) -> Block:
    return section(f"*#{decision.id}* {literal(decision.question, LONGEST_TITLE * 2)}")
