"""Archiving, reopening, questions and merges while Slack fails, and while the bot is killed: each is done once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import update

from bot.config import Config, IncidentField, load
from bot.config.sections.nudges import Nudges
from bot.core.db import Database
from bot.incidents.nudging import UPDATE
from bot.incidents.rows import Nudge
from tests.acceptance.changes import impatient, members_unread
from tests.acceptance.faults import ways
from tests.acceptance.kit import messages
from tests.acceptance.office import Office, open_office, said, write_config
from tests.acceptance.process import BotProcess, FarOffice, far_bot, finished, restarted
from tests.acceptance.redacting import redacts
from tests.databases import PostgresCluster, SqliteFiles

WAYS = ways(hang=2)
ASKS = "Time for an update"
TICKET = {"name": "ticket", "label": "Ticket"}


def lively(config: Config, way: str) -> Config:
    """Channels are archived after two weeks, and updates are asked for; nothing else is."""
    config = impatient(config) if "hang" in way else members_unread(config)
    return config.model_copy(
        update={
            "channels": config.channels.model_copy(update={"archive_after": timedelta(days=14)}),
            "nudges": Nudges(no_lead_after=None, quiet_after=None),
            "fields": (IncidentField.model_validate(TICKET),),
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
    assert await times(office, channel, ASKS) == 1


async def is_answered(office: Office, fails: Fails) -> None:
    channel = await declared(office)
    await office.passes(minutes=30, seconds=1)
    assert await times(office, channel, ASKS) == 1
    await fails("chat.update", {"channel": channel})
    await office.bo.types("/incident update 1 We roll back")
    await mends(office)
    assert await times(office, channel, ASKS) == 0
    assert await times(office, channel, "We roll back") >= 1


async def is_filled_in(office: Office, fails: Fails) -> None:
    channel = await declared(office)
    await fails("chat.update", {"channel": channel})
    assert "Ticket is filled in" in await office.bo.types("/incident field 1 ticket OPS-1")
    await mends(office)
    assert await times(office, channel, "*Ticket* OPS-1") == 1


async def merges(office: Office, fails: Fails) -> None:
    channel = await declared(office)
    source = await declared(office, "Nobody can pay", 2)
    await fails("chat.postMessage", {"channel": channel})
    await office.ada.types("/incident merge 2 into 1")
    await mends(office)
    assert await times(office, channel, "*merged* #2 into this one") == 1
    assert await times(office, source, "*merged* it into #1") == 1
    assert (await office.record(2))["merged_into"] == 1


async def is_renamed(office: Office, fails: Fails) -> None:
    """Its title is redacted, of which the channel's name was made."""
    await declared(office)
    await fails("conversations.rename")
    assert await redacts(office.ada, 1) == {}
    await mends(office)
    assert await office.incident_channel() == "inc-1-redacted"
    assert [e["kind"] for e in await office.acts()].count("channel_renamed") == 1


STORIES = {
    story.__name__: story
    for story in (archives, reopens, asks, is_answered, is_filled_in, merges, is_renamed)
}
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


class Killed:
    """The bot in a process of its own, that is killed with -9 while a call is held."""

    def __init__(self, office: FarOffice, bot: BotProcess) -> None:
        self.office, self._bot = office, bot

    async def at(self, method: str) -> None:
        """Waits until this call is held, kills the bot, and starts it again."""
        await struck(self.office, method)
        await self._bot.kill()
        await self.office.no_faults()
        await restarted(self._bot)

    async def has_to_ask(self) -> None:
        """The time for an update has come, for each open incident."""
        async with self._database() as database, database.begin() as session:
            due = update(Nudge).where(Nudge.kind == UPDATE, Nudge.due_at.is_not(None))
            await session.execute(due.values(due_at=datetime.now(UTC)))

    async def is_done(self) -> None:
        """Waits until nothing is left to do; nothing failed on the way."""
        async with self._database() as database:
            await finished(database)
        assert "Traceback" not in self._bot.said()

    @asynccontextmanager
    async def _database(self) -> AsyncIterator[Database]:
        database = Database(self.office.database_url)
        try:
            yield database
        finally:
            await database.close()


@asynccontextmanager
async def to_be_killed(url: str, folder: Path) -> AsyncIterator[Killed]:
    """Channels are archived after a second, and updates are asked for."""
    config = folder / "app.yaml"
    write_config(
        config,
        delivery={"read_members": False, "slack_timeout": "12s", "lease": "13s"},
        channels={"announcements": "#incidents", "archive_after": "1s"},
        nudges={"updates": True},
        fields=[TICKET],
    )
    env = {"TOCSIN_CONFIG": str(config), "TOCSIN_DATABASE_URL": url, "TOCSIN_LOG_LEVEL": "warning"}
    async with far_bot(folder, **env) as (playground, bot), aiohttp.ClientSession() as http:
        yield Killed(FarOffice(playground, http, url, load(config)), bot)


