"""Archiving, reopening, questions and merges while Slack fails, and while the bot is killed: each is done once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
import yaml

from bot.config import Config, load
from bot.config.sections.nudges import Nudges
from bot.core.db import Database
from tests.acceptance.changes import impatient, members_unread
from tests.acceptance.faults import ways
from tests.acceptance.kit import messages
from tests.acceptance.office import SAMPLE, Office, open_office, said, write_config
from tests.acceptance.process import FarOffice, far_bot, finished
from tests.databases import PostgresCluster, SqliteFiles

WAYS = ways(hang=2)


def lively(config: Config, way: str) -> Config:
    """Channels are archived after two weeks, and updates are asked for; nothing else is."""
    config = impatient(config) if "hang" in way else members_unread(config)
    return config.model_copy(
        update={
            "channels": config.channels.model_copy(update={"archive_after": timedelta(days=14)}),
            "nudges": Nudges(no_lead_after=None, quiet_after=None),
        }
    )


@pytest.fixture
async def office(request: pytest.FixtureRequest, sqlite_files: SqliteFiles) -> AsyncIterator[Office]:
    way = request.node.callspec.params["way"]
    async with sqlite_files.one() as url, open_office(url, change=lambda config: lively(config, way)) as made:
        yield made


@pytest.fixture
async def on_postgres(
    request: pytest.FixtureRequest, postgres_cluster: PostgresCluster
) -> AsyncIterator[Office]:
    way = request.node.callspec.params["way"]
    async with (
        postgres_cluster.one() as url,
        open_office(url, change=lambda config: lively(config, way)) as made,
    ):
        yield made


Fails = Callable[..., Awaitable[object]]


async def declared(office: Office, title: str = "Checkout is down", number: int = 1) -> str:
    """An incident in whose channel Bo is, too; the channel's id is returned."""
    await office.ada.types(f"/incident declare sev1 {title}")
    channel = await office.incident_channel(number)
    await office.bo.joins(channel)
    return str((await office.channel(channel))["id"])


async def mends(office: Office) -> None:
    """Slack is well again, and as much time passes as what is put off waits at most."""
    await office.passes(seconds=100)
    await office.no_faults()
    for _ in range(3):
        await office.passes(minutes=7)


async def times(office: Office, channel: str, words: str) -> int:
    return sum(words in said(message) for message in await messages(office, channel))


async def is_archived(office: Office) -> bool:
    return bool((await office.channel(await office.incident_channel()))["is_archived"])


async def archives(office: Office, fails: Fails) -> None:
    await declared(office)
    await office.ada.types("/incident close 1 cancelled")
    await fails("conversations.archive")
    await office.passes(days=14, minutes=1)
    await mends(office)
    assert await is_archived(office)
    assert [e["kind"] for e in await office.acts()].count("archived") == 1


async def reopens(office: Office, fails: Fails) -> None:
    channel = await declared(office)
    await office.ada.types("/incident close 1 cancelled")
    await office.passes(days=14, minutes=1)
    await fails("conversations.unarchive")
    assert "open again" in await office.bo.types("/incident reopen 1 It was real")
    await mends(office)
    assert not await is_archived(office)
    assert await times(office, channel, "It was real") == 1
    assert [e["kind"] for e in await office.acts()].count("unarchived") == 1


async def asks(office: Office, fails: Fails) -> None:
    channel = await declared(office)
    await fails("chat.postMessage", {"channel": channel})
    await office.passes(minutes=30, seconds=1)
    await mends(office)
    assert await times(office, channel, "Time for an update") == 1


async def is_answered(office: Office, fails: Fails) -> None:
    channel = await declared(office)
    await office.passes(minutes=30, seconds=1)
    assert await times(office, channel, "Time for an update") == 1
    await fails("chat.update", {"channel": channel})
    await office.bo.types("/incident update 1 We roll back")
    await mends(office)
    assert await times(office, channel, "Time for an update") == 0
    assert await times(office, channel, "We roll back") >= 1


async def merges(office: Office, fails: Fails) -> None:
    channel = await declared(office)
    source = await declared(office, "Nobody can pay", 2)
    await fails("chat.postMessage", {"channel": channel})
    await office.ada.types("/incident merge 2 into 1")
    await mends(office)
    assert await times(office, channel, "*merged* #2 into this one") == 1
    assert await times(office, source, "*merged* it into #1") == 1
    assert (await office.record(2))["merged_into"] == 1


STORIES = {story.__name__: story for story in (archives, reopens, asks, is_answered, merges)}
# On Postgres each fails in two of the ways.
SPREAD = [(story, list(WAYS)[(n * 4 + k) % len(WAYS)]) for n, story in enumerate(STORIES) for k in (0, 3)]


