"""Risks in Slack: the list, one risk, its forms and its reminder."""

from collections.abc import Sequence
from datetime import datetime

from bot.backlog.priority import HIGH, LOW, MEDIUM
from bot.core.seen import seen_at
from bot.core.texts import LONGEST_TEXT, LONGEST_TITLE
from bot.routine.risk_rows import CLOSED, OPEN, STATUSES, Risk
from bot.routine.risks import severity
from bot.views.backlog import level_menu
from bot.views.forms import about
from bot.views.text import (
    Block,
    actions,
    button,
    confirm,
    context,
    field,
    literal,
    mention,
    modal,
    moment,
    notes,
    option,
    rich,
    section,
    select,
    text_input,
    turn_buttons,
)

PAGE = 15
SIGNS = {HIGH: ":red_circle:", MEDIUM: ":large_yellow_circle:", LOW: ":large_blue_circle:"}
TITLES = {"technical": "Technical", "resource": "Resources", "schedule": "Schedule", "quality": "Quality"}
MEANINGS = {
    "open": "Something is to be done about it",
    "accepted": "We live with it",
    "mitigated": "What can be done is done",
    "closed": "It is a risk no more",
}


def list_text(total: int, *, everything: bool, kind: str | None) -> str:
    of = f", {TITLES[kind].lower()}" if kind else ""
    return f"Risks{of}: {total or 'none'}" + ("" if everything else " not closed")


