"""Routine tasks and recurring reviews in each state that shows other buttons, with any text where people write."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from bot.config import Config
from bot.config.sections.routine_tasks import RoutineTask
from bot.reviews.action_rows import ActionItem
from bot.routine import meeting_rows, task_rows
from bot.routine.meeting_queries import Said
from bot.routine.meeting_rows import Meeting, MeetingWord
from bot.routine.planned_rows import PlannedTask
from bot.routine.task_rows import Evidence, RoutineOccurrence
from bot.routine.tasks import IN_A_MESSAGE
from bot.views import between, meetings, planned_tasks, routine_tasks
from tests.views import anything

NOW = anything.NOW
TASKS = ("plain", "asked", "looked-at", "drilled")
ACCOUNTS = {"p": "U01"}


def with_tasks(config: Config, text: str = "T") -> Config:
    """The configuration with tasks of each kind."""
    severity = config.severities[0].name
    more: dict[str, dict[str, Any]] = {
        "plain": {},
        "asked": {"command": {"argv": ["true"]}},
        "looked-at": {"check": "c"},
        "drilled": {"drill": {"title": "Gone", "severity": severity}},
    }
    tasks = tuple(
        RoutineTask.model_validate(
            {
                "name": name,
                "title": "Title",
                "cadence": "0 9 * * *",
                **more[name],
            }
        ).model_copy(update={"description": text[:2000]})
        for name in TASKS
    )
    return config.model_copy(update={"routine_tasks": tasks})


def occurrence(task: str = "plain", text: str = "T", status: str = "open", **more: Any) -> RoutineOccurrence:
    closed = status != task_rows.OPEN
    given: dict[str, Any] = {
        "id": 2**53,
        "task": task,
        "title": (" ".join(text.split()) or "T")[:60],
        "description": text[:3000],
        "checklist": [
            {"text": ((text.strip() or "P") * 75)[:75], "by": "U01" if n % 2 else None, "at": None}
            for n in range(10)
        ],
        "owner": "p",
        "occurs_at": NOW,
        "due_at": NOW,
        "missed_since": NOW,
        "opened_at": NOW,
        "message_id": 1,
        "status": status,
        "how": None,
        "reason": text[:1000],
        "closed_at": NOW if closed else None,
        "closed_by": "U01" if closed else None,
        "seen": text[:300],
        "output": text[:4000],
        "reminded": 0,
    }
    return RoutineOccurrence(**(given | more))


def between_blocks(text: str = "T") -> list[dict[str, Any]]:
    """What waits between incidents, as much as Home shows of it."""
    found = between.Between(
        [meeting(meeting_rows.RUNNING, text)] * between.MEETINGS_SHOWN,
        10**6,
        [anything.decision(text)] * between.DECISIONS_SHOWN,
        10**6,
        [anything.risk(text)] * between.RISKS_SHOWN,
        10**6,
    )
    return between.home_blocks(found, now=NOW)


def planned(text: str = "T", **more: Any) -> PlannedTask:
    """A task that a plan made."""
    given: dict[str, Any] = {
        "id": 2**53,
        "name": "planned",
        "title": (" ".join(text.split()) or "T")[:60],
        "description": text[:3000],
        "cadence": "every two weeks",
        "owner": "U01",
        "plan_id": 2**53,
        "created_at": NOW,
        "created_by": "U01",
    }
    return PlannedTask(**(given | more))


def evidence(kind: str, text: str = "T") -> Evidence:
    data = dict.fromkeys(
        ("reason", "seen", "what", "how", "point", "to", "owner", "since", "output", "incident"), text[:300]
    )
    return Evidence(
        id=1,
        task="plain",
        number=1,
        occurrence_id=1,
        kind=kind,
        occurs_at=NOW,
        due_at=NOW,
        recorded_at=NOW,
        by="U01",
        data=data,
        previous_hash="",
        hash="",
    )


def meeting(status: str, text: str = "T") -> Meeting:
    closed = status in (meeting_rows.HELD, meeting_rows.MISSED)
    line = " ".join(text.split()) or "T"
    return Meeting(
        id=2**53,
        review="operations",
        title=line[:60],
        facilitator="p",
        participants=["p", *(f"q{n}" + "q" * 35 for n in range(100))],
        agenda=[{"title": line[:60], "minutes": 480, "points": [line[:200]] * 10} for _ in range(12)],
        planned_at=NOW,
        since_at=NOW,
        starts_at=NOW,
        ends_at=NOW + timedelta(hours=2),
        missed_since=NOW,
        questions=[(line * 150)[:150]] * 6,
        status=status,
        postponed=2,
        postponed_by="U01",
        reason=text[:2000],
        opened_at=NOW,
        closed_at=NOW if closed else None,
        closed_by="U01" if closed else None,
    )


def said(text: str = "T", count: int = 1) -> Said:
    words = [
        MeetingWord(
            id=1,
            meeting_id=1,
            kind=kind,
            question=by and text[:150],
            text=text[:2000] or "T",
            by=by,
            said_at=NOW,
        )
        for kind in meeting_rows.KINDS
        for by in ("U01", None)
    ]
    item = ActionItem(
        id=2**53,
        title=(" ".join(text.split()) or "T")[:200],
        owner="U01",
        due_on=date(2026, 1, 31),
        impact="high",
        effort="low",
        status="open",
    )
    return Said(words * count, [item] * count)


def emitted(config: Config, text: str = "T", count: int = 1) -> Iterator[dict[str, Any]]:
    """Every message and form of the routine."""
    config = with_tasks(config, text)
    rows = [occurrence(task, text, status) for task in TASKS for status in task_rows.STATES]
    rows.append(occurrence("asked", text, run_by="w"))
    rows.append(occurrence("drilled", text, incident_id=2**53))
    for row in rows:
        yield {"blocks": routine_tasks.task_blocks(row, ACCOUNTS, config, now=NOW)}
    yield routine_tasks.task_form(rows[0], ACCOUNTS, config, now=NOW - timedelta(days=1))
    yield {"text": routine_tasks.output_text(rows[0])}
    yield {"text": routine_tasks.handed_text(rows[0], "U01")}
    drilled = [occurrence("drilled", text, id=2**53 + n) for n in range(IN_A_MESSAGE)]
    yield {
        "text": routine_tasks.message_text(drilled),
        "blocks": routine_tasks.message_blocks(drilled, {}, config, now=NOW),
    }
    yield {"text": routine_tasks.reminder_text(drilled, ACCOUNTS)}
    yield {"blocks": routine_tasks.home_blocks(drilled, ACCOUNTS, now=NOW)}
    coming = [(text[:60] or "T", NOW)] * 5
    for page in (0, 1):
        blocks = routine_tasks.list_blocks(drilled, "all", 40, page, ACCOUNTS, coming, now=NOW)
        yield {"blocks": blocks}
    yield {"blocks": between_blocks(text)}
    yield routine_tasks.skip_form(rows[0])
    made = [planned(text, id=2**53 + n, owner="U01" if n else None) for n in range(planned_tasks.PAGE)]
    for page in (0, 1):
        yield {
            "blocks": planned_tasks.list_blocks(
                made, 40, page, {"planned": NOW}, news=planned_tasks.ended_text(made[0])
            )
        }
    yield planned_tasks.change_form(made[0])
    yield {"text": planned_tasks.changed_text(made[1])}
    yield routine_tasks.hand_over_form(rows[0])
    found = [evidence(kind, text) for kind in task_rows.EVIDENCE]
    shown = (found * 3)[: routine_tasks.EVIDENCE_SHOWN]
    yield {
        "blocks": routine_tasks.evidence_blocks(shown, {"plain": text[:60]}, broken=["plain"] * 40, more=True)
    }
    figures = [text[:300]] * 12
    for status in meeting_rows.STATES:
        row = meeting(status, text)
        for whole in (False, True):
            yield {"blocks": meetings.meeting_blocks(row, said(text, count), figures, ACCOUNTS, whole=whole)}
    row = meeting(meeting_rows.RUNNING, text)
    yield {"blocks": meetings.begun_blocks(row, figures, ACCOUNTS)}
    for text_of in (meetings.begun_text, meetings.soon_text, meetings.over_text):
        yield {"text": text_of(row, ACCOUNTS)}
    yield {"text": meetings.handed_text(row, "U01", ACCOUNTS)}
    yield meetings.hand_over_form(row)
    yield {"text": meetings.postponed_text(row)}
    yield meetings.feedback_form(row)
    for kind in (meeting_rows.NOTE, meeting_rows.DECISION):
        yield meetings.note_form(row, kind)
    yield meetings.action_form(row, "U01", date(2026, 12, 6))
    yield meetings.postpone_form(row)
    for status in (meeting_rows.HELD, meeting_rows.MISSED):
        row = meeting(status, text)
        yield {
            "text": meetings.closing_text(row),
            "blocks": meetings.closing_blocks(row, said(text, count), NOW, ACCOUNTS),
        }
    for word in said(text).words:
        yield {"text": meetings.word_text(word)}
    yield {"text": meetings.item_text(said(text).items[0])}
    for page in (0, 1):
        many = [meeting(meeting_rows.HELD, text)] * 10
        yield {"blocks": meetings.list_blocks(many, many, 40, page, coming)}
