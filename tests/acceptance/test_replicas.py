"""Three replicas behind nginx on one Postgres, each a process of its own: none leads, nothing is lost or doubled."""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.administration.rows import ConfigVersion
from bot.core.db import Database
from bot.incidents.task_rows import Task
from tests.acceptance.kit import WHOLE, kit
from tests.acceptance.office import Person, said
from tests.acceptance.pages import clicks_in_dm, rings
from tests.acceptance.process import all_done, finished
from tests.acceptance.replicas import START, Replicas, replicas, until
from tests.databases import PostgresCluster

pytestmark = pytest.mark.timeout(300)  # quick where there is room; the many processes may have to wait for it


@pytest.fixture
async def url(durable_cluster: PostgresCluster) -> AsyncIterator[str]:
    async with durable_cluster.one() as url:
        yield url


async def done(office: Replicas) -> None:
    database = Database(office.database_url)
    try:
        await finished(database, within=120)
    finally:
        await database.close()


async def nothing_lost_or_doubled(office: Replicas, incidents: int) -> None:
    """Every incident has its whole kit, finn was paged once for each, no message was posted twice, no one stumbled."""
    await done(office)
    for number in range(1, incidents + 1):
        assert await kit(office, (), number) == {**WHOLE, "bookmarks": ["Bridge"]}, f"incident {number}"
    assert await office.rung(office.finn) == incidents
    assert {key: count for key, count in (await office.posted()).items() if count > 1} == {}
    for bot in office.bots:
        assert "Traceback" not in bot.said()


async def declares(person: Person, title: str) -> None:
    answer = await person.types(f"/incident declare sev1 {title}", settle=False)
    assert "#" in answer, answer


async def test_each_is_declared_and_paged_once(url: str, tmp_path: Path) -> None:
    async with replicas(url, tmp_path) as office:
        people = (office.ada, office.bo, office.cleo, office.eve)
        await asyncio.gather(*(declares(person, f"Broken for {person.name}") for person in people))
        await nothing_lost_or_doubled(office, len(people))
        # Whoever acknowledges, by whichever replica, stops them all.
        for left in (3, 2, 1, 0):
            await clicks_in_dm(office.finn, "Acknowledge")
            await until(partial(_rung, office.finn, left))


RULE = {
    "name": "tells",
    "when": "declared",
    "then": [
        {"message": {"text": "Rule A: {title}", "channel": "#general"}},
        {"tasks": ["Look at the logs"]},
    ],
}


async def test_each_reads_its_own_file_anew_and_what_follows_is_done_once(url: str, tmp_path: Path) -> None:
    sections = {"automation": [RULE], "permissions": {"configuration": "person:ada"}}
    async with replicas(url, tmp_path, variables={"TOCSIN_LOG_LEVEL": "info"}, **sections) as office:
        files = [tmp_path / f"tocsin-{number}" / "app.yaml" for number in (1, 2, 3)]
        text = files[0].read_text()
        await told_by_all(office, files, text.replace("Rule A", "Rule B"), "The configuration was read anew")
        titles = [f"Broken for {one.name}" for one in (office.ada, office.bo, office.cleo)]
        people = (office.ada, office.bo, office.cleo)
        await asyncio.gather(*(declares(one, title) for one, title in zip(people, titles, strict=True)))
        await told_by_all(office, files, text + "\nteh_typo: 1\n", "teh_typo")
        await until(partial(_notices, office.ada, "is refused", 1))
        await told_by_all(
            office, files, text.replace("Rule A", "Rule C"), "The configuration was read anew", 2
        )
        await all_done(url)
        posts = [said(message) for message in await office.ada.messages("general")]
        assert [sum(f"Rule B: {title}" in post for post in posts) for title in titles] == [1, 1, 1]
        assert not any("Rule A" in post for post in posts)
        assert await _notices(office.ada, "is refused", 1), "by three, of one trouble"
        assert await _notices(office.ada, "in order again", 1)
        assert await written_down(url) == {"versions": 3, "tasks": 3}
        for bot in office.bots:
            assert "Traceback" not in bot.said()


async def told_by_all(office: Replicas, files: list[Path], text: str, words: str, times: int = 1) -> None:
    """Somebody deploys this file to all of them, and each says so."""
    for file in files:
        aside = file.with_name("app.yaml.new")
        aside.write_text(text)
        aside.replace(file)
    async with asyncio.timeout(60):
        while any(bot.said().count(words) < times for bot in office.bots):  # noqa: ASYNC110 - a log tells nobody
            await asyncio.sleep(0.1)


