"""Transactions, moments, and the lock of a SQLite file."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Dialect, select, text
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.exc import OperationalError, StatementError

from bot.core import sqlite
from bot.core.db import Database, ProcessLock, UtcDateTime, is_unreachable, left_work, process_lock
from bot.core.errors import OperatorError
from bot.core.outbox import enqueue
from bot.core.people import Person, remember

NOW = datetime(2026, 11, 21, 9, 30, 15, 123456, tzinfo=UTC)


async def test_a_moment_comes_back_aware_and_in_utc(db: Database) -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-9, minutes=-30)))
    async with db.begin() as session:
        (await remember(session, "U1")).looked_up_at = elsewhere
    async with db.read() as session:
        found = await session.scalar(select(Person.looked_up_at).where(Person.looked_up_at == elsewhere))
    assert found == NOW
    assert found is not None
    assert found.utcoffset() == timedelta(0)


async def test_whatever_reads_much_holds_up_nobody(db: Database) -> None:
    """On SQLite too, whose other statements run in the loop's own thread."""
    counted = (
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000000) SELECT n FROM c"
    )
    reading = asyncio.create_task(_all_of(db, f"{counted} WHERE n % 100000 = 0"))
    turns = 0
    while not reading.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert await reading == list(range(100_000, 1_000_001, 100_000))
    assert turns > 10


async def _all_of(db: Database, statement: str) -> list[int]:
    async with db.read_much() as session:
        assert (await session.execute(text("SELECT 1, 2"))).one() == (1, 2)
        result = await session.execute(text(statement))
        first = result.fetchone()
        assert first is not None
        return [first[0], *(row[0] for row in result.fetchmany(3)), *result.scalars()]


async def test_a_naive_moment_is_refused(db: Database) -> None:
    with pytest.raises(StatementError, match="naive datetime"):
        async with db.begin() as session:
            (await remember(session, "U1")).looked_up_at = datetime(2026, 11, 21)  # noqa: DTZ001 - the point
    async with db.read() as session:
        assert await session.get(Person, "U1") is None


@given(
    st.datetimes(timezones=st.timezones()),
    st.sampled_from([sqlite.Dialect(), PGDialect_asyncpg()]),  # type: ignore[no-untyped-call]
)
def test_any_aware_moment_stays_the_same_moment(at: datetime, dialect: Dialect) -> None:
    kind = UtcDateTime().dialect_impl(dialect)
    store, read = kind.bind_processor(dialect), kind.result_processor(dialect, None)
    assert store is not None
    assert read is not None
    try:
        stored = store(at)
    except OverflowError:
        return  # the first or last day of all
    back = read(stored)
    assert back is not None
    assert back.tzinfo is UTC
    assert back.timestamp() == at.timestamp()  # `==` denies it for hours that a clock change leaves out
    assert read(None) is None


class Bell:
    def __init__(self, db: Database) -> None:
        self.rung = 0
        db.on_work = self.ring

    def ring(self) -> None:
        self.rung += 1


async def test_the_tick_is_woken_after_a_commit_that_left_work_and_only_then(db: Database) -> None:
    bell = Bell(db)
    async with db.begin() as session:
        await remember(session, "U1")
    assert bell.rung == 0
    async with db.begin() as session:
        enqueue(session, "a", now=NOW)
        assert bell.rung == 0, "not before the commit"
    assert bell.rung == 1
    with pytest.raises(ZeroDivisionError):
        async with db.begin() as session:
            enqueue(session, "a", now=NOW)
            raise ZeroDivisionError
    assert bell.rung == 1
    async with db.begin() as session:
        left_work(session)
    assert bell.rung == 2


async def test_an_exception_rolls_everything_back(db: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.begin() as session:
            await remember(session, "U1")
            raise ZeroDivisionError
    async with db.read() as session:
        assert await session.get(Person, "U1") is None


async def test_a_reading_session_cannot_write_on_sqlite(db: Database) -> None:
    if not db.is_sqlite:
        return
    with pytest.raises(OperationalError, match="readonly"):
        async with db.read() as session:
            session.add(Person(user_id="U1"))
            await session.flush()


async def test_what_was_loaded_may_be_used_after_the_end(db: Database) -> None:
    async with db.begin() as session:
        known = await remember(session, "U1")
    assert known.user_id == "U1"
    async with db.read() as session:
        again = await session.get(Person, "U1")
    assert again is not None
    assert again.name == ""


async def test_increments_at_the_same_time_are_not_lost(db: Database, other_db: Database) -> None:
    """Select, then update: on SQLite the transaction takes the lock at its beginning, on Postgres the row is locked."""
    async with db.begin() as session:
        (await remember(session, "U1")).name = "0"

    async def increment(source: Database) -> None:
        async with source.begin() as session:
            known = await session.get(Person, "U1", with_for_update=True)
            assert known is not None
            await asyncio.sleep(0)
            known.name = str(int(known.name) + 1)

    await asyncio.gather(*(increment((db, other_db)[n % 2]) for n in range(20)))
    async with db.read() as session:
        assert await session.scalar(select(Person.name)) == "20"


async def test_readers_do_not_wait_for_a_writer(db: Database) -> None:
    async with db.begin() as session:
        await remember(session, "U1")
        await session.flush()
        async with db.read() as reading:
            assert await asyncio.wait_for(reading.get(Person, "U1"), 2) is None
        await asyncio.wait_for(db.ping(), 2)


# -- one process on a file --------------------------------------------------------------------------------


def test_a_second_process_on_the_same_file_is_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "tocsin.sqlite3"
    script = (
        "import sys; from pathlib import Path; from bot.core.db import ProcessLock\n"
        f"lock = ProcessLock(Path({str(file)!r})); lock.acquire(); print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(OperatorError, match=f"pid {holder.pid}.*Postgres"):
            ProcessLock(file).acquire()
    finally:
        holder.kill()  # however it ends, the kernel lets go
        holder.wait()
        holder.stdin.close()
        holder.stdout.close()
    lock = ProcessLock(file)
    lock.acquire()
    lock.release()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OperatorError, match="folder cannot be written"):
        ProcessLock(tmp_path / "file" / "x.sqlite3").acquire()


async def test_only_a_sqlite_file_is_locked(db: Database) -> None:
    assert (process_lock(db) is not None) == db.is_sqlite


async def test_a_database_that_does_not_answer_is_known_as_such(tmp_path: Path) -> None:
    gone = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    with pytest.raises(ConnectionRefusedError) as refused:
        await gone.ping()
    assert is_unreachable(refused.value)
    await gone.close()
    assert not is_unreachable(ValueError("asked something wrong"))
