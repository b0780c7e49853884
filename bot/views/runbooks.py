"""Runbooks in Slack: the list, which to post, the checklist, a command's run and its form."""

import shlex
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.config import Config
from bot.config.sections.runbooks import Command
from bot.incidents.rows import Incident
from bot.runbooks.commands import allowed_words
from bot.runbooks.page import lines_of
from bot.runbooks.rows import (
    ASKED,
    DECLINED,
    DONE,
    FAILED,
    QUEUED,
    RUNNING,
    UNKNOWN,
    Checklist,
    CommandRun,
    RunbookRow,
)
from bot.views.forms import about
from bot.views.incident_text import NAME
from bot.views.review_text import slack_text
from bot.views.text import (
    Block,
    actions,
    button,
    context,
    cut,
    day,
    escape,
    escaped,
    header,
    link,
    literal,
    mention,
    modal,
    moment,
    notes,
    paragraphs,
    section,
    shorten,
    turn_buttons,
)

PAGE = 15
# What a section has room for beside the words around it.
LONGEST_OUTPUT = 2500
LONGEST_WORDS = 900
# Slack takes some 13,000 characters a message; those who ticked a step stand beside it.
ALL_STEPS = 7000
LONGEST_LINK = 300
# Of a runbook that is read, in the size of what Slack shows.
SHOWN = 9_000
LONGEST_LINE = 2_900


# -- which there are ----------------------------------------------------------------------------------------------