@pytest.mark.parametrize("way", ["hang", "hang_after"])
async def test_killed_while_it_asks_while_it_edits_its_question_and_between_a_field_and_the_card(
    durable_url: str, tmp_path: Path, way: str
) -> None:
    async with to_be_killed(durable_url, tmp_path) as killed:
        office = killed.office
        await office.ada.types("/incident declare sev1 Checkout is down")
        await so(lambda: made(office, 1))
        channel = await made(office, 1)

        await office.fault("chat.update", way, times=1, match={"channel": channel})
        await office.ada.types("/incident field 1 ticket OPS-1")
        await killed.at("chat.update")
        await so(lambda: times(office, channel, "*Ticket* OPS-1"))

        await office.fault("chat.postMessage", way, times=1, match={"channel": channel})
        await killed.has_to_ask()
        await killed.at("chat.postMessage")
        await so(lambda: times(office, channel, ASKS))
        (question,) = [m for m in await messages(office, channel) if ASKS in said(m)]
        edit = {"channel": channel, "ts": question["ts"]}
        await office.fault("chat.update", way, times=1, match=edit)
        await office.ada.clicks("Snooze 60 min", channel=await office.incident_channel())
        await killed.at("chat.update")
        await so(lambda: times(office, channel, "put the question off"))
        await killed.is_done()
        assert await times(office, channel, ASKS) == 0
        assert await times(office, channel, "put the question off") == 1
        assert await times(office, channel, "*Ticket* OPS-1") == 1


@pytest.mark.parametrize("way", ["hang", "hang_after"])
async def test_killed_while_it_archives_reopens_asks_and_merges(
    durable_url: str, tmp_path: Path, way: str
) -> None:
    """Each call is held before it is carried out, or after, and the bot is killed with -9 then."""
    async with to_be_killed(durable_url, tmp_path) as killed:
        office = killed.office
        for number, title in enumerate(("Checkout is down", "Nobody can pay", "Search is slow"), 1):
            await office.ada.types(f"/incident declare sev1 {title}")
            await so(partial(made, office, number))
        one, two, _ = [await made(office, number) for number in (1, 2, 3)]

        await office.fault("conversations.archive", way, times=1)
        await office.ada.types("/incident close 3 cancelled")
        await killed.at("conversations.archive")
        await so(lambda: holds(office, 3, archived=True))

        await office.fault("conversations.unarchive", way, times=1)
        await office.ada.types("/incident reopen 3 It was real")
        await killed.at("conversations.unarchive")
        await so(lambda: holds(office, 3, archived=False))

        await office.fault("chat.postMessage", way, times=1, match={"channel": one})
        assert ":white_check_mark:" in await office.ada.types("/incident merge 2 into 1")
        await killed.at("chat.postMessage")

        await killed.has_to_ask()
        await so(lambda: times(office, one, ASKS))
        await killed.is_done()
        assert await times(office, one, "*merged* #2 into this one") == 1
        assert await times(office, two, "*merged* it into #1") == 1
        three = await made(office, 3)
        assert await times(office, three, "It was real") == 1
        assert await times(office, one, ASKS) == 1


@pytest.mark.parametrize("way", ["hang", "hang_after"])
async def test_killed_while_it_renames_a_channel_and_while_it_makes_one_whose_title_is_redacted(
    durable_url: str, tmp_path: Path, way: str
) -> None:
    async with to_be_killed(durable_url, tmp_path) as killed:
        office = killed.office
        await office.ada.types("/incident declare sev1 hunter22 was leaked")
        await so(lambda: made(office, 1))
        await office.fault("conversations.rename", way, times=1)
        assert await redacts(office.ada, 1) == {}
        await killed.at("conversations.rename")
        await so(lambda: is_named(office, "inc-1-redacted"))

        await office.fault("conversations.create", way, times=1)
        await office.ada.types("/incident declare sev1 hunter22 was leaked again")
        await struck(office, "conversations.create")
        assert await redacts(office.ada, 1, of=2) == {}
        await killed.at("conversations.create")
        await so(lambda: is_named(office, "inc-2-redacted"))
        await so(lambda: made(office, 2))
        await killed.is_done()
        channels = [c.get("name") or "" for c in (await office.get("/workspace"))["channels"]]
        assert sum(name.startswith("inc-") for name in channels) == 2
        for number in (1, 2):
            timeline = await office.timeline(number)
            assert "hunter22" not in str(timeline)
            kinds = [entry["kind"] for entry in timeline]
            assert (kinds.count("channel"), "failed" in kinds) == (1, False)
        assert [entry["kind"] for entry in await office.timeline(1)].count("channel_renamed") == 1


async def is_named(office: Office, name: str) -> bool:
    return any(c.get("name") == name for c in (await office.get("/workspace"))["channels"])


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
