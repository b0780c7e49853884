"""Many in one transaction: each gets its own result, its own error, and pays for nobody else's."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core import together
from bot.core.db import Database
from bot.core.outbox import OutboxItem, enqueue
from bot.core.people import Person, remember
from bot.core.receipts import SeenBefore, incident_of, is_about, receive
from bot.core.together import AT_MOST, Together
from tests.databases import PostgresCluster

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
Work = Callable[[AsyncSession], Coroutine[Any, Any, str]]


@pytest.fixture(autouse=True)
def all_the_time_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, who is to wait waits."""
    monkeypatch.setattr(together, "PATIENCE", 60.0)


@pytest.fixture
def commits(db: Database) -> list[None]:
    counted: list[None] = []
    event.listen(db._writing.sync_engine, "commit", lambda _connection: counted.append(None))
    return counted


async def turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


class Crowd:
    """All places are taken until the crowd stands behind them; then one is given back."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self._gates = [asyncio.Event() for _ in range(db._together.places)]
        self._ahead = [asyncio.create_task(db.together(self._until(gate))) for gate in self._gates]
        self.tasks: list[asyncio.Task[str]] = []

    def _until(self, gate: asyncio.Event) -> Work:
        async def work(_session: AsyncSession) -> str:
            await gate.wait()
            return ""

        return work

    def begins(self) -> None:
        self._gates[0].set()

    async def comes(self, work: Work) -> asyncio.Task[str]:
        task = asyncio.create_task(self.db.together(work))
        await turns()
        assert not task.done()
        self.tasks.append(task)
        return task

    async def outcomes(self) -> list[str | BaseException]:
        self.begins()
        outcomes = await asyncio.wait_for(asyncio.gather(*self.tasks, return_exceptions=True), 20)
        for gate in self._gates:
            gate.set()
        await asyncio.gather(*self._ahead)
        return outcomes


def writes(user_id: str) -> Work:
    async def work(session: AsyncSession) -> str:
        await remember(session, user_id)
        return user_id

    return work


async def people(db: Database) -> set[str]:
    async with db.read() as session:
        return set(await session.scalars(select(Person.user_id)))


async def test_who_comes_alone_begins_at_once(db: Database, commits: list[None]) -> None:
    assert await db.together(writes("U1")) == "U1"
    assert await people(db) == {"U1"}
    assert len(commits) == 1


async def test_who_waits_shares_one_commit_and_hears_after_it(db: Database, commits: list[None]) -> None:
    crowd = Crowd(db)

    heard: dict[str, int] = {}
    for n in range(5):
        task = await crowd.comes(writes(f"U{n}"))
        task.add_done_callback(lambda done: heard.update({done.result(): len(commits)}))
    assert await people(db) == set()
    assert await crowd.outcomes() == [f"U{n}" for n in range(5)]
    assert heard == dict.fromkeys((f"U{n}" for n in range(5)), 1), "those ahead wrote nothing"
    assert await people(db) == set(heard)
    assert len(commits) == 1


async def test_who_comes_while_a_group_works_joins_it(db: Database, commits: list[None]) -> None:
    crowd = Crowd(db)
    late: list[asyncio.Task[str]] = []

    async def brings_another(session: AsyncSession) -> str:
        await remember(session, "first")
        late.append(asyncio.create_task(db.together(writes("late"))))
        await turns()
        return "first"

    await crowd.comes(brings_another)
    await crowd.outcomes()
    assert await late[0] == "late"
    assert len(commits) == 1


async def test_a_group_has_a_bound(db: Database, commits: list[None]) -> None:
    crowd = Crowd(db)
    for n in range(AT_MOST + 5):
        await crowd.comes(writes(f"U{n}"))
    assert len(set(await crowd.outcomes())) == AT_MOST + 5
    assert len(commits) == 2
    assert len(await people(db)) == AT_MOST + 5


async def test_the_tick_is_woken_once_after_the_commit(db: Database) -> None:
    rung: list[int] = []
    crowd = Crowd(db)

    async def leaves_work(session: AsyncSession) -> str:
        enqueue(session, "a", now=NOW)
        assert rung == []
        return ""

    db.on_work = lambda: rung.append(1)
    for _ in range(3):
        await crowd.comes(leaves_work)
    await crowd.outcomes()
    assert rung == [1]


async def test_each_keeps_its_own_trace(db: Database) -> None:
    crowd = Crowd(db)

    async def leaves_word(session: AsyncSession) -> str:
        trace = str(structlog.contextvars.get_contextvars()["trace_id"])
        enqueue(session, "a", now=NOW, about={"trace": trace})
        return trace

    for n in range(3):
        with structlog.contextvars.bound_contextvars(trace_id=f"trace {n}"):
            await crowd.comes(leaves_word)
    assert await crowd.outcomes() == ["trace 0", "trace 1", "trace 2"]
    async with db.read() as session:
        found = (await session.scalars(select(OutboxItem).order_by(OutboxItem.id))).all()
    assert [row.trace_id for row in found] == ["trace 0", "trace 1", "trace 2"]
    assert [row.about["trace"] for row in found] == ["trace 0", "trace 1", "trace 2"]


# -- errors ----------------------------------------------------------------------------------------------


async def test_one_that_fails_takes_nobody_along(db: Database, commits: list[None]) -> None:
    crowd = Crowd(db)

    async def fails(session: AsyncSession) -> str:
        await remember(session, "failing")
        raise ZeroDivisionError

    await crowd.comes(writes("U1"))
    await crowd.comes(fails)
    await crowd.comes(writes("U2"))
    first, failed, last = await crowd.outcomes()
    assert (first, last) == ("U1", "U2")
    assert isinstance(failed, ZeroDivisionError)
    assert await people(db) == {"U1", "U2"}
    assert len(commits) == 2


async def test_a_repeat_in_the_same_group_is_told_so(db: Database) -> None:
    crowd = Crowd(db)

    def receives(key: str, incident_id: int | None) -> Work:
        async def work(session: AsyncSession) -> str:
            await remember(session, f"U{incident_id}")
            if incident_id is not None:
                is_about(session, incident_id)
            receive(session, key, now=NOW)
            return key

        return work

    for key, about in (("a", 1), ("b", 2), ("a", 3), ("c", None)):
        await crowd.comes(receives(key, about))
    outcomes = await crowd.outcomes()
    assert (outcomes[1], outcomes[3]) == ("b", "c")
    assert sorted(map(str, (outcomes[0], outcomes[2]))) == ["", "a"]
    assert sum(isinstance(outcome, SeenBefore) for outcome in outcomes) == 1
    done = 1 if outcomes[0] == "a" else 3
    assert await people(db) == {f"U{done}", "U2", "UNone"}
    async with db.read() as session:
        assert [await incident_of(session, key) for key in "abc"] == [done, 2, None]


async def test_receipts_of_one_group_are_each_ones_own(db: Database, commits: list[None]) -> None:
    crowd = Crowd(db)

    def receives(number: int) -> Work:
        async def work(session: AsyncSession) -> str:
            if number % 2:
                is_about(session, number)
            receive(session, f"key {number}", now=NOW)
            return ""

        return work

    for number in range(4):
        await crowd.comes(receives(number))
    await crowd.outcomes()
    assert len(commits) == 1
    async with db.read() as session:
        found = [await incident_of(session, f"key {number}") for number in range(4)]
    assert found == [None, 1, None, 3]


async def test_a_database_that_is_gone_is_told_to_all_at_once(db: Database) -> None:
    crowd = Crowd(db)
    tried: list[str] = []

    def tries(name: str) -> Work:
        async def work(session: AsyncSession) -> str:
            tried.append(name)
            await remember(session, name)
            if name == "second":
                raise OperationalError("SELECT", None, ConnectionError("gone"))
            return name

        return work

    for name in ("first", "second", "third"):
        await crowd.comes(tries(name))
    outcomes = await crowd.outcomes()
    assert [type(outcome) for outcome in outcomes[:2]] == [OperationalError] * 2
    assert tried.count("first") == tried.count("second") == 1, "nobody tries what cannot succeed"
    assert outcomes[2] == "third", "who had not begun was not of that group"
    assert await people(db) == {"third"}


async def test_two_groups_that_block_each_other_both_get_there(
    postgres_cluster: PostgresCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Postgres ends one of them; its members do their work again, each by itself."""
    async with postgres_cluster.one() as url:
        one, other = Database(url), Database(url)
        async with one.begin() as session:
            for user_id in ("U1", "U2"):
                await remember(session, user_id)
        both_hold_one = asyncio.Barrier(2)
        first_time = {one: True, other: True}

        def renames(db: Database, user_id: str) -> Work:
            async def work(session: AsyncSession) -> str:
                person = await session.get_one(Person, user_id, with_for_update=True)
                person.name += "x"
                await session.flush()
                if first_time[db]:
                    first_time[db] = False
                    await both_hold_one.wait()
                return user_id

            return work

        crowds = [Crowd(one), Crowd(other)]
        for crowd, order in zip(crowds, (("U1", "U2"), ("U2", "U1")), strict=True):
            for user_id in order:
                await crowd.comes(renames(crowd.db, user_id))
        assert await asyncio.gather(*(crowd.outcomes() for crowd in crowds)) == [["U1", "U2"], ["U2", "U1"]]
        async with one.read() as session:
            assert set(await session.scalars(select(Person.name))) == {"xx"}
        await one.close()
        await other.close()


