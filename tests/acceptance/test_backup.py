"""A backup is taken while people work, tried out, and restored: everything is there again, or it is said that it is not."""

import asyncio
import json
import os
import sqlite3
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import func, select, update

from bot import migrate
from bot.backup.archive import Archive
from bot.backup.making import make
from bot.backup.restoring import restore
from bot.backup.verifying import Found, verify
from bot.core.db import Database, engine_for
from bot.core.errors import OperatorError
from bot.core.timeline import TimelineEntry
from bot.reading.timelines import verified
from bot.schema import newest_revision, revision_of
from tests.acceptance.office import Office, open_office
from tests.databases import PostgresCluster, SqliteFiles

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
TITLE = "Checkout is dåwn ☎"


@pytest.fixture
async def other_url(sqlite_files: SqliteFiles) -> AsyncIterator[str]:
    async with sqlite_files.one() as url:
        yield url


async def works(office: Office) -> None:
    await office.eve.types(f"/incident declare sev1 service:payments {TITLE}")
    channel = await office.incident_channel()
    await office.cleo.types('/incident update Looking, it\'s "odd"', channel)
    await office.eve.types("/page person:dev Call me")


async def tried(file: Path) -> Found:
    archive = Archive(file)
    try:
        return await verify(archive)
    finally:
        archive.close()


async def put_back(url: str, file: Path, *, replace: bool = False) -> str | None:
    return await restore(url, Archive(file), replace=replace, by="eve", now=NOW)


async def test_all_is_there_again(database_url: str, tmp_path: Path) -> None:
    """Taken while the bot runs; what came after it is gone, and kept aside."""
    file = tmp_path / "backup.zip"
    async with open_office(database_url) as office:
        await works(office)
        before = await office.record()
        await make(database_url, file, now=NOW)
        await office.eve.types("/incident declare sev2 Later")
        with pytest.raises(OperatorError, match=r"already uses|other connections"):
            await put_back(database_url, file, replace=True)
        await office.stop_bot()
        found = await tried(file)
        assert found.problems == []
        assert found.incidents == 1
        assert found.entries >= len(before["timeline"])
        with pytest.raises(OperatorError, match="not empty"):
            await put_back(database_url, file)
        kept = await put_back(database_url, file, replace=True)
        assert kept is not None
        assert "before_restore_20261122T030000Z" in kept
        await office.start_bot()
        assert await office.record() == before
        assert "Later" not in await office.eve.types("/incident list")
        assert TITLE in await office.eve.types("/ops search checkout")
        await office.eve.types("/incident declare sev3 The next one")
        assert "#2" in await office.eve.types("/incident list")
        assert (await office.record(2))["timeline"]


@pytest.mark.parametrize("revision", ["0034", "0036"])
async def test_one_of_an_older_program_is_brought_up_to_date(
    database_url: str, tmp_path: Path, revision: str
) -> None:
    """Before merging and reasons to close, and before types and fields. The program of today goes on with it."""
    file = tmp_path / "backup.zip"
    async with open_office(database_url) as office:
        await works(office)
        before = await office.record()
        await office.stop_bot()
        engine = engine_for(database_url)
        async with engine.begin() as connection:
            await connection.run_sync(lambda c: command.downgrade(migrate._alembic(c), revision))
        await engine.dispose()
        manifest = await make(database_url, file, now=NOW)
        assert manifest.schema == revision
        found = await tried(file)
        assert (found.problems, found.schema, found.incidents) == ([], revision, 1)
        assert await put_back(database_url, file, replace=True) is not None
        assert await revision_of(database_url) == newest_revision()
        await office.start_bot()
        await office.settled()
        assert (await office.record())["timeline"] == before["timeline"]
        assert (await verified(office.app.bot.db, 1))[0].broken is None
        assert TITLE in await office.eve.types("/ops search checkout")
        channel = await office.incident_channel()
        for words in (
            "task Look at the logs",
            "note All is as it was",
            "resolve It was DNS",
            "reopen It is back",
        ):
            assert ":warning:" not in await office.cleo.types(f"/incident {words}", channel), words


