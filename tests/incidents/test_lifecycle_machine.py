"""Any people do anything in any order: the rules hold, and row, card, nudges and timeline agree with each other."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import CloseReason, Config, Role, Severity, Status, load
from bot.core.chain import first_broken
from bot.core.db import Database
from bot.core.errors import UserError
from bot.core.outbox import OutboxItem
from bot.core.timeline import TimelineEntry
from bot.core.viewer import PROGRAM
from bot.incidents import archiving, lifecycle, nudging, paging, relations, roles, updates
from bot.incidents.declaring import Declaration, Earlier, declare
from bot.incidents.paging import situation
from bot.incidents.queries import by_number
from bot.incidents.relations import EVERYBODY, relations_of
from bot.incidents.retrospective import write_down
from bot.incidents.rows import Incident, Nudge, Relation
from bot.paging.rows import Page
from bot.reviews import merging
from bot.steps.due import STEPS
from bot.views.card import card, card_text
from tests.examples import examples
from tests.lifecycles import concluded

_CONFIG = load(Path(__file__).resolve().parents[2] / "app.yaml")
CONFIG: Config = _CONFIG.model_copy(
    update={"channels": _CONFIG.channels.model_copy(update={"archive_after": timedelta(days=2)})}
)
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
PEOPLE = st.sampled_from(("U01", "U02", "U03"))
WHICH = st.integers(0, 3)
WORDS = st.sampled_from(("", "The errors are back", "<!channel> & <https://evil.example|x>"))
LENGTHS = st.sampled_from((None, timedelta(minutes=15), timedelta(hours=4)))


class Lifecycle(RuleBasedStateMachine):
    """Up to four incidents; each act in a transaction of its own, as a request is."""

    def __init__(self, db: Database, loop: asyncio.Runner) -> None:
        super().__init__()
        self._db, self._loop = db, loop
        self._now = NOW
        self._numbers: list[int] = []

    def _do(self, act: Callable[[AsyncSession, datetime], Awaitable[object]]) -> bool:
        """Whether the rules let it; what they refuse changes nothing."""

        async def done() -> None:
            async with self._db.begin() as session:
                await act(session, self._now)

        self._now += timedelta(minutes=1)
        with contextlib.suppress(UserError):
            self._loop.run(done())
            return True
        return False

    def _one(self, which: int) -> int:
        return self._numbers[which % len(self._numbers)]

    # -- what people do ----------------------------------------------------------------------------------

    @initialize(private=st.booleans())
    def begins(self, private: bool) -> None:
        self.declare("U01", private, False)

    @precondition(lambda self: len(self._numbers) < 4)
    @rule(by=PEOPLE, private=st.booleans(), drill=st.booleans())
    def declare(self, by: str, private: bool, drill: bool) -> None:
        async def act(session: AsyncSession, now: datetime) -> None:
            incident = await declare(
                session,
                Declaration(
                    title="Checkout is down", severity=CONFIG.severities[0], private=private, drill=drill
                ),
                config=CONFIG,
                by=by,
                now=now,
                responders=("U01", "U02", "U03") if private and by == "U01" else (),
            )
            self._numbers.append(incident.id)

        assert self._do(act)

    @precondition(lambda self: len(self._numbers) < 4)
    @rule(by=PEOPLE, private=st.booleans(), hours=st.integers(1, 30), is_known=st.booleans())
    def write_down(self, by: str, private: bool, hours: int, is_known: bool) -> None:
        began_at = self._now - timedelta(hours=hours)
        earlier = Earlier(began_at, began_at + timedelta(minutes=40) if is_known else None)

        async def act(session: AsyncSession, now: datetime) -> None:
            incident = await write_down(
                session,
                Declaration(title="Checkout was down", severity=CONFIG.severities[0], private=private),
                earlier,
                config=CONFIG,
                by=by,
                now=now,
            )
            self._numbers.append(incident.id)

        assert self._do(act)

    @rule(which=WHICH, by=PEOPLE, status=st.sampled_from(CONFIG.statuses), text=WORDS)
    def status(self, which: int, by: str, status: Status, text: str) -> None:
        number = self._one(which)
        self._do(
            lambda db, now: lifecycle.set_status(db, number, status, config=CONFIG, by=by, now=now, text=text)
        )

    @rule(which=WHICH, by=PEOPLE, reason=st.sampled_from((None, *CONFIG.close_reasons)), text=WORDS)
    def close(self, which: int, by: str, reason: CloseReason | None, text: str) -> None:
        number = self._one(which)
        self._do(
            lambda db, now: lifecycle.close(
                db,
                number,
                config=CONFIG,
                by=by,
                now=now,
                text=text,
                reason=reason,
            )
        )

    @rule(which=WHICH, by=PEOPLE, text=WORDS)
    def reopen(self, which: int, by: str, text: str) -> None:
        number = self._one(which)
        done = self._do(
            lambda db, now: lifecycle.reopen(db, number, config=CONFIG, by=by, now=now, text=text)
        )
        assert not (done and not text), "reopened without a reason"

    @rule(which=WHICH, by=PEOPLE, severity=st.sampled_from(CONFIG.severities))
    def severity(self, which: int, by: str, severity: Severity) -> None:
        number = self._one(which)
        self._do(lambda db, now: lifecycle.set_severity(db, number, severity, config=CONFIG, by=by, now=now))

    @rule(which=WHICH, by=PEOPLE, next_in=LENGTHS)
    def update(self, which: int, by: str, next_in: timedelta | None) -> None:
        number = self._one(which)
        self._do(
            lambda db, now: updates.post_update(
                db, number, "We look into it", config=CONFIG, next_in=next_in, by=by, now=now
            )
        )

    @rule(which=WHICH, by=PEOPLE, to=PEOPLE, role=st.sampled_from(CONFIG.roles))
    def role(self, which: int, by: str, to: str, role: Role) -> None:
        number = self._one(which)
        self._do(lambda db, now: roles.assign(db, number, role, to, by=by, now=now))

    @rule(which=WHICH, by=PEOPLE)
    def join(self, which: int, by: str) -> None:
        number = self._one(which)
        self._do(lambda db, now: roles.join(db, number, by=by, now=now))

    @rule(which=WHICH, into=WHICH, by=PEOPLE)
    def merge(self, which: int, into: int, by: str) -> None:
        number, other = self._one(which), self._one(into)
        self._do(lambda db, now: merging.merge(db, number, other, config=CONFIG, by=by, now=now))

    @rule(which=WHICH, other=WHICH, by=PEOPLE, undo=st.booleans())
    def relate(self, which: int, other: int, by: str, undo: bool) -> None:
        verb = relations.unrelate if undo else relations.relate
        one, two = self._one(which), self._one(other)
        self._do(lambda db, now: verb(db, one, two, by=by, now=now))

    @rule(which=WHICH, by=PEOPLE, kind=st.sampled_from(nudging.KINDS), stop=st.booleans())
    def answer(self, which: int, by: str, kind: str, stop: bool) -> None:
        number = self._one(which)
        if stop:
            self._do(lambda db, now: nudging.stop(db, number, kind, by=by, now=now))
        else:
            self._do(lambda db, now: nudging.snooze(db, number, kind, timedelta(minutes=15), by=by, now=now))

    @rule(
        nth=st.integers(0, 5),
        by=PEOPLE,
        act=st.sampled_from(("acknowledge", "escalate_now", "resolve", "unacknowledge")),
    )
    def page(self, nth: int, by: str, act: str) -> None:
        async def acts(session: AsyncSession, now: datetime) -> None:
            numbers = list(
                await session.scalars(
                    select(Page.id).where(Page.incident_id.in_(self._numbers)).order_by(Page.id)
                )
            )
            if numbers:
                verb = getattr(paging, act)
                further = {} if act == "resolve" else {"config": CONFIG}
                await verb(session, numbers[nth % len(numbers)], by=by, now=now, **further)

        self._do(acts)

    # -- what time and Slack do --------------------------------------------------------------------------

    @rule(length=st.sampled_from((timedelta(minutes=31), timedelta(hours=5), timedelta(days=4))))
    def time_passes(self, length: timedelta) -> None:
        self._now += length

        async def ticks(session: AsyncSession, now: datetime) -> None:
            for kind in (*STEPS["nudges"], *STEPS["channels to archive"]):
                for key in await kind.keys(session, now=now):
                    await kind.verb(session, *key, config=CONFIG, now=now)

        assert self._do(ticks)

    @rule(which=WHICH, by=st.sampled_from((None, "U01")), archived=st.booleans())
    def slack_archives(self, which: int, by: str | None, archived: bool) -> None:
        verb = archiving.was_archived if archived else archiving.was_unarchived
        number = self._one(which)
        assert self._do(lambda db, now: verb(db, number, by=by, now=now))

    # -- what must be so, always -------------------------------------------------------------------------

    @invariant()
    def all_agree(self) -> None:
        self._loop.run(self._looked_at())

    async def _looked_at(self) -> None:
        async with self._db.read() as session:
            for number in self._numbers:
                incident = await by_number(session, number, PROGRAM)
                await self._its_rules_hold(session, incident)
                await self._its_timeline_tells_it(session, incident)
                await self._its_card_shows_it(session, incident)

    async def _its_rules_hold(self, session: AsyncSession, incident: Incident) -> None:
        assert (incident.resolved_at is None) == incident.is_open
        assert (incident.closed_at is not None) == incident.is_closed
        assert incident.archive_at is None or incident.is_closed
        assert incident.merged_into is None or (incident.is_closed and not incident.counted)
        assert incident.counted or incident.is_closed
        assert incident.close_reason is None or incident.is_closed
        nudges = (await session.scalars(select(Nudge).where(Nudge.incident_id == incident.id))).all()
        assert incident.is_open or all(row.due_at is None for row in nudges)
        assert all(row.asked <= CONFIG.nudges.at_most for row in nudges)
        if not incident.is_open:
            ringing = select(Page.id).where(Page.incident_id == incident.id, Page.resolved_at.is_(None))
            assert (await session.scalars(ringing)).all() == [], "a page that nobody can answer any more"
        told = set(
            await session.scalars(select(OutboxItem.kind).where(OutboxItem.incident_id == incident.id))
        )
        if not incident.is_announced:
            assert not {kind for kind in told if kind.startswith("incident.announcement")}
        if incident.retrospective:
            assert not any(row.asked for row in nudges)
            assert incident.is_resolved or incident.is_closed
        if incident.merged_into is not None:
            seen, at = {incident.id}, incident
            while at.merged_into is not None:
                at = await by_number(session, at.merged_into, PROGRAM)
                assert at.id not in seen, "a circle of merges"
                seen.add(at.id)
            assert (at.private, at.drill) == (incident.private, incident.drill)

    async def _its_timeline_tells_it(self, session: AsyncSession, incident: Incident) -> None:
        entries = (
            await session.scalars(
                select(TimelineEntry)
                .where(TimelineEntry.incident_id == incident.id)
                .order_by(TimelineEntry.number)
            )
        ).all()
        assert first_broken(entries) is None
        assert (incident.timeline_length, incident.timeline_head) == (len(entries), entries[-1].hash)
        assert concluded(entries) == (incident.status, incident.severity, incident.merged_into)

    async def _its_card_shows_it(self, session: AsyncSession, incident: Incident) -> None:
        around = await situation(session, incident, config=CONFIG, now=self._now)
        around = await relations.with_relations(session, around)
        text = str(card(around, CONFIG))
        assert f"#{incident.id}" in card_text(incident, CONFIG)
        assert ("'Resolve'" in text) == incident.is_open
        assert ("'Reopen'" in text) == (not incident.is_open and incident.merged_into is None)
        if incident.merged_into is not None:
            assert f"merged into #{incident.merged_into}" in text
        seen_by_all = await relations_of(session, incident, EVERYBODY)
        assert not any(one.other.private for one in seen_by_all)
        pairs = (await session.execute(select(Relation.incident_id, Relation.other_id))).all()
        assert len({frozenset(pair) for pair in pairs}) == len(pairs), "a pair is tied twice"


@pytest.mark.parametrize(("store", "count"), [("sqlite_files", 8), ("postgres_cluster", 2)])
def test_any_order_of_acts_by_any_people(request: pytest.FixtureRequest, store: str, count: int) -> None:
    with asyncio.Runner() as loop:
        place = request.getfixturevalue(store).one()
        db = Database(loop.run(place.__aenter__()))
        try:
            run_state_machine_as_test(
                lambda: Lifecycle(db, loop),  # type: ignore[arg-type]
                settings=settings(
                    max_examples=examples(count),
                    stateful_step_count=25,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            loop.run(db.close())
            loop.run(place.__aexit__(None, None, None))
