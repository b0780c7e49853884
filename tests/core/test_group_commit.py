"""One commit for many: what becomes of each when one fails, is cancelled, or the disk does not take it."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from bot.core import sqlite
from bot.core.db import Database, complaint, is_unreachable
from bot.core.people import Person, remember
from bot.core.sqlite import WritingConnection
from tests.databases import SqliteFiles


@pytest.fixture
async def db(sqlite_files: SqliteFiles) -> AsyncIterator[Database]:
    async with sqlite_files.one() as url:
        db = Database(url)
        yield db
        await db.close()


async def people(db: Database) -> set[str]:
    async with db.read() as session:
        return set(await session.scalars(select(Person.user_id)))


async def writes(db: Database, user_id: str, gate: asyncio.Event | None = None, size: int = 0) -> None:
    async with db.begin() as session:
        (await remember(session, user_id)).name = "x" * size
        await session.flush()
        if gate is not None:
            await gate.wait()


class Together:
    """Acts that share one commit: the first waits in its transaction until the others stand behind it."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.gate = asyncio.Event()
        self.tasks = [asyncio.create_task(writes(db, "first", self.gate))]

    def add(self, user_id: str, gate: asyncio.Event | None = None, size: int = 0) -> asyncio.Task[None]:
        self.tasks.append(asyncio.create_task(writes(self.db, user_id, gate, size)))
        return self.tasks[-1]

    async def outcomes(self) -> list[BaseException | None]:
        await turns()
        self.gate.set()
        return await asyncio.wait_for(asyncio.gather(*self.tasks, return_exceptions=True), 10)