# -- cancelled -------------------------------------------------------------------------------------------


async def test_cancelled_while_waiting_it_never_begins(db: Database) -> None:
    crowd = Crowd(db)
    gone = await crowd.comes(writes("gone"))
    await crowd.comes(writes("U1"))
    gone.cancel()
    outcomes = await crowd.outcomes()
    assert isinstance(outcomes[0], asyncio.CancelledError)
    assert outcomes[1] == "U1"
    assert await people(db) == {"U1"}


async def test_cancelled_at_work_it_harms_nobody(db: Database, commits: list[None]) -> None:
    crowd = Crowd(db)

    async def leaves(session: AsyncSession) -> str:
        await remember(session, "leaving")
        crowd.tasks[1].cancel()
        await turns()
        return ""

    await crowd.comes(writes("U1"))
    await crowd.comes(leaves)
    await crowd.comes(writes("U2"))
    first, gone, last = await crowd.outcomes()
    assert (first, last) == ("U1", "U2")
    assert isinstance(gone, asyncio.CancelledError)
    assert len(commits) == 1
    assert {"U1", "U2"} <= await people(db)


async def test_a_group_that_nobody_waits_for_ends_and_leaves_nothing(db: Database) -> None:
    crowd = Crowd(db)
    never = asyncio.Event()

    async def hangs(session: AsyncSession) -> str:
        await remember(session, "hanging")
        await session.flush()
        began.set()
        await never.wait()
        return ""

    began = asyncio.Event()
    hanging = await crowd.comes(hangs)
    crowd.begins()
    await asyncio.wait_for(began.wait(), 10)
    hanging.cancel()
    assert isinstance((await crowd.outcomes())[0], asyncio.CancelledError)
    assert await asyncio.wait_for(db.together(writes("U1")), 10) == "U1"
    assert await people(db) == {"U1"}


async def test_what_hangs_holds_up_others_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "PATIENCE", 0.01)

    @asynccontextmanager
    async def begin() -> AsyncIterator[AsyncSession]:
        yield AsyncSession()

    never = asyncio.Event()
    group = Together(begin, lambda _error: False, places=1)

    async def hangs(_session: AsyncSession) -> str:
        await never.wait()
        return ""

    async def works(_session: AsyncSession) -> str:
        return "done"

    hanging = asyncio.create_task(group.run(hangs))
    await turns()
    assert await asyncio.wait_for(group.run(works), 10) == "done"
    assert not hanging.done()
    never.set()
    await hanging
    assert group.places == 1, "a place is given back once"
