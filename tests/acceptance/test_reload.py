"""app.yaml is changed while the bot runs: nobody's request notices, and a broken one changes nothing."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from sqlalchemy import select

from bot.administration.rows import ConfigVersion
from bot.config import load
from bot.core.audit import audit_lines
from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.errors import UserError
from bot.reading import configuration as reading
from tests.acceptance.office import ANSWER_SECONDS, SAMPLE, write_config
from tests.acceptance.process import BotProcess, FarOffice, ForkedBot, far_bot, restarted
from tests.databases import PostgresCluster


def lettered(letter: str) -> dict[str, Any]:
    """Two things of app.yaml that one answer shows: the titles of both schedules."""
    schedules = yaml.safe_load(SAMPLE.read_text())["schedules"]
    return {"schedules": [{**one, "title": f"Round {letter}"} for one in schedules]}


async def letter(office: FarOffice) -> str:
    """By which configuration this request went."""
    (found,) = set(re.findall(r"Round (\w)", await office.eve.types("/oncall")))
    return str(found)


@asynccontextmanager
async def running(url: str, folder: Path, **sections: Any) -> AsyncIterator[tuple[FarOffice, BotProcess]]:
    file = folder / "app.yaml"
    write_config(file, **(sections or lettered("A")))
    env = {"TOCSIN_CONFIG": str(file), "TOCSIN_DATABASE_URL": url}
    async with far_bot(folder, **env) as (playground, bot), aiohttp.ClientSession() as http:
        playground.delivery._answer_seconds = ANSWER_SECONDS
        yield FarOffice(playground, http, url, load(file)), bot


def put(file: Path, text: str) -> None:
    """As editors and deployments do: written aside, and put in its place."""
    aside = file.with_name(file.name + ".new")
    aside.write_text(text)
    aside.replace(file)


async def says(bot: BotProcess, words: str, *, times: int = 1, within: float = 40) -> None:
    async with asyncio.timeout(within):
        while bot.said().count(words) < times:  # noqa: ASYNC110 - a log tells nobody
            await asyncio.sleep(0.05)


async def told(office: FarOffice, words: str, within: float = 40) -> str:
    """What ada was told in private, once these words are in it."""
    async with asyncio.timeout(within):
        while True:
            found = [str(message["text"]) for message in await office.ada.direct_messages()]
            fitting = [text for text in found if words in text]
            if fitting:
                return fitting[-1]
            await asyncio.sleep(0.1)


async def history(url: str) -> list[ConfigVersion]:
    db = Database(url)
    try:
        async with db.read() as session:
            query = select(ConfigVersion).order_by(ConfigVersion.number)
            return list((await session.scalars(query)).all())
    finally:
        await db.close()


async def test_a_changed_file_is_active_without_a_restart(database_url: str, tmp_path: Path) -> None:
    async with running(database_url, tmp_path) as (office, bot):
        assert await letter(office) == "A"
        write_config(tmp_path / "app.yaml", **lettered("B"))
        await says(bot, "The configuration was read anew")
        assert await letter(office) == "B"
    first, second = await history(database_url)
    assert (first.how, second.how) == ("at the start", "the file changed")
    assert "Round A" in first.texts["app.yaml"]
    assert "Round B" in second.texts["app.yaml"]
    assert second.by == first.by != ""


async def test_a_broken_file_is_refused_and_told(database_url: str, tmp_path: Path) -> None:
    async with running(database_url, tmp_path) as (office, bot):
        file = tmp_path / "app.yaml"
        good = file.read_text()
        put(file, good.replace("severity: SEV1", "severity: SEV9") + "\nteh_typo: 1\n")
        message = await told(office, "is refused")
        assert "teh_typo" in message
        assert "app.yaml:" in message, "with the line"
        assert "teh_typo" in bot.said()
        assert "teh_typo" not in await office.eve.types("/incident list")
        bot.process.send_signal(signal.SIGHUP)
        await says(bot, "is refused", times=2)
        put(file, good)
        assert "in order again" in await told(office, "in order again")
        refusals = [m for m in await office.ada.direct_messages() if "is refused" in str(m["text"])]
        assert len(refusals) == 1, "the same is told once"
        db = Database(database_url)
        async with db.read() as session:
            (line,) = await audit_lines(session, act="configuration_refused")
        await db.close()
        assert (line.by, line.data["problems"] > 0) == (None, True)
    assert len(await history(database_url)) == 1


async def test_what_is_included_changes_behind_a_symbolic_link(database_url: str, tmp_path: Path) -> None:
    """As Kubernetes replaces a ConfigMap: `..data` points elsewhere, the files' own names stay."""
    for one in "AB":
        data = tmp_path / f"..data_{one}"
        data.mkdir()
        (data / "schedules.yaml").write_text(yaml.safe_dump(lettered(one)))
    (tmp_path / "..data").symlink_to("..data_A")
    (tmp_path / "schedules.yaml").symlink_to("..data/schedules.yaml")
    async with running(database_url, tmp_path) as (office, bot):
        written = yaml.safe_load((tmp_path / "app.yaml").read_text())
        del written["schedules"]
        put(tmp_path / "app.yaml", yaml.safe_dump({"include": ["schedules.yaml"], **written}))
        await says(bot, "The configuration was read anew")
        assert await letter(office) == "A"
        (tmp_path / "..tmp").symlink_to("..data_B")
        os.replace(tmp_path / "..tmp", tmp_path / "..data")
        await says(bot, "The configuration was read anew", times=2)
        assert await letter(office) == "B"
    last = (await history(database_url))[-1]
    assert list(last.texts) == ["app.yaml", "schedules.yaml"]


