"""Whatever people do to an incident in whatever order: its rules hold, and its record can be trusted."""

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
from bot.incidents import lifecycle, roles, updates
from bot.incidents.declaring import Declaration, declare
from bot.incidents.queries import by_number, count_incidents, open_incidents, situation
from bot.incidents.rows import Incident
from tests.databases import SqliteFiles
from tests.examples import examples
from tests.views.anything import texts, titles

CONFIG: Config = load(Path(__file__).resolve().parents[2] / "app.yaml")
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
PEOPLE = ("U01", "U02", "U03")

Act = Callable[[AsyncSession, str, datetime], Any]

statuses = st.sampled_from(CONFIG.statuses)
acts: st.SearchStrategy[Act] = st.one_of(
    statuses.map(lambda s: lambda db, by, now: lifecycle.set_status(db, 1, s, config=CONFIG, by=by, now=now)),
    statuses.map(lambda s: lambda db, by, now: lifecycle.set_status(db, 1, s, config=CONFIG, by=by, now=now)),
    st.sampled_from(CONFIG.severities).map(
        lambda s: lambda db, by, now: lifecycle.set_severity(db, 1, s, config=CONFIG, by=by, now=now)
    ),
    st.tuples(st.sampled_from(CONFIG.roles), st.sampled_from(PEOPLE)).map(
        lambda drawn: lambda db, by, now: roles.assign(db, 1, drawn[0], drawn[1], by=by, now=now)
    ),
    st.just(lambda db, by, now: roles.join(db, 1, by=by, now=now)),
    st.just(lambda db, by, now: roles.came(db, 1, by, now=now)),
    st.just(lambda db, by, now: roles.went(db, 1, by, now=now)),
    texts.map(
        lambda text: lambda db, by, now: updates.post_update(db, 1, text, config=CONFIG, by=by, now=now)
    ),
    texts.map(lambda text: lambda db, by, now: updates.note(db, 1, text, by=by, now=now)),
    texts.map(lambda text: lambda db, by, now: updates.summarise(db, 1, text, by=by, now=now)),
    titles.map(lambda title: lambda db, by, now: updates.retitle(db, 1, title, by=by, now=now)),
)
histories = st.lists(st.tuples(acts, st.sampled_from(PEOPLE)), max_size=14)


def test_any_history_leaves_a_sound_record(sqlite_files: SqliteFiles) -> None:
    with asyncio.Runner() as loop:
        place = sqlite_files.one()
        db = Database(loop.run(place.__aenter__()))

        @settings(max_examples=examples(30), deadline=None, suppress_health_check=list(HealthCheck))
        @given(histories, titles, st.booleans())
        def sound(history: list[tuple[Act, str]], title: str, private: bool) -> None:
            loop.run(_lived(db, history, title, private=private))

        try:
            sound()
        finally:
            loop.run(db.close())
            loop.run(place.__aexit__(None, None, None))


class Enough(Exception):
    """Ends a trial: nothing of it is kept."""


async def _lived(db: Database, history: list[tuple[Act, str]], title: str, *, private: bool) -> None:
    try:
        async with db.begin() as session:
            incident = await declare(
                session,
                Declaration(title=title, severity=CONFIG.severities[0], private=private),
                config=CONFIG,
                by="U01",
                now=NOW,
            )
            incident.id = await _number_one(session, incident)
            closed_at_length: int | None = None
            for minutes, (act, by) in enumerate(history):
                await _act(session, act, by, NOW + timedelta(minutes=minutes))
                closed_at_length = await _check(session, closed_at_length, private=private)
            raise Enough
    except Enough:
        pass


async def _number_one(session: AsyncSession, incident: Incident) -> int:
    """The acts speak of number 1; numbers are never given out twice, but nothing of a trial was kept."""
    assert incident.id == 1
    return incident.id


async def _act(session: AsyncSession, act: Act, by: str, now: datetime) -> None:
    """Refused acts change nothing: they run in a savepoint, as a request's whole transaction would roll back."""
    with contextlib.suppress(UserError):
        async with session.begin_nested():
            await act(session, by, now)


async def _check(session: AsyncSession, closed_at: int | None, *, private: bool) -> int | None:
    await session.run_sync(write_noted)
    incident = await by_number(session, 1, PROGRAM)
    await session.refresh(incident)
    entries = list(await session.scalars(select(TimelineEntry).order_by(TimelineEntry.number)))
    assert first_broken(entries) is None
    assert (incident.timeline_length, incident.timeline_head) == (len(entries), entries[-1].hash)
    assert (incident.resolved_at is None) == incident.is_open
    assert (incident.closed_at is not None) == incident.is_closed
    assert await count_incidents(session, PROGRAM, only_open=True) == int(incident.is_open)
    around = await situation(session, incident)
    for person in PEOPLE:
        sees = not private or person in around.responders
        assert len(await open_incidents(session, Viewer(person))) == int(sees and incident.is_open)
    if private:
        announced = select(func.count()).where(OutboxItem.kind.like("incident.announcement%"))
        assert await session.scalar(announced) == 0
    if not incident.is_closed:
        assert closed_at is None, "a closed incident came back"
        return None
    changes = [entry.kind for entry in entries[closed_at or len(entries) :]]
    assert set(changes) <= {"note"}, "a closed incident was changed"
    return closed_at or len(entries)
