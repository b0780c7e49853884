"""Routine tasks in Slack: the channel's message, the list, one task, its forms, and the evidence."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from bot.config import Config
from bot.config.fields import SCHEDULE
from bot.paging.people import is_user_id
from bot.routine.task_queries import ALL, OVERDUE
from bot.routine.task_rows import BY_CHECK, BY_COMMAND, DONE, MISSED, SKIPPED, Evidence, RoutineOccurrence
from bot.routine.tasks import LONGEST_REASON
from bot.routine.turns import AWAY, LEFT, NOBODY
from bot.views.forms import about
from bot.views.text import (
    Block,
    actions,
    button,
    confirm,
    context,
    cut,
    field,
    literal,
    mention,
    modal,
    moment,
    notes,
    option,
    rich,
    section,
    text_input,
    turn_buttons,
)

PAGE = 10
EVIDENCE_SHOWN = 15
HOME_SHOWN = 5

Accounts = Mapping[str, str]
"""Slack user ids by the names of app.yaml."""

SIGNS = {DONE: ":white_check_mark:", SKIPPED: ":fast_forward:", MISSED: ":x:"}


def who(person: str | None, accounts: Accounts) -> str:
    """Somebody, as Slack shows them where their account is known."""
    if person is None:
        return "whoever comes first"
    account = accounts.get(person)
    return mention(account) if account is not None else literal(person, 60)


# -- the channel's message ----------------------------------------------------------------------------------------


def message_text(rows: Sequence[RoutineOccurrence]) -> str:
    """For notifications and for those whom the blocks do not reach."""
    titles = ", ".join(literal(row.title, 120) for row in rows)
    return cut(f"Routine: {titles}", 1000)


def message_blocks(
    rows: Sequence[RoutineOccurrence], accounts: Accounts, config: Config, *, now: datetime
) -> list[Block]:
    """What came at one moment: each task with its buttons while it is open."""
    left = sum(row.is_open for row in rows)
    state = f"{left} of {len(rows)} to be done" if left else "all closed"
    at = moment(rows[0].occurs_at) if rows else ""
    blocks = [section(f":clipboard: *Routine* of {at} · {state}")]
    for row in rows:
        blocks.append({"type": "divider"})
        blocks += task_blocks(row, accounts, config, now=now, whole=False, alone=len(rows) == 1)
    return blocks


def task_blocks(
    row: RoutineOccurrence,
    accounts: Accounts,
    config: Config,
    *,
    now: datetime,
    whole: bool = True,
    alone: bool = True,
) -> list[Block]:
    """A task with what can be done with it; `whole` with all that is known of it; `alone` with one button that stands
    out, which among many would not.
    """
    blocks = [section(_head(row, accounts, config, now=now, whole=whole), block_id=f"task.{row.id}")]
    if whole and row.output:
        blocks.append(section(_code(row.output)))
    if not row.is_open:
        if whole and row.checklist:
            blocks.append(context(_points(row)))
        return blocks
    if row.checklist:
        blocks.append(_checklist(row))
    number = str(row.id)
    work = [
        button("Done", "task.done", number, style="primary" if alone else None),
        button("Skip …", "task.skip", number),
        button("Hand over …", "task.hand_over", number),
    ]
    task = config.routine_task(row.task)
    if task is not None and (task.command is not None or task.check is not None):
        work.append(button("Run again" if task.command is not None else "Look again", "task.run", number))
    if task is not None and task.drill is not None and row.incident_id is None:
        sure = confirm(
            "Declare the drill?",
            f"{task.drill.severity}: {task.drill.title}. It pages as a real one would, and is marked as a drill.",
            "Declare",
        )
        work.append(button("Declare the drill", "task.drill", number, confirm=sure))
    return [*blocks, actions(f"task.work.{row.id}", *work)]


def _head(row: RoutineOccurrence, accounts: Accounts, config: Config, *, now: datetime, whole: bool) -> str:
    lines = [line(row, accounts, now=now)]
    task = config.routine_task(row.task)
    description = (task.description or "") if task is not None else row.description
    if row.is_open and description:
        lines.append(rich(description, 1500 if whole else 200))
    if row.incident_id is not None:
        lines.append(f":test_tube: The drill is incident #{row.incident_id}")
    if row.missed_since is not None:
        lines.append(f"Tocsin did not run: those since {moment(row.missed_since)} were not asked for.")
    if row.is_open and row.run_by is not None:
        lines.append(":hourglass_flowing_sand: Its command runs")
    elif row.seen and row.is_open:
        what = "Its command" if task is not None and task.command is not None else "Its check"
        lines.append(f"{what} says: {literal(row.seen, 400 if whole else 200)}")
    if row.status == SKIPPED:
        lines.append(f"Why: {rich(row.reason, 1000 if whole else 200)}")
    return "\n".join(lines)


def line(row: RoutineOccurrence, accounts: Accounts, *, now: datetime) -> str:
    """What it is, who has it and where it stands."""
    title = f"*#{row.id}* {literal(row.title, 120)}"
    if row.is_open:
        late = row.is_overdue(now)
        sign = ":alarm_clock:" if late else ":white_large_square:"
        due = f"*overdue* since {moment(row.due_at)}" if late else f"due {moment(row.due_at)}"
        return f"{sign} {title} · {who(row.owner, accounts)} · {due}"
    return f"{SIGNS[row.status]} {title} · {ended(row)} {moment(row.closed_at or row.due_at)}"


def ended(row: RoutineOccurrence) -> str:
    if row.status == DONE and row.how in (BY_CHECK, BY_COMMAND):
        return f"done by its {row.how}"
    if row.status == MISSED:
        return "missed: nobody did it before the next one came,"
    return f"{row.status} by {mention(row.closed_by)}"


def _checklist(row: RoutineOccurrence) -> Block:
    """Its block_id tells what was ticked when it was shown, so that two who tick at once do not undo each other."""
    options = [option(point["text"], str(index)) for index, point in enumerate(row.checklist)]
    ticked = [one for one, point in zip(options, row.checklist, strict=True) if point["by"] is not None]
    element: Block = {"type": "checkboxes", "action_id": "task.tick", "options": options}
    if ticked:
        element["initial_options"] = ticked
    mask = "".join("1" if point["by"] is not None else "0" for point in row.checklist)
    return actions(f"task.points.{row.id}.{mask}", element)


def _points(row: RoutineOccurrence) -> str:
    said = [
        f"{':ballot_box_with_check:' if point['by'] else ':white_large_square:'} {literal(point['text'], 150)}"
        for point in row.checklist
    ]
    return "\n".join(said)


def _code(output: str) -> str:
    """The end of what a program wrote: there it says what went wrong."""
    safe = literal(output[-2000:], 2800)
    return f"```{safe}```"


# -- what is said beside it ---------------------------------------------------------------------------------------


def reminder_text(rows: Sequence[RoutineOccurrence], accounts: Accounts) -> str:
    """In the thread of the message: what is overdue, and who has it."""
    said = [
        f"• *#{row.id}* {literal(row.title, 120)}, due {moment(row.due_at)}: {who(row.owner, accounts)}"
        for row in rows
    ]
    head = ":alarm_clock: Overdue. Do it, skip it with a reason, or hand it over:"
    return cut("\n".join([head, *said]), 2900)


def output_text(row: RoutineOccurrence) -> str:
    """In the thread of the message: what the command wrote."""
    head = f"The command of *#{row.id}* {literal(row.title, 120)}: {literal(row.seen, 400)}"
    return f"{head}\n{_code(row.output)}" if row.output else f"{head}\nIt wrote nothing."


def handed_text(row: RoutineOccurrence, by: str) -> str:
    return f":inbox_tray: {mention(by)} handed you a task of the routine: *#{row.id}* {literal(row.title, 120)}, due {moment(row.due_at)}"


# -- lists --------------------------------------------------------------------------------------------------------


def list_text(which: str, total: int) -> str:
    many = f"{total} task{'s' if total != 1 else ''} of the routine"
    return {OVERDUE: f"{many} overdue", ALL: f"{many} so far"}.get(which, f"{many} to be done")


def list_blocks(
    rows: Sequence[RoutineOccurrence],
    which: str,
    total: int,
    page: int,
    accounts: Accounts,
    coming: Sequence[tuple[str, datetime]],
    *,
    now: datetime,
) -> list[Block]:
    """A page of the list, counted from 0; `coming` are the titles and times of what comes next."""
    nothing = {OVERDUE: ":sunny: Nothing is overdue.", ALL: "No task of the routine has come yet."}
    if not rows:
        blocks = [section(nothing.get(which, ":sunny: Nothing of the routine is to be done."))]
    else:
        blocks = [section(f"*{list_text(which, total)}*")]
    for row in rows:
        blocks.append(
            section(line(row, accounts, now=now), accessory=button("Show", "task.show", str(row.id)))
        )
    pages = -(-total // PAGE)
    turn = turn_buttons("task.back", "task.more", page, pages, lambda there: f"{there}:{which}")
    if turn:
        blocks.append(actions("turn", *turn))
    if coming:
        said = [
            f"{moment(at)}: {', '.join(literal(title, 120) for title, _ in together)}"
            for at, together in groupby(coming, key=itemgetter(1))
        ]
        blocks.append(context(cut("Comes next:\n" + "\n".join(said), 1900)))
    other = {OVERDUE: "`/ops tasks` shows what is to be done", ALL: "`/ops tasks` shows what is to be done"}
    more = other.get(
        which,
        "`/ops tasks overdue` shows what is late, `/ops tasks all` what is over too, `/ops tasks planned` what plans made",
    )
    blocks.append(context(f"{more}; `/ops evidence` tells what was done."))
    return blocks


def home_blocks(rows: Sequence[RoutineOccurrence], accounts: Accounts, *, now: datetime) -> list[Block]:
    """The reader's own tasks."""
    if not rows:
        return []
    blocks = [section("*Your tasks of the routine*")]
    for row in rows[:HOME_SHOWN]:
        blocks.append(
            section(line(row, accounts, now=now), accessory=button("Show", "task.show", str(row.id)))
        )
    if len(rows) > HOME_SHOWN:
        blocks.append(context("… and more: `/ops tasks`"))
    return blocks


