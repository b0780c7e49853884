"""Whatever a list has, its reader can open: by a button on each line, or by words that the list itself tells."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from bot.incidents.backlog import Which
from bot.incidents.filters import Filter
from bot.incidents.listing import Listed
from bot.oncall.duties import Duty
from bot.views import (
    action_items,
    administration,
    backlog,
    between,
    checks,
    decisions,
    home,
    lists,
    meetings,
    oncall,
    page,
    plans,
    reviews,
    risks,
    routine_tasks,
    runbooks,
    search,
)
from tests.acceptance.ways import COMMANDS
from tests.views import anything, reviews_of, routine_things

Blocks = Sequence[dict[str, Any]]
NOW, CONFIG = anything.NOW, anything.config()
TODAY = NOW.date()
LINES = 3


def incident_rows() -> list[Any]:
    return [anything.working_incident() for _ in range(LINES)]


def schedules() -> Blocks:
    config = anything.on_call_config(count=oncall.SHOWN_WHOLE + 1)
    return oncall.duties_blocks(
        [Duty(one, anything.shift(one.name), None, ()) for one in config.schedules], {}
    )


def between_incidents() -> Blocks:
    found = between.Between(
        [routine_things.meeting("running")], 1, [anything.decision()], 1, [anything.risk()], 1
    )
    return between.home_blocks(found, now=NOW)


@dataclass(frozen=True)
class Opens:
    """A list of `LINES` things: each line has a button whose id is among `buttons`, or the list says `words`."""

    blocks: Callable[[], Blocks]
    buttons: tuple[str, ...] = ()
    words: str = ""


def by_button(button: str, blocks: Callable[[], Blocks]) -> Opens:
    return Opens(blocks, (button,))


LISTS = {
    "/incident list": by_button(
        "incident.show",
        lambda: lists.incident_list(Listed(Filter(), 0, LINES, incident_rows()), CONFIG),
    ),
    "/page list": by_button(
        "page.show",
        lambda: page.page_list([anything.page_status(n) for n in range(LINES)], CONFIG, more=True),
    ),
    "/oncall": Opens(schedules, words="`/oncall NAME`"),
    "/check": Opens(
        lambda: checks.board(
            {f"c{n}": anything.check_state(f"c{n}") for n in range(LINES)},
            {},
            anything.checks_config(LINES),
            now=NOW,
        ),
        words="`/check` with the name",
    ),
    "/ops search": Opens(
        lambda: search.result_blocks(anything.results("x"), "x", CONFIG),
        (
            "incident.show",
            "reviews.read",
            "decision.show",
            "backlog.show",
            "action.show",
            "risk.show",
            "runbook.show",
        ),
    ),
    "/ops backlog": by_button(
        "backlog.show",
        lambda: backlog.backlog_list(
            [anything.item(n) for n in range(LINES)], {}, LINES, 0, Which(True, None, None), CONFIG
        ),
    ),
    "/ops risks": by_button(
        "risk.show",
        lambda: risks.risk_list([anything.risk()] * LINES, LINES, 0, everything=True, kind=None, now=NOW),
    ),
    "/ops decisions": by_button(
        "decision.show",
        lambda: decisions.decision_list([anything.decision()] * LINES, LINES, 0, everything=True, now=NOW),
    ),
    "/ops plan list": by_button(
        "plan.send", lambda: plans.plan_list([anything.plan(status="complete")] * LINES, LINES)
    ),
    "/ops actions": by_button(
        "action.show",
        lambda: action_items.items_list(
            [anything.action_item(n) for n in range(LINES)],
            LINES,
            0,
            action_items.Which(),
            CONFIG,
            today=TODAY,
        ),
    ),
    "/ops reviews": by_button(
        "reviews.show",
        lambda: reviews.review_list([reviews_of.review_now()] * LINES, LINES, 0, 0, everything=True, now=NOW),
    ),
    "/ops tasks": by_button(
        "task.show",
        lambda: routine_tasks.list_blocks(
            [routine_things.occurrence()] * LINES, "open", LINES, 0, {}, (), now=NOW
        ),
    ),
    "/ops evidence": Opens(
        lambda: routine_tasks.evidence_blocks(
            [routine_things.evidence("done")] * LINES, {}, broken=(), more=False
        ),
        words="`/ops tasks show",
    ),
    "/ops config": by_button(
        "config.show", lambda: administration.history_blocks([anything.version(n) for n in (3, 2, 1)])
    ),
    "/ops meetings": by_button(
        "meeting.show",
        lambda: meetings.list_blocks([], [routine_things.meeting("held")] * LINES, LINES, 0, ()),
    ),
    "/ops runbooks": by_button(
        "runbook.show",
        lambda: runbooks.runbook_list([anything.runbook()] * LINES, LINES, 0, lambda _: False),
    ),
    "Home: incidents": by_button(
        "incident.show", lambda: home.home(incident_rows(), LINES, CONFIG)["blocks"]
    ),
    "Home: action items": by_button(
        "action.show",
        lambda: action_items.home_section(
            [anything.action_item(n) for n in range(LINES)], LINES, CONFIG, today=TODAY
        ),
    ),
    "Home: reviews": by_button(
        "reviews.read", lambda: reviews.home_reviews([reviews_of.review_now()] * LINES, NOW)
    ),
    "Home: routine": by_button(
        "task.show", lambda: routine_tasks.home_blocks([routine_things.occurrence()] * LINES, {}, now=NOW)
    ),
    "Home: between": Opens(between_incidents, ("meeting.show", "decision.show", "risk.show")),
}
# Lists of what has no screen of its own: all that there is stands on the line, with the buttons that change it.
WHOLE_ON_THE_LINE = """
/incident timeline, tasks, link
/oncall me, override, overrides
/check maintenance
/page methods
/ops alerts
"""
# All other words show one thing, or change one.
NO_LIST = """
/incident declare, join, show, digest, update, status, severity, title, summary, type, field, lead, comms, scribe
/incident role, runbook, task, handover, catchup, merge, relate, unrelate, note, began, action, export, resolve
/incident close, reopen, review
/page show, ack, unack, escalate, reassign, snooze, note, resolve
/oncall cover, swap, feed, help
/check maintenance start, maintenance extend, maintenance end
/ops backlog add, backlog show, backlog judge, backlog change, backlog owner, backlog first, backlog plan
/ops backlog done
/ops backlog decline, backlog reopen, backlog matrix, backlog health, risks add, risks show, risks review
/ops risks change, risks close, risks matrix, decisions ask, decisions show, decisions decide, decisions change, decisions drop
/ops plan, plan show, actions add, actions show, actions change, actions start, actions done, actions drop
/ops actions hand, actions due, actions judge, actions issue, actions reopen, reviews show, tasks show, tasks done, tasks skip
/ops meetings show, runbooks show, config show
"""


def words_of(text: str) -> set[str]:
    found = set()
    for line in text.strip().splitlines():
        command, _, names = line.partition(" ")
        found |= {f"{command} {name}" for name in names.split(", ")}
    return found


def test_every_command_is_a_list_that_opens_or_none() -> None:
    """A new word must be placed above: nobody may forget how what it lists is opened."""
    registered = {f"{words.command} {one.name}" for words in COMMANDS for one in words}
    placed = [*LISTS, *words_of(WHOLE_ON_THE_LINE), *words_of(NO_LIST)]
    assert len(placed) == len(set(placed))
    alone = {"/oncall", "/check"}  # lists without a word behind them
    assert {name for name in placed if name.startswith("/")} == registered | alone


@pytest.mark.parametrize("name", LISTS)
def test_each_line_can_be_opened(name: str) -> None:
    opens = LISTS[name]
    blocks = opens.blocks()
    if opens.words:
        said = [
            text["text"]
            for block in blocks
            for text in [block.get("text"), *block.get("elements", [])]
            if text
        ]
        assert any(opens.words in text for text in said)
        return
    pressed = [block["accessory"]["action_id"] for block in blocks if "accessory" in block]
    assert len(pressed) == max(LINES, len(opens.buttons))
    assert set(pressed) == set(opens.buttons)


def test_what_can_be_shown_by_its_number_is_shown_by_the_same_word_everywhere() -> None:
    """Whoever typed `/ops risks show 3` tries `/ops reviews show 3`, too."""
    ops = next(words for words in COMMANDS if words.command == "/ops")
    names = {one.name for one in ops}
    listed = {name.split()[1] for name in LISTS if name.startswith("/ops")} - {"search", "evidence"}
    assert {f"{name} show" for name in listed} <= names