async def told(office: Office, story: str, way: str) -> None:
    async def fails(method: str, match: dict[str, str] | None = None) -> None:
        await office.fault(method, match=match or {}, **WAYS[way])

    await STORIES[story](office, fails)
    timeline = await office.timeline()
    failed = {e["data"]["what"] for e in timeline if e["kind"] == "failed"}
    assert failed == {e["data"]["what"] for e in timeline if e["kind"] == "mended"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("story", STORIES)
async def test_a_call_that_fails_is_mended_and_does_its_work_once(
    office: Office, story: str, way: str
) -> None:
    await told(office, story, way)


@pytest.mark.parametrize(("story", "way"), SPREAD)
async def test_the_same_on_postgres(on_postgres: Office, story: str, way: str) -> None:
    await told(on_postgres, story, way)


@pytest.mark.parametrize("way", ["hang", "hang_after"])
async def test_killed_while_it_archives_reopens_asks_and_merges(
    durable_url: str, tmp_path: Path, way: str
) -> None:
    """Each call is held before it is carried out, or after, and the bot is killed with -9 then."""
    config = tmp_path / "app.yaml"
    severities = [{**one, "update_every": "20s"} for one in yaml.safe_load(SAMPLE.read_text())["severities"]]
    write_config(
        config,
        delivery={"read_members": False, "slack_timeout": "12s", "lease": "13s"},
        channels={"announcements": "#incidents", "archive_after": "1s"},
        nudges={"updates": True, "at_most": 1},
        severities=severities,
    )
    env = {"TOCSIN_CONFIG": str(config), "TOCSIN_DATABASE_URL": durable_url, "TOCSIN_LOG_LEVEL": "warning"}
    async with far_bot(tmp_path, **env) as (playground, bot), aiohttp.ClientSession() as http:
        office = FarOffice(playground, http, durable_url, load(config))

        async def killed_at(method: str) -> None:
            """Waits until this call is held, kills the bot, and starts it again."""
            await struck(office, method)
            await bot.kill()
            await office.no_faults()
            await bot.start()
            await bot.is_up()

        for number, title in enumerate(("Checkout is down", "Nobody can pay", "Search is slow"), 1):
            await office.ada.types(f"/incident declare sev1 {title}")
            await so(lambda number=number: made(office, number))
        one, two, _ = [await made(office, number) for number in (1, 2, 3)]

        await office.fault("conversations.archive", way, times=1)
        await office.ada.types("/incident close 3 cancelled")
        await killed_at("conversations.archive")
        await so(lambda: holds(office, 3, archived=True))

        await office.fault("conversations.unarchive", way, times=1)
        await office.ada.types("/incident reopen 3 It was real")
        await killed_at("conversations.unarchive")
        await so(lambda: holds(office, 3, archived=False))

        await office.fault("chat.postMessage", way, times=1, match={"channel": one})
        assert ":white_check_mark:" in await office.ada.types("/incident merge 2 into 1")
        await killed_at("chat.postMessage")

        await so(lambda: times(office, one, "Time for an update"))  # one is due 20 s after it was declared
        database = Database(durable_url)
        try:
            await finished(database)
        finally:
            await database.close()
        assert await times(office, one, "*merged* #2 into this one") == 1
        assert await times(office, two, "*merged* it into #1") == 1
        three = await made(office, 3)
        assert await times(office, three, "It was real") == 1
        assert await times(office, one, "Time for an update") == 1
        assert "Traceback" not in bot.said()


async def struck(office: Office, method: str) -> None:
    async with asyncio.timeout(60):
        while not any(fault.on == method and fault.waiting for fault in office.playground.faults):  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.01)


async def so(is_so: Callable[[], Awaitable[object]], within: float = 60) -> None:
    """Waits until it is so."""
    async with asyncio.timeout(within):
        while not await is_so():  # noqa: ASYNC110 - likewise
            await asyncio.sleep(0.1)


async def made(office: Office, number: int) -> str:
    """The channel of an incident, once its card stands there; else nothing."""
    for channel in (await office.get("/workspace"))["channels"]:
        if (channel.get("name") or "").startswith(f"inc-{number}-") and channel["pins"]:
            return str(channel["id"])
    return ""


async def holds(office: Office, number: int, *, archived: bool) -> bool:
    channels = (await office.get("/workspace"))["channels"]
    (found,) = [c for c in channels if (c.get("name") or "").startswith(f"inc-{number}-")]
    return bool(found["is_archived"]) is archived and (await office.record(number)) is not None