def task_form(row: RoutineOccurrence, accounts: Accounts, config: Config, *, now: datetime) -> Block:
    """One task as a modal, for a reader who is at Home."""
    return modal("task", f"Task #{row.id}"[:24], task_blocks(row, accounts, config, now=now), close="Close")


# -- forms --------------------------------------------------------------------------------------------------------


def skip_form(row: RoutineOccurrence) -> Block:
    reason = text_input(
        longest=LONGEST_REASON, lines=True, placeholder="The system is being replaced this week"
    )
    blocks = [
        section(f"*#{row.id}* {literal(row.title, 120)}"),
        field("reason", "Why is it not done this time?", reason, hint="It is kept as evidence."),
    ]
    return modal("task_skip", f"Skip #{row.id}"[:24], blocks, submit="Skip", about=about(task=row.id))


def hand_over_form(row: RoutineOccurrence) -> Block:
    blocks = [
        section(f"*#{row.id}* {literal(row.title, 120)}"),
        field("person", "Who does it?", {"type": "users_select"}),
    ]
    return modal(
        "task_hand_over", f"Hand over #{row.id}"[:24], blocks, submit="Hand over", about=about(task=row.id)
    )


# -- evidence -----------------------------------------------------------------------------------------------------


def evidence_text(row: Evidence, title: str) -> str:
    """A row of the evidence, in words."""
    of = f" of {moment(row.occurs_at, '{date_short}')}"
    head = f"{moment(row.recorded_at)} · *#{row.occurrence_id}* {literal(title, 120)}{of}: {words(row)}"
    reason = row.data.get("reason")
    return f"{head}\nWhy: {rich(str(reason), 300)}" if reason else head