async def test_from_one_kind_of_database_into_the_other(
    tmp_path: Path, other_url: str, postgres_cluster: PostgresCluster
) -> None:
    async with postgres_cluster.one() as postgres:
        async with open_office(postgres) as office:
            await works(office)
            before = await office.record()
        first, second = tmp_path / "first.zip", tmp_path / "second.zip"
        await make(postgres, first, now=NOW)
        assert await put_back(other_url, first) is None
        await make(other_url, second, now=NOW)
        parts = [
            [part for part in Archive(one).manifest.parts if part.name != "audit_line"]
            for one in (first, second)
        ]
        assert parts[0] == parts[1], "down to the last byte; only the audit log tells of the restore"
        await put_back(postgres, second, replace=True)
        async with open_office(postgres) as office:
            assert await office.record() == before


async def test_it_is_of_one_moment(database_url: str, tmp_path: Path) -> None:
    """People go on working; in each backup every chain ends where its row says."""
    async with open_office(database_url) as office:
        await works(office)
        channel = await office.incident_channel()

        async def goes_on() -> None:
            for number in range(12):
                await office.cleo.types(f"/incident update Try {number}", channel, settle=False)

        working = asyncio.create_task(goes_on())
        files = []
        while not working.done():
            files.append(tmp_path / f"{len(files)}.zip")
            await make(database_url, files[-1], now=NOW)
            await asyncio.sleep(0.05)
        await working
        for file in (files[0], files[len(files) // 2]):
            assert (await tried(file)).problems == []


async def test_what_was_changed_behind_the_back_shows(database_url: str, tmp_path: Path) -> None:
    async with open_office(database_url) as office:
        await works(office)
        async with office.app.bot.db.begin() as session:
            await session.execute(
                update(TimelineEntry)
                .where(TimelineEntry.incident_id == 1, TimelineEntry.number == 2)
                .values(author="U01EVE")
            )
    file = tmp_path / "backup.zip"
    await make(database_url, file, now=NOW)
    (problem,) = (await tried(file)).problems
    assert "incident 1: the chain breaks at entry 2" in problem


async def test_a_file_that_is_damaged_is_refused(other_url: str, tmp_path: Path) -> None:
    async with open_office(other_url) as office:
        await works(office)
    file, copy = tmp_path / "backup.zip", tmp_path / "copy.zip"
    await make(other_url, file, now=NOW)
    whole = file.read_bytes()

    async def said(content: bytes) -> str:
        copy.write_bytes(content)
        with pytest.raises(OperatorError) as refused:
            await put_back(other_url, copy, replace=True)
        return str(refused.value)

    assert "cut off" in await said(whole[: len(whole) // 2])
    assert "cut off" in await said(b"")
    assert "no backup" in await said(b"What is this?")
    middle = len(whole) // 3
    assert "damaged" in await said(
        whole[:middle] + bytes(255 - one for one in whole[middle : middle + 40]) + whole[middle + 40 :]
    )
    with zipfile.ZipFile(copy, "w") as other:
        other.writestr("readme.txt", "Hello")
    assert "no backup" in await said(copy.read_bytes())

    def rewritten(**changes: object) -> bytes:
        with zipfile.ZipFile(file) as old, zipfile.ZipFile(copy, "w") as new:
            for name in old.namelist():
                data = old.read(name)
                if name == "manifest.json":
                    data = json.dumps(json.loads(data) | changes).encode()
                elif name == "tables/timeline_entry.jsonl" and not changes:
                    data = data.split(b"\n", 1)[1]
                new.writestr(name, data)
        return copy.read_bytes()

    assert "newer than this program" in await said(rewritten(schema="9999"))
    assert "format 2" in await said(rewritten(format=2))
    assert "damaged in timeline_entry" in await said(rewritten())
    with pytest.raises(OperatorError, match="no file"):
        Archive(tmp_path / "none.zip")
    db = Database(other_url)
    async with db.read() as session:
        assert await session.scalar(select(func.count()).select_from(TimelineEntry)), "nothing was touched"
    await db.close()
    assert sorted(os.listdir(tmp_path)) == ["backup.zip", "copy.zip"]


async def test_nothing_is_left_of_one_that_could_not_be_written(tmp_path: Path) -> None:
    empty = tmp_path / "empty.sqlite3"
    sqlite3.connect(empty).close()
    with pytest.raises(OperatorError, match="empty"):
        await make(f"sqlite:///{empty}", tmp_path / "backup.zip", now=NOW)
    with pytest.raises(OperatorError, match="There is no database"):
        await make(f"sqlite:///{tmp_path}/none.sqlite3", tmp_path / "backup.zip", now=NOW)
    assert os.listdir(tmp_path) == ["empty.sqlite3"]