async def _notices(person: Person, words: str, times: int) -> bool:
    return sum(words in str(message["text"]) for message in await person.direct_messages()) == times


async def written_down(url: str) -> dict[str, int]:
    database = Database(url)
    try:
        async with database.read() as session:
            return {
                "versions": await session.scalar(select(func.count()).select_from(ConfigVersion)) or 0,
                "tasks": await session.scalar(select(func.count()).select_from(Task)) or 0,
            }
    finally:
        await database.close()


async def _rung(person: Person, times: int) -> bool:
    return len(await rings(person)) == times


async def test_a_rolling_restart_under_load(url: str, tmp_path: Path) -> None:
    """Nobody is refused, and each replica ends by itself."""
    async with replicas(url, tmp_path) as office:
        declared, restarted = 0, asyncio.Event()

        async def load() -> None:
            nonlocal declared
            while not restarted.is_set():
                declared += 1
                await declares(office.eve, f"Broken {declared}")
                await asyncio.sleep(0.7)

        working = asyncio.create_task(load())
        for bot in office.bots:
            before = declared
            while declared < before + 2 and not working.done():  # noqa: ASYNC110 - it is only a count
                await asyncio.sleep(0.02)
            assert await bot.interrupt() == 0, bot.said()
            await bot.start()
            await bot.is_up(within=START)
        restarted.set()
        await working
        await nothing_lost_or_doubled(office, declared)


@pytest.mark.parametrize("way", ["hang", "hang_after"])
async def test_one_is_killed_while_it_pages(url: str, tmp_path: Path, way: str) -> None:
    """Before the message arrived, and after: another replica takes over, looks, and pages once."""
    async with replicas(url, tmp_path) as office:
        await office.fault("chat.postMessage", way, times=1, match={"channel": office.finn.id})
        await declares(office.eve, "Shop is down")
        await until(lambda: _struck(office))
        victim = await office.bot_that_has("page.notify")
        await victim.kill()
        await office.no_faults()
        await declares(office.ada, "Search is down")
        await nothing_lost_or_doubled(office, 2)


async def _struck(office: Replicas) -> bool:
    return any(fault.waiting for fault in office.playground.faults)


async def test_postgres_is_restarted_while_pages_are_open(
    url: str, tmp_path: Path, durable_cluster: PostgresCluster
) -> None:
    """What falls due meanwhile rings when it is back; what was acknowledged stays silent."""
    async with replicas(url, tmp_path) as office:
        await declares(office.eve, "Shop is down")
        await declares(office.eve, "Search is down")
        await done(office)
        await clicks_in_dm(office.finn, "Acknowledge")
        await done(office)
        await office.next_step_in(5)
        due_at = time.monotonic() + 5
        assert await rings(office.dev) == []
        await durable_cluster.halt()
        try:
            for bot in office.bots:
                checks = (await office.readiness(bot))["checks"]
                assert "does not answer" in checks["database"], checks
            answer = await office.eve.types("/incident declare sev1 Nobody hears this", settle=False)
            assert "nothing was saved" in answer
            await asyncio.sleep(max(0.0, due_at - time.monotonic()))
        finally:
            await durable_cluster.resume()
        await until(lambda: _rung(office.dev, 1))
        await until(lambda: _rung(office.bo, 1))
        await done(office)
        assert {key: count for key, count in (await office.posted()).items() if count > 1} == {}
        assert len(await rings(office.finn)) == 1
        for bot in office.bots:
            assert "Traceback" not in bot.said(), bot.said()


async def test_a_replica_whose_clock_is_wrong_does_no_harm(url: str, tmp_path: Path) -> None:
    """One is two minutes ahead, one behind: they go by the database's clock. By its own the first would take over what
    another is sending just now, and ring the next step at once; a claim of the last would be over when it is made.
    """
    async with replicas(url, tmp_path, ahead=(0, 120, -120)) as office:
        await office.fault("chat.postMessage", "slow", seconds=3)
        for person in (office.ada, office.bo, office.cleo):
            await declares(person, f"Broken for {person.name}")
        await until(lambda: _rung(office.finn, 3))
        await office.next_step_in(60)
        await asyncio.sleep(3)  # some ticks of each
        assert await rings(office.dev) == []
        assert {key: count for key, count in (await office.posted()).items() if count > 1} == {}
        await office.no_faults()
        while await rings(office.finn):
            await clicks_in_dm(office.finn, "Acknowledge")
            await done(office)
        await done(office)
        assert {key: count for key, count in (await office.posted()).items() if count > 1} == {}
        warned = [bot for bot in office.bots if "clock differs" in bot.said()]
        assert warned == office.bots[1:]