def risk_list(
    risks: Sequence[Risk], total: int, page: int, *, everything: bool, kind: str | None, now: datetime
) -> list[Block]:
    """A page of risks, the greatest first; `page` counts from 0."""
    add = button("Add a risk", "risk.add", "-")
    if not risks:
        return [
            section(":sunny: No risk is known." if kind is None else "No such risk is known."),
            actions("turn", add),
        ]
    blocks = [section(f"*{list_text(total, everything=everything, kind=kind)}*, the greatest first")]
    blocks += [
        section(risk_line(risk, now=now), accessory=button("Show", "risk.show", str(risk.id)))
        for risk in risks
    ]
    pages = -(-total // PAGE)
    which = f"{'all' if everything else 'open'}:{kind or ''}"
    turn = turn_buttons("risk.before", "risk.further", page, pages, lambda there: f"{there}:{which}")
    blocks.append(actions("turn", *turn, add, button("As a matrix", "risk.matrix", "-")))
    if pages > 1:
        blocks.append(context(f"Page {page + 1} of {pages}"))
    elif not everything:
        blocks.append(context("`/ops risks all` shows the closed ones too."))
    return blocks


def risk_line(risk: Risk, *, now: datetime, limit: int = 250) -> str:
    said = [
        f"{SIGNS[severity(risk.likelihood, risk.impact)]} *#{risk.id}* {literal(risk.title, limit)}\n"
        f"{TITLES.get(risk.kind, risk.kind)}",
        f"likelihood {risk.likelihood}, impact {risk.impact}",
        mention(risk.owner),
    ]
    if risk.status != OPEN:
        said.append(f"*{risk.status}*")
    if risk.review_at is not None:
        said.append(
            f":alarm_clock: *review overdue since {moment(risk.review_at)}*"
            if risk.review_at <= now
            else f"next review {moment(risk.review_at)}"
        )
    return " · ".join(said)


def risk_text(risk: Risk) -> str:
    return f"Risk #{risk.id}: {literal(risk.title, LONGEST_TITLE * 2)}"


def risk_blocks(risk: Risk, *, now: datetime, news: str | None = None) -> list[Block]:
    """One risk with all that is known of it. `news` is what has just become of it."""
    blocks = [section(news)] if news else []
    blocks.append(section(risk_line(risk, now=now, limit=LONGEST_TITLE * 2)))
    if risk.description.strip():
        blocks.append(section(rich(risk.description, 2900)))
    if risk.mitigation:
        blocks.append(section(f"*What is done about it*\n{rich(risk.mitigation, 2800)}"))
    history = [f"Made {moment(risk.created_at)} by {mention(risk.created_by)}"]
    if risk.reviewed_at is not None:
        history.append(f"Reviewed {moment(risk.reviewed_at)} by {mention(risk.reviewed_by)}")
    if risk.changed_at > (risk.reviewed_at or risk.created_at):
        history.append(f"Changed {moment(risk.changed_at)} by {mention(risk.changed_by)}")
    return [*blocks, notes(*history), _work(risk)]


def _work(risk: Risk) -> Block:
    number = str(risk.id)
    review = button("Review …", "risk.review", number, style="primary")
    if risk.status == CLOSED:
        return actions("work", button("Review …", "risk.review", number))
    sure = confirm("Close the risk?", "It is a risk no more, and nobody is reminded of it.", "Close it")
    return actions(
        "work",
        review,
        button("Change …", "risk.change", number),
        button("Close the risk", "risk.close", number, confirm=sure),
    )


def left_text(owner: str) -> str:
    """For all who read the channel: whose it was."""
    return f":wave: This was for {mention(owner)}, who has left. Somebody else must take it over."


def reminder_text(risk: Risk) -> str:
    return f"Risk #{risk.id} is to be reviewed: {literal(risk.title, LONGEST_TITLE * 2)}"


def reminder_blocks(risk: Risk) -> list[Block]:
    said = [
        f":alarm_clock: *{reminder_text(risk)}*",
        f"Likelihood {risk.likelihood}, impact {risk.impact}. Is it still so, and is enough done about it?",
    ]
    return [
        section("\n".join(said)),
        context("This comes back every day until somebody has reviewed it."),
        _work(risk),
    ]


def add_form(*, owner: str, review_at: datetime, title: str = "") -> Block:
    """`title` is what was typed already."""
    what, kind, description = _words(title, "technical", "")
    blocks = [what, kind, *_judgement("medium", "medium", "", owner, review_at), description]
    return modal("risk_add", "Add a risk", blocks, submit="Add")


def change_form(risk: Risk) -> Block:
    """Other words; how likely and how bad it is, is judged by a review."""
    said = about(risk=risk.id, seen=seen_at(risk.changed_at))
    blocks = _words(risk.title, risk.kind, risk.description)
    return modal("risk_change", f"Change #{risk.id}"[:24], blocks, submit="Change", about=said)


def _words(title: str, kind: str, description: str) -> list[Block]:
    kinds = [option(title, kind) for kind, title in TITLES.items()]
    example = "Only one person knows the billing job"
    return [
        field(
            "title",
            "What may go wrong?",
            text_input(longest=LONGEST_TITLE, initial=title, placeholder=example),
        ),
        field("kind", "What is it a risk of?", select(kinds, initial=kind)),
        field(
            "text",
            "Description",
            text_input(longest=LONGEST_TEXT, lines=True, initial=description),
            optional=True,
        ),
    ]


def review_form(risk: Risk, *, review_at: datetime) -> Block:
    """`review_at` is when it would be reviewed next."""
    statuses = [option(status.capitalize(), status, MEANINGS[status]) for status in STATUSES]
    blocks = [
        section(f"*#{risk.id}* {literal(risk.title, LONGEST_TITLE * 2)}"),
        field("status", "Where does it stand?", select(statuses, initial=risk.status)),
        *_judgement(risk.likelihood, risk.impact, risk.mitigation, risk.owner, review_at),
    ]
    return modal(
        "risk_review",
        f"Review #{risk.id}"[:24],
        blocks,
        submit="Done",
        about=about(risk=risk.id, seen=seen_at(risk.changed_at)),
    )


def _judgement(likelihood: str, impact: str, mitigation: str, owner: str, review_at: datetime) -> list[Block]:
    at: Block = {"type": "datetimepicker", "initial_date_time": int(review_at.timestamp())}
    return [
        field("likelihood", "How likely is it?", level_menu(likelihood)),
        field("impact", "How bad would it be?", level_menu(impact)),
        field(
            "mitigation",
            "What is done about it?",
            text_input(longest=LONGEST_TEXT, lines=True, initial=mitigation),
            optional=True,
        ),
        field("owner", "Who keeps an eye on it?", {"type": "users_select", "initial_user": owner}),
        field(
            "review_at",
            "When is it looked at again?",
            at,
            hint="The owner is reminded from then on, every day.",
        ),
    ]
