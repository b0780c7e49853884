"""What was promised by a time, and when it was done: docs/measures.md as rules."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.config import load
from bot.core.db import Database, insert_row
from bot.digests.health import standing
from bot.digests.spans import Span
from bot.digests.timeliness import promises, timeliness
from bot.incidents.declaring import Declaration, declare
from bot.reviews.action_rows import ActionItem
from bot.reviews.rows import Review, ReviewTask
from bot.routine.task_rows import RoutineOccurrence

CONFIG = load(Path(__file__).resolve().parents[2] / "app.yaml")
# A week of the organization's timezone, which is an hour ahead.
MONDAY = datetime(2026, 11, 15, 23, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEK = Span(MONDAY, MONDAY + 7 * DAY)
NOW = WEEK.end + 9 * HOUR
moments = st.timedeltas(-DAY, DAY).map(lambda span: MONDAY + span)


@given(st.lists(st.tuples(moments, st.none() | moments)))
def test_each_promise_is_kept_late_or_not_done_yet(known: list[tuple[datetime, datetime | None]]) -> None:
    found = timeliness(known)
    assert found.due == len(known)
    assert found.in_time == sum(done is not None and done <= due for due, done in known)
    assert found.undone == sum(done is None for _, done in known)
    assert (found.share is None) == (not known)
    assert found.late.median is None or found.late.median > 0


async def incident(session: Any, severity: int = 0, **more: Any) -> int:
    row = await declare(
        session,
        Declaration(title="Cards are refused", severity=CONFIG.severities[severity], **more),
        config=CONFIG,
        by="U01ADA",
        now=MONDAY,
    )
    return row.id


async def reviewed(
    session: Any, due_at: datetime, published_at: datetime | None, *, state: str = "open", **more: Any
) -> int:
    number = await incident(session, **more)
    known = {"required": True, "began_at": MONDAY, "reason": "", "versions": 1}
    session.add(Review(incident_id=number, state=state, due_at=due_at, published_at=published_at, **known))
    step = {"place": 0, "title": "Publish it", "required": True, "due_at": due_at, "reason": ""}
    done = "done" if published_at else "to_do"
    session.add(ReviewTask(incident_id=number, name="publish", state=done, changed_at=published_at, **step))
    await session.flush()
    return number


async def test_reviews_are_held_against_the_time_at_which_their_report_was_due(db: Database) -> None:
    due = MONDAY + DAY
    async with db.begin() as session:
        await reviewed(session, due, due)
        await reviewed(session, due, due + HOUR)
        await reviewed(session, due, due + 3 * HOUR, state="done", severity=1)
        await reviewed(session, due, None)
        await reviewed(session, due, None, state="waived")
        await reviewed(session, due, None, state="held")  # its incident is open again
        await reviewed(session, due, None, private=True)
        await reviewed(session, due, None, drill=True)
        await reviewed(session, MONDAY - HOUR, None)  # the week before's
        await reviewed(session, NOW + HOUR, None)  # there is time yet
        again = await reviewed(session, due, due - HOUR)
        (await session.get_one(Review, again)).published_at = (
            due + DAY
        )  # published anew: the first time counts
        dropped = await reviewed(session, due, None, state="done")  # done without being published
        (await session.get_one(Review, dropped)).ended_at = due - HOUR
    async with db.read() as session:
        found = await promises(session, CONFIG, WEEK, now=NOW)
    assert (found.reviews.in_time, found.reviews.undone, found.reviews.late.count) == (3, 1, 2)
    assert found.reviews.late.median == 2 * 3600
    assert {name: (one.due, one.in_time) for name, one in found.by_severity.items()} == {
        "SEV1": (5, 3),
        "SEV2": (1, 0),
    }


async def item(session: Any, due_on: date, closed_at: datetime | None = None, **more: Any) -> None:
    of = {"title": "Ask for more disk", "owner": "U01BO", "origin": "person", **more}
    of.setdefault("status", "done" if closed_at else "open")
    times = {"created_at": MONDAY, "changed_at": MONDAY, "closed_at": closed_at}
    await insert_row(session, ActionItem, due_on=due_on, **times, **of)


async def test_a_day_that_was_promised_ends_at_midnight_of_the_organizations_clock(db: Database) -> None:
    day = date(2026, 11, 18)
    midnight = datetime(2026, 11, 18, 23, tzinfo=UTC)
    async with db.begin() as session:
        await item(session, day, midnight)
        await item(session, day, midnight + HOUR)
        await item(session, day)
        await item(session, day, midnight + DAY, status="dropped")
        for eyes in ({"private": True}, {"drill": True}):
            await item(session, day, **eyes)
        await item(session, date(2026, 11, 15))
        await item(session, date(2026, 11, 23))
        await item(session, date(2026, 12, 24), MONDAY + DAY)  # long before its day
    async with db.read() as session:
        kept = (await promises(session, CONFIG, WEEK, now=NOW)).actions
        until_then = (await promises(session, CONFIG, WEEK, now=midnight - HOUR)).actions
        stand = (await standing(session, CONFIG, WEEK, now=NOW)).actions
    assert (kept.in_time, kept.late.count, kept.undone, kept.late.median) == (1, 1, 1, 3600)
    assert until_then.due == 0  # its day is not over
    assert (stand.open, stand.overdue, stand.opened) == (3, 2, 7)
    assert (stand.done, stand.dropped) == (3, 1)
    assert (stand.oldest_at, stand.longest_due_on) == (MONDAY, date(2026, 11, 15))


async def test_of_routine_tasks_missed_ones_were_not_done_and_skipped_ones_do_not_count(db: Database) -> None:
    due = MONDAY + DAY
    async with db.begin() as session:
        for number, (status, closed_at) in enumerate(
            [
                ("done", due),
                ("done", due + HOUR),
                ("missed", due + DAY),
                ("skipped", due),
                ("open", None),
            ]
        ):
            texts = {
                "title": "Backups",
                "checklist": [],
                "reason": "",
                "seen": "",
                "output": "",
                "reminded": 0,
            }
            at = {"occurs_at": due - HOUR + timedelta(minutes=number), "due_at": due, "opened_at": MONDAY}
            await insert_row(
                session, RoutineOccurrence, task="backups", status=status, closed_at=closed_at, **at, **texts
            )
    async with db.read() as session:
        found = (await promises(session, CONFIG, WEEK, now=NOW)).tasks
    assert (found.in_time, found.late.count, found.undone) == (1, 1, 2)