def runbook_list(
    rows: Sequence[RunbookRow], total: int, page: int, is_stale: Callable[[RunbookRow], bool]
) -> list[Block]:
    """A page of all runbooks; `page` counts from 0."""
    if not rows:
        return [section("There are no runbooks. `runbooks` of app.yaml names their folder.")]
    blocks = [section(f"*{list_text(total)}*")]
    for row in rows:
        show = button("Show", "runbook.show", row.name) if row.text is not None else None
        blocks.append(section(row_line(row, is_stale=is_stale(row)), accessory=show))
    pages = -(-total // PAGE)
    if pages > 1:
        turn = turn_buttons("runbook.back", "runbook.more", page, pages)
        blocks += [actions("turn", *turn), context(f"Page {page + 1} of {pages}")]
    return blocks


def list_text(total: int) -> str:
    return f"{total} runbook{'s' if total != 1 else ''}"


def runbook_blocks(row: RunbookRow, *, is_stale: bool) -> list[Block]:
    """One of them, to be read."""
    lines, room = [], SHOWN
    body = [slack_text(line) for line in lines_of(row.text or "")]
    for line in body:
        room -= len(line) + 1
        if room < 0:
            break
        lines.append(cut(line, LONGEST_LINE))
    blocks = [
        section(row_line(row, is_stale=is_stale)),
        *paragraphs([line for line in lines if line.strip()]),
    ]
    if len(lines) < len(body):
        blocks.append(context("_The rest stands where it is kept._"))
    return [*blocks, actions("runbook", button("Mark as tested", "runbook.tested", row.name))]


def row_line(row: RunbookRow, *, is_stale: bool) -> str:
    """What it is, who keeps it, when it was last tested, and what is wrong with it."""
    sign = ":warning:" if row.problem else ":alarm_clock:" if is_stale else ":book:"
    lines = [f"{sign} {_named(row.title or row.name, row.link)} (`{row.name}`)"]
    owner = f"kept by {literal(row.owner, NAME)}" if row.owner else "nobody keeps it"
    lines.append(f"{owner} · {tested_words(row)}" + (" · *stale*" if is_stale else ""))
    if row.problem:
        copy = "The last good copy is used" if row.text is not None else "It cannot be used"
        lines.append(f"{copy}: {escaped(row.problem, 250)}")
    return "\n".join(lines)


def tested_words(row: RunbookRow) -> str:
    if row.tested_on is None:
        return "never tested"
    by = f" by {mention(row.tested_by)}" if row.tested_by else ""
    return f"last tested {day(row.tested_on)}{by}"


def _named(title: str, address: str | None) -> str:
    is_link = address is not None and len(address) <= LONGEST_LINK
    return f"*{link(str(address), shorten(title, NAME))}*" if is_link else f"*{literal(title, NAME)}*"


def stale_text(row: RunbookRow) -> str:
    return f"The runbook “{literal(row.title, NAME)}” is stale: {tested_words(row)}"


def stale_blocks(row: RunbookRow) -> list[Block]:
    """The reminder for whoever keeps it."""
    return [
        section(f":alarm_clock: {stale_text(row)}.\nTry its steps, or a drill with them; then say so."),
        actions("stale", button("Mark as tested", "runbook.tested", row.name)),
    ]


def choose_blocks(rows: Sequence[RunbookRow], incident: Incident, *, fits: bool) -> list[Block]:
    """Which runbook's steps are to come into the channel."""
    if not rows:
        return [section("There are no runbooks. `runbooks` of app.yaml names their folder.")]
    said = (
        f"*Runbooks for #{incident.id}*"
        if fits
        else f"*No runbook is for a case like #{incident.id}. There are these:*"
    )
    blocks = [section(said)]
    for row in rows[:PAGE]:
        post = button("Post the steps", "runbook.post", f"{incident.id}:{row.name}")
        steps = f"{len(row.steps)} step{'s' if len(row.steps) != 1 else ''}"
        blocks.append(
            section(
                f"{_named(row.title, row.link)} (`{row.name}`)\n{steps} · {tested_words(row)}", accessory=post
            )
        )
    if len(rows) > PAGE:
        blocks.append(context("`/incident runbook &lt;name&gt;` posts any other; `/ops runbooks` shows all."))
    return blocks


# -- the checklist ------------------------------------------------------------------------------------------------


def checklist_text(checklist: Checklist) -> str:
    return (
        f"Runbook “{literal(checklist.title, NAME)}”: {len(checklist.ticks)} of {len(checklist.steps)} done"
    )


def checklist_blocks(checklist: Checklist, config: Config) -> list[Block]:
    """The steps, each with its button, as they stand now."""
    done, total = len(checklist.ticks), len(checklist.steps)
    blocks = [header(f"📖 {checklist.title}")]
    where = [link(checklist.link, "the whole runbook")] if checklist.link else []
    sign = ":white_check_mark: " if done == total else ""
    blocks.append(context(" · ".join([f"{sign}{done} of {total} done", *where])))
    for number, step in enumerate(checklist.steps):
        blocks.append(_step(checklist, number, str(step["text"])))
        if step.get("command") is not None:
            blocks.append(_run_button(checklist, number, str(step["command"]), config))
    return blocks


def _step(checklist: Checklist, number: int, text: str) -> Block:
    value, ticked = f"{checklist.id}:{number}", checklist.ticks.get(str(number))
    room = min(LONGEST_WORDS, ALL_STEPS // len(checklist.steps))
    words = f"*{number + 1}.* {escaped(text, room)}"
    if ticked is None:
        return section(words, accessory=button("Done", "runbook.tick", value))
    at = moment(datetime.fromisoformat(ticked["at"]), "{time}")
    return section(
        f":white_check_mark: {words}\n{mention(ticked['by'])} at {at}",
        accessory=button("Undo", "runbook.untick", value),
    )


def _run_button(checklist: Checklist, number: int, name: str, config: Config) -> Block:
    command = config.command(name)
    label = f"Run: {command.shown_name} …" if command is not None else f"Run: {name} …"
    # Red is for what one person alone may not run.
    style = "danger" if command is not None and command.needs == "second_person" else None
    return actions(f"run.{number}", button(label, "runbook.run", f"{checklist.id}:{number}", style=style))


# -- commands -----------------------------------------------------------------------------------------------------


def command_words(argv: Sequence[str]) -> list[Block]:
    """The exact words, quoted as one would type them; whole, in as many sections as that takes."""
    words = shlex.join(argv)
    at_once = len(words) if len(escape(words)) <= LONGEST_OUTPUT else LONGEST_OUTPUT // 5
    return [
        section(_code(words[start : start + at_once], LONGEST_OUTPUT))
        for start in range(0, len(words), at_once)
    ]


def _code(text: str, limit: int) -> str:
    return f"```\n{escaped(text.replace('```', 'ˋˋˋ'), limit)}\n```"


def run_form(
    command: Command,
    checklist: Checklist,
    step: int,
    digest: str,
    config: Config,
    *,
    drill: bool = False,
) -> Block:
    """The confirmation: what would run, word by word."""
    needs_other = command.needs == "second_person"
    said = (
        f"Somebody else must approve it: {allowed_words(command.approvers or command.allowed, config)}."
        if needs_other
        else "It runs at once, where Tocsin runs. Its output comes into the thread of the steps."
    )
    blocks = [
        section(
            f"*{literal(command.shown_name, NAME)}* – step {step + 1} of “{literal(checklist.title, NAME)}”"
        ),
        *command_words(command.argv),
        context(said),
    ]
    if drill:
        blocks.insert(0, section(":warning: *This is a drill, but the command is real.*"))
    return modal(
        "runbook_run",
        "Ask for approval" if needs_other else "Run this?",
        blocks,
        submit="Ask" if needs_other else "Run",
        about=about(checklist=checklist.id, step=step, digest=digest),
    )


_STANDS = {
    ASKED: (":raised_hand:", "waits for somebody else's approval"),
    QUEUED: (":hourglass_flowing_sand:", "is about to run"),
    RUNNING: (":hourglass_flowing_sand:", "is running"),
    DONE: (":white_check_mark:", "ended well"),
    FAILED: (":x:", "failed"),
    UNKNOWN: (":warning:", "has an unknown outcome"),
    DECLINED: (":no_entry_sign:", "was declined"),
}


def run_text(run: CommandRun, config: Config) -> str:
    command = config.command(run.command)
    name = command.shown_name if command is not None else run.command
    sign, stands = _STANDS[run.state]
    return f"{sign} *{literal(name, NAME)}* {stands}"


def run_blocks(run: CommandRun, config: Config, approvers: Sequence[str] = ()) -> list[Block]:
    """A command's run as it stands, with the end of its output; `approvers` are whom it waits for."""
    said = run_text(run, config)
    if run.outcome:
        said += f": {escaped(run.outcome, 600)}"
    if run.state == UNKNOWN:
        said += ".\nIt is not begun again by itself: look at what it changes, then decide."
    blocks = [section(said), *command_words(run.argv)]
    if run.output:
        blocks.append(section(f"*Output*\n{_code(_last(run.output), LONGEST_OUTPUT)}"))
    blocks.append(notes(*_history(run)))
    if run.state == ASKED:
        blocks.append(section(_whom_it_waits_for(run, config, approvers)))
        number = str(run.id)
        approve = button("Approve and run", "runbook.approve", number, style="primary")
        blocks.append(actions("decide", approve, button("Decline", "runbook.decline", number)))
    return blocks


def _whom_it_waits_for(run: CommandRun, config: Config, approvers: Sequence[str]) -> str:
    command = config.command(run.command)
    if command is None:
        return "Nobody can approve it: the command is not in app.yaml any more."
    allowed = command.approvers or command.allowed
    asked = " ".join(mention(one) for one in approvers[:20])
    words = literal(allowed_words(allowed, config), 600)
    return f"{asked} Please look at it. It may be approved by: {words}.".strip()


def _last(output: str) -> str:
    """The end: there it says what went wrong."""
    return output if len(output) <= LONGEST_OUTPUT // 2 else "…" + output[-LONGEST_OUTPUT // 2 :]


def _history(run: CommandRun) -> list[str]:
    said = [f"Step {run.step + 1}, asked for by {mention(run.asked_by)} {moment(run.asked_at)}"]
    if run.decided_at is not None:
        verb = "Declined" if run.state == DECLINED else "Approved"
        said.append(f"{verb} by {mention(run.decided_by)} {moment(run.decided_at)}")
    if run.ended_at is not None and run.state != DECLINED:
        said.append(f"Over {moment(run.ended_at)}")
    return said