async def test_sighup_is_no_end(database_url: str, tmp_path: Path) -> None:
    async with running(database_url, tmp_path) as (office, bot):
        bot.process.send_signal(signal.SIGHUP)
        await says(bot, "The configuration is as it was")
        assert "No open incident" in await office.eve.types("/incident list")


async def test_twenty_reloads_under_load(database_url: str, tmp_path: Path) -> None:
    """No request is lost, and each goes by one configuration from its beginning to its end."""
    async with running(database_url, tmp_path, **lettered("A")) as (office, bot):
        seen: set[str] = set()
        done = asyncio.Event()

        async def asks() -> int:
            count = 0
            while not done.is_set():
                seen.add(await letter(office))
                count += 1
            return count

        asking = [asyncio.create_task(asks()) for _ in range(4)]
        for number in range(20):
            write_config(tmp_path / "app.yaml", **lettered("BA"[number % 2]))
            bot.process.send_signal(signal.SIGHUP)
            await says(bot, "The configuration was read anew", times=number + 1)
        done.set()
        counts = await asyncio.gather(*asking)
        assert seen == {"A", "B"}
        assert sum(counts) > 20
    assert len(await history(database_url)) == 21


async def test_a_rollback_while_it_runs(database_url: str, tmp_path: Path) -> None:
    async with running(database_url, tmp_path) as (office, bot):
        file = tmp_path / "app.yaml"
        write_config(file, **lettered("B"))
        await says(bot, "The configuration was read anew")
        assert await letter(office) == "B"
        db = Database(database_url)
        try:
            now = Clock().now()
            assert await reading.roll_back(db, 1, file, now=now) == (3, [])
            with pytest.raises(UserError, match="already"):
                await reading.roll_back(db, 1, file, now=now)
            with pytest.raises(UserError, match="no version 9"):
                await reading.roll_back(db, 9, file, now=now)
            told = await reading.history(db, limit=10)
        finally:
            await db.close()
        await says(bot, "The configuration was read anew", times=2)
        assert await letter(office) == "A"
    assert [one["how"] for one in told] == ["rolled back to 1", "the file changed", "at the start"]
    assert told[0]["added"] > 0
    assert len(await history(database_url)) == 3


async def test_those_who_may_configure_see_the_history_in_slack_and_roll_back(
    database_url: str, tmp_path: Path
) -> None:
    async with running(database_url, tmp_path) as (office, bot):
        write_config(tmp_path / "app.yaml", **lettered("B"))
        await says(bot, "The configuration was read anew")
        assert "leaves that to" in await office.eve.types("/ops config")
        shown = await office.ada.types("/ops config")
        assert "*2*" in shown
        assert "the file changed" in shown
        assert "+2 −2 in app.yaml" in shown
        changed = await office.ada.types("/ops config show 2")
        assert "Round B" in changed
        assert "-" in changed
        assert "no version 9" in await office.ada.types("/ops config show 1 9")
        assert "Round A" in await office.ada.types("/ops config show 2 1")
        assert "Nothing is kept of before version 1" in await office.ada.types("/ops config show 1")
        await office.ada.clicks("Roll back", channel="general")
        await says(bot, "The configuration was read anew", times=2)
        assert await letter(office) == "A"
        assert "rolled back to 1" in await office.ada.types("/ops config")
    newest = (await history(database_url))[-1]
    assert (newest.number, newest.how) == (3, "rolled back to 1")
    assert newest.by == "ada", "as Slack names her"


async def test_a_rollback_reaches_the_files_of_every_replica(
    durable_cluster: PostgresCluster, tmp_path: Path
) -> None:
    """Each has files of its own. One that cannot write them goes on as before, and says so."""
    here, there, nowhere = (tmp_path / name for name in ("here", "there", "nowhere"))
    for folder in (here, there, nowhere):
        folder.mkdir()
    async with durable_cluster.one() as url, running(url, here) as (office, bot):
        env = {"TOCSIN_DATABASE_URL": url, "SLACK_API_URL": f"{office.playground.url}/api/"}
        others = []
        try:
            for folder in (there, nowhere):
                write_config(folder / "app.yaml", **lettered("A"))
                others.append(ForkedBot(folder, **{**env, "TOCSIN_CONFIG": str(folder / "app.yaml")}))
                await restarted(others[-1])
            for folder, replica in ((here, bot), (there, others[0]), (nowhere, others[1])):
                write_config(folder / "app.yaml", **lettered("B"))
                await says(replica, "The configuration was read anew")
            (nowhere / ".app.yaml.rollback").mkdir()  # what is written aside cannot be
            assert await letter(office) == "B"
            await office.ada.types("/ops config show 1")
            await office.ada.clicks("Roll back", channel="general")
            await says(bot, "The configuration was read anew", times=2)
            await says(others[0], "The configuration was read anew", times=2)
            assert await letter(office) == "A"
            assert "this replica stays as it is" in await told(office, "rolled back to 1")
            assert "A rollback cannot be followed" in others[1].said()
        finally:
            for replica in others:
                await replica.kill()
        texts = ["Round A" in (folder / "app.yaml").read_text() for folder in (here, there, nowhere)]
        assert texts == [True, True, False]
        assert (await history(url))[-1].how == "rolled back to 1"
        assert len(await history(url)) == 3
