"""Whatever people do to an incident and its review in whatever order: the review's rules hold."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config, load
from bot.core.chain import first_broken
from bot.core.db import Database, write_noted
from bot.core.errors import UserError
from bot.core.outbox import OutboxItem
from bot.core.timeline import TimelineEntry
from bot.core.viewer import PROGRAM, Viewer
from bot.incidents import lifecycle, roles
from bot.incidents.declaring import Declaration, declare
from bot.incidents.queries import by_number, responders_of
from bot.reviews import lifecycle as reviews
from bot.reviews.course import RUNGS
from bot.reviews.document import Document, document
from bot.reviews.queries import count_reviews, listed, of_incident, versions_of
from bot.reviews.rows import DONE, HELD, OPEN, SKIPPED, WAIVED
from bot.steps.due import STEPS
from tests.databases import SqliteFiles
from tests.examples import examples

CONFIG: Config = load(Path(__file__).resolve().parents[2] / "app.yaml")
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
PEOPLE = ("U01", "U02", "U03")
DRAFT = document({"summary": "Drafted."})

Act = Callable[[AsyncSession, str, datetime], Any]

names = st.sampled_from([step.name for step in CONFIG.reviews.steps] + ["none"])
reasons = st.sampled_from(["", "It was so"])


def _kept(text: str) -> Act:
    async def keep(db: AsyncSession, by: str, now: datetime) -> None:
        incident = await by_number(db, 1, Viewer(by))
        known = await of_incident(db, incident)
        seen = known.review.versions if known else 0
        new: Document = document({"summary": text})
        await reviews.keep(db, 1, new, draft=DRAFT, seen=seen, what="x", by=by, now=now)

    return keep


acts: st.SearchStrategy[Act] = st.one_of(
    st.sampled_from(CONFIG.statuses[-3:]).map(
        lambda s: lambda db, by, now: lifecycle.set_status(db, 1, s, config=CONFIG, by=by, now=now)
    ),
    st.sampled_from(CONFIG.severities).map(
        lambda s: lambda db, by, now: lifecycle.set_severity(db, 1, s, config=CONFIG, by=by, now=now)
    ),
    st.sampled_from(PEOPLE).map(
        lambda to: lambda db, by, now: roles.assign(db, 1, CONFIG.roles[0], to, by=by, now=now)
    ),
    st.just(lambda db, by, now: roles.join(db, 1, by=by, now=now)),
    st.just(lambda db, by, now: reviews.ask(db, 1, config=CONFIG, by=by, now=now)),
    st.sampled_from(PEOPLE).map(
        lambda to: lambda db, by, now: reviews.give(db, 1, to, config=CONFIG, by=by, now=now)
    ),
    names.map(lambda n: lambda db, by, now: reviews.finish_step(db, 1, n, config=CONFIG, by=by, now=now)),
    names.map(lambda n: lambda db, by, now: reviews.redo_step(db, 1, n, config=CONFIG, by=by, now=now)),
    st.tuples(names, reasons).map(
        lambda drawn: lambda db, by, now: reviews.skip_step(db, 1, *drawn, config=CONFIG, by=by, now=now)
    ),
    reasons.map(lambda why: lambda db, by, now: reviews.waive(db, 1, why, config=CONFIG, by=by, now=now)),
    st.sampled_from(["Drafted.", "Written.", "Written anew."]).map(_kept),
    st.just(lambda db, by, now: reviews.publish(db, 1, draft=DRAFT, config=CONFIG, by=by, now=now)),
)
histories = st.lists(
    st.tuples(acts, st.sampled_from(PEOPLE), st.sampled_from([1, 60, 60 * 30])), min_size=3, max_size=14
)


def test_any_history_leaves_a_sound_review(sqlite_files: SqliteFiles) -> None:
    with asyncio.Runner() as loop:
        place = sqlite_files.one()
        db = Database(loop.run(place.__aenter__()))

        @settings(max_examples=examples(12), deadline=None, suppress_health_check=list(HealthCheck))
        @given(histories, st.booleans(), st.booleans(), st.sampled_from(CONFIG.severities))
        def sound(history: list[tuple[Act, str, int]], private: bool, drill: bool, severity: Any) -> None:
            loop.run(_lived(db, history, private=private, drill=drill, severity=severity))

        try:
            sound()
        finally:
            loop.run(db.close())
            loop.run(place.__aexit__(None, None, None))


class Enough(Exception):
    """Ends a trial: nothing of it is kept."""


async def _lived(
    db: Database, history: list[tuple[Act, str, int]], *, private: bool, drill: bool, severity: Any
) -> None:
    with contextlib.suppress(Enough):
        async with db.begin() as session:
            await declare(
                session,
                Declaration(
                    title="T", severity=severity, private=private, drill=drill, service=CONFIG.services[0]
                ),
                config=CONFIG,
                by="U01",
                now=NOW,
            )
            await session.run_sync(write_noted)
            await lifecycle.resolve(session, 1, config=CONFIG, by="U01", now=NOW)
            now = NOW
            for act, by, minutes in history:
                await _tick(session, now)
                await _check(session, now, private=private, drill=drill)
                now += timedelta(minutes=minutes)
                with contextlib.suppress(UserError):
                    async with session.begin_nested():
                        await act(session, by, now)
            raise Enough


async def _tick(session: AsyncSession, now: datetime) -> None:
    for kind in STEPS["reviews"]:
        for key in await kind.keys(session, now=now):
            await kind.verb(session, *key, config=CONFIG, now=now)
    await session.flush()
    assert [list(await kind.keys(session, now=now)) for kind in STEPS["reviews"]] == [[], []]


async def _check(session: AsyncSession, now: datetime, *, private: bool, drill: bool) -> None:
    await session.run_sync(write_noted)
    incident = await by_number(session, 1, PROGRAM)
    await session.refresh(incident)
    entries = list(await session.scalars(select(TimelineEntry).order_by(TimelineEntry.number)))
    assert first_broken(entries) is None
    known = await of_incident(session, incident)
    severity = CONFIG.severity(incident.severity)
    assert severity is not None
    if known is None:
        assert incident.is_open or drill or severity.review != "required"
        return
    review = known.review
    assert not (drill and review.asked_by is None), "a drill has one only if somebody asks"
    assert (review.state == HELD) == (incident.is_open and review.state != WAIVED)
    assert (review.ended_at is not None) == (review.state in (DONE, WAIVED))
    assert (review.remind_at is not None) == (review.state == OPEN)
    open_steps = [task for task in known.tasks if task.is_open]
    if review.state in (OPEN, DONE):
        assert bool(open_steps) == (review.state == OPEN)
    assert not any(task.state == SKIPPED and (task.required or not task.reason) for task in known.tasks)
    assert review.state != WAIVED or review.reason
    versions = await versions_of(session, 1)
    assert [one.number for one in versions] == list(range(review.versions, 0, -1))
    assert review.published_version is None or review.published_version <= review.versions
    responders = await responders_of(session, 1)
    for person in PEOPLE:
        sees = not private or person in responders
        assert await count_reviews(session, Viewer(person), everything=True) == int(sees)
        assert len(await listed(session, Viewer(person), limit=5)) == int(sees and review.is_unfinished)
    if private:
        assert {review.owner, *(task.owner for task in known.tasks)} <= {*responders, None}
        published = select(func.count()).where(OutboxItem.kind == "review.published")
        assert await session.scalar(published) == 0
    for item in await session.scalars(select(OutboxItem).where(OutboxItem.kind == "review.reminder")):
        assert item.about["rung"] in RUNGS
        assert not private or item.about["to"] in {*responders, None}