async def turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many members each commit had."""
    counted: list[int] = []
    commit = WritingConnection.commit_group

    def count(self: WritingConnection) -> None:
        counted.append(self._members)
        commit(self)

    monkeypatch.setattr(WritingConnection, "commit_group", count)
    return counted


async def test_who_waits_shares_one_commit(db: Database, commits: list[int]) -> None:
    together = Together(db)
    for n in range(5):
        together.add(f"U{n}")
    assert await together.outcomes() == [None] * 6
    assert commits == [6]
    assert await people(db) == {"first", "U0", "U1", "U2", "U3", "U4"}


# -- cancelled -------------------------------------------------------------------------------------------


async def test_cancelled_while_waiting_its_turn(db: Database, commits: list[int]) -> None:
    together = Together(db)
    waiting = together.add("waiting")
    together.add("last")
    await turns()
    waiting.cancel()
    first, gone, last = await together.outcomes()
    assert (first, last) == (None, None)
    assert isinstance(gone, asyncio.CancelledError)
    assert await people(db) == {"first", "last"}


async def test_cancelled_at_work(db: Database, commits: list[int]) -> None:
    together = Together(db)
    never = asyncio.Event()
    stuck = together.add("stuck", never)
    together.add("last")
    await turns()
    together.gate.set()
    await turns()
    stuck.cancel()
    first, gone, last = await together.outcomes()
    assert (first, last) == (None, None)
    assert isinstance(gone, asyncio.CancelledError)
    assert await people(db) == {"first", "last"}
    assert len(commits) == 1


@contextmanager
def another_program(db: Database) -> Iterator[None]:
    """Holds the write lock, as a shell or a backup may."""
    other = sqlite3.connect(str(db.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[threading.Event, threading.Event]]:
    """`reached` is set when the commit begins; it goes on when `goes_on` is."""
    reached, goes_on = threading.Event(), threading.Event()
    commit = WritingConnection.commit_group

    def wait(self: WritingConnection) -> None:
        reached.set()
        goes_on.wait(10)
        commit(self)

    monkeypatch.setattr(WritingConnection, "commit_group", wait)
    try:
        yield reached, goes_on
    finally:
        goes_on.set()


@pytest.mark.parametrize("who", [0, 1])
async def test_cancelled_during_the_commit(db: Database, monkeypatch: pytest.MonkeyPatch, who: int) -> None:
    """It is on its way to the disk: it gets there, and the others hear so."""
    with slow_disk(monkeypatch) as (reached, goes_on):
        together = Together(db)
        together.add("second")
        await turns()
        together.gate.set()
        await asyncio.to_thread(reached.wait, 10)
        together.tasks[who].cancel()
        await turns()
        goes_on.set()
        outcomes = await together.outcomes()
    assert isinstance(outcomes[who], asyncio.CancelledError)
    assert outcomes[1 - who] is None
    await writes(db, "later")
    assert await people(db) == {"first", "second", "later"}


async def test_cancelled_while_another_program_holds_the_lock(db: Database) -> None:
    """It waits in a thread, which goes on for a while: nobody is given its connection until it has ended."""
    await writes(db, "earlier")
    with another_program(db):
        waiting = asyncio.create_task(writes(db, "waiting"))
        await asyncio.sleep(0.05)
        waiting.cancel()
        await asyncio.sleep(0.05)
        next_one = asyncio.create_task(writes(db, "next"))
        await asyncio.sleep(0.05)
        assert not waiting.done()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(waiting, 10)
    await asyncio.wait_for(next_one, 10)
    assert await people(db) == {"earlier", "next"}


# -- errors ----------------------------------------------------------------------------------------------


async def test_one_that_fails_takes_nobody_along(db: Database, commits: list[int]) -> None:
    together = Together(db)

    async def fails() -> None:
        async with db.begin() as session:
            await remember(session, "failing")
            raise ZeroDivisionError

    together.tasks.append(asyncio.create_task(fails()))
    together.add("last")
    first, failed, last = await together.outcomes()
    assert (first, last) == (None, None)
    assert isinstance(failed, ZeroDivisionError)
    assert await people(db) == {"first", "last"}
    assert commits == [3]


async def test_a_lock_that_another_program_keeps_is_told(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "PATIENCE", 0.05)
    await writes(db, "earlier")
    with another_program(db), pytest.raises(OperationalError, match="locked") as held:
        await writes(db, "waiting")
    assert is_unreachable(held.value)
    await writes(db, "later")
    assert await people(db) == {"earlier", "later"}


async def test_a_commit_that_fails_is_told_to_each_and_leaves_nothing(db: Database) -> None:
    """What a transaction may promise only until its end: a row that another must have."""
    async with db.begin() as session:
        await session.execute(text("CREATE TABLE parent (id INTEGER PRIMARY KEY)"))
        await session.execute(
            text("CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)")
        )
    together = Together(db)

    async def orphan() -> None:
        async with db.begin() as session:
            await session.execute(text("INSERT INTO child VALUES (7)"))

    together.tasks.append(asyncio.create_task(orphan()))
    together.add("last")
    outcomes = await together.outcomes()
    assert all(isinstance(outcome, OperationalError) for outcome in outcomes), outcomes
    assert await people(db) == set()
    await writes(db, "later")
    assert await people(db) == {"later"}


# -- a full disk -----------------------------------------------------------------------------------------


async def room_for(db: Database, pages: int) -> None:
    """The database may grow by so many pages."""
    async with db.begin() as session:
        now = int(await session.scalar(text("PRAGMA page_count")) or 0)
        await session.execute(text(f"PRAGMA max_page_count = {now + pages}"))


async def test_a_full_disk_is_told_and_passes(db: Database) -> None:
    await room_for(db, 2)
    together = Together(db)
    together.add("large", size=50_000)
    together.add("last")
    outcomes = await together.outcomes()
    large = outcomes[1]
    assert isinstance(large, OperationalError)
    assert is_unreachable(large)
    assert complaint(large) == "The disk of Tocsin's database is full"
    kept = await people(db)
    told = {
        name for name, outcome in zip(("first", "large", "last"), outcomes, strict=True) if outcome is None
    }
    assert kept == told, "who was told that it is saved, and nobody else"

    await room_for(db, 1000)
    await writes(db, "large", size=50_000)
    assert "large" in await people(db)


async def test_a_disk_that_makes_sqlite_give_up_all_is_told_to_all(db: Database) -> None:
    """Some errors of the disk end the whole transaction: also of those who had done their work before."""
    together = Together(db)

    async def unlucky() -> None:
        async with db.begin() as session:
            await remember(session, "unlucky")
            await session.execute(text("INSERT OR ROLLBACK INTO person SELECT * FROM person"))

    together.tasks.append(asyncio.create_task(unlucky()))
    together.add("behind")
    first, unlucky_one, behind = await together.outcomes()
    assert isinstance(first, OperationalError)
    assert unlucky_one is not None
    assert isinstance(behind, OperationalError)
    assert "disk" in complaint(behind)
    assert await people(db) == set()
    await writes(db, "later")
    assert await people(db) == {"later"}
