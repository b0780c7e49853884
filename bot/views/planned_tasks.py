"""Routine tasks that plans made, in Slack: the list, and the form that changes one."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.core.texts import LONGEST_TEXT
from bot.routine.planned_rows import PlannedTask
from bot.routine.rhythms import CADENCES
from bot.routine.task_rows import LONGEST_TASK
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
    option,
    rich,
    section,
    select,
    text_input,
    turn_buttons,
)

PAGE = 10


def list_text(total: int) -> str:
    return f"Routine tasks made from plans: {total or 'none'}"


def list_blocks(
    rows: Sequence[PlannedTask],
    total: int,
    page: int,
    coming: Mapping[str, datetime],
    *,
    news: str | None = None,
) -> list[Block]:
    """A page of them, counted from 0; `coming` has when each comes next, by name."""
    blocks = [section(news)] if news else []
    if not rows:
        return [*blocks, section("No routine task was made from a plan. `/ops plan` begins one.")]
    blocks.append(section(f"*{list_text(total)}*"))
    for row in rows:
        sure = confirm("End this task?", "It comes no more. Its evidence is kept.", "End it")
        number = str(row.id)
        blocks.append(section(_line(row, coming.get(row.name))))
        blocks.append(
            actions(
                f"planned.{number}",
                button("Change …", "planned.change", number),
                button("End it", "planned.end", number, confirm=sure),
            )
        )
    pages = -(-total // PAGE)
    turn = turn_buttons("planned.before", "planned.further", page, pages)
    if turn:
        blocks.append(actions("turn", *turn))
    blocks.append(context("Those of app.yaml are changed there. `/ops tasks` shows what is to be done."))
    return blocks


def _line(row: PlannedTask, at: datetime | None) -> str:
    who = mention(row.owner) if row.owner is not None else "whoever comes first"
    said = [f"*{literal(row.title, 120)}*\n{row.cadence}", who]
    if at is not None:
        said.append(f"next {moment(at)}")
    if row.plan_id is not None:
        said.append(f"of plan #{row.plan_id}")
    description = f"\n{rich(row.description, 200)}" if row.description else ""
    return " · ".join(said) + description


def change_form(row: PlannedTask) -> Block:
    owner: Block = {"type": "users_select"}
    if row.owner is not None:
        owner["initial_user"] = row.owner
    how_often = select([option(rhythm.capitalize(), rhythm) for rhythm in CADENCES], initial=row.cadence)
    blocks = [
        field("title", "What is done", text_input(longest=LONGEST_TASK, initial=row.title)),
        field(
            "text",
            "How it is done",
            text_input(longest=LONGEST_TEXT, lines=True, initial=row.description),
            optional=True,
        ),
        field("cadence", "How often", how_often),
        field("owner", "Who does it?", owner, optional=True, hint="Without anybody: whoever comes first."),
        context("From its next time on; what has come already stays as it is."),
    ]
    return modal("planned_change", "Change a task", blocks, submit="Change", about=about(task=row.id))


def changed_text(row: PlannedTask) -> str:
    return f":white_check_mark: *{literal(row.title, 120)}* is done {row.cadence} from its next time on."


def ended_text(row: PlannedTask) -> str:
    return (
        f":white_check_mark: *{literal(row.title, 120)}* comes no more. One that is open is still to be done, "
        "or skipped: `/ops tasks`."
    )