def words(row: Evidence) -> str:
    """What happened, in a few words."""
    by, data = mention(row.by), row.data
    how = literal(str(data.get("how", "")), 40)
    if row.kind == "done":
        late = " (late)" if data.get("late") else ""
        if how in (BY_CHECK, BY_COMMAND):
            return f"done by its {how} {literal(str(data.get('what', '')), 80)}: {literal(str(data.get('seen', '')), 200)}{late}"
        return f"confirmed by {by}{late}"
    if row.kind in ("failed", "ran"):
        return f"its {how} says {literal(str(data.get('seen', '')), 200)}"
    return {
        "opened": f"came, due {moment(row.due_at)}{_passed_over(data)}",
        "ticked": f"{by} ticked {literal(str(data.get('point', '')), 150)}",
        "unticked": f"{by} took back {literal(str(data.get('point', '')), 150)}",
        "handed_over": f"{by} handed it to {_person(data.get('to'))}",
        "owner_left": f"{_person(data.get('owner'))} has left; whoever comes first has it now",
        "broken_off": f"its command was {literal(str(data.get('seen', '')), 200)}",
        "overdue": "overdue",
        "drill": f"{by} declared drill #{literal(str(data.get('incident')), 40)}",
        "skipped": f"skipped by {by}",
        "missed": "missed: the next one came",
        "passed_over": "Tocsin did not run; earlier ones were not asked for",
    }.get(row.kind, row.kind)


def _passed_over(data: Mapping[str, Any]) -> str:
    """Whose turn it would have been, and why it was not."""
    forms = {AWAY: "{} was away", LEFT: "{} has left", NOBODY: "nobody was on call for {}"}
    people = data.get("passed_over") or {}
    said = [
        forms.get(why, "{}").format(literal(name.removeprefix(SCHEDULE), 60)) for name, why in people.items()
    ]
    return cut(" · " + ", ".join(said), 600) if said else ""


def _person(name: Any) -> str:
    return mention(name) if is_user_id(str(name)) else literal(str(name), 60)


def evidence_blocks(
    rows: Sequence[Evidence], titles: Mapping[str, str], *, broken: Sequence[str], more: bool
) -> list[Block]:
    """The newest rows of a span, the newest last; `broken` are tasks whose evidence was changed afterwards."""
    if not rows:
        blocks = [section("Nothing was recorded in this time.")]
    else:
        blocks = [section(f"*Evidence of the routine*{', the newest' if more else ''}")]
        blocks.append(notes(*(evidence_text(row, titles.get(row.task, row.task)) for row in rows)))
    if broken:
        names = ", ".join(literal(name, 60) for name in broken)
        blocks.append(section(f":warning: *The evidence of {cut(names, 1000)} was changed afterwards.*"))
    blocks.append(
        context(
            "`/ops tasks show 12` opens one. `tocsin routine evidence --from … --to … --csv` has all of it, with outputs; each row carries the hash of the one before."
        )
    )
    return blocks
