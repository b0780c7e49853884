"""What one person is told, and what is read of Slack, while Slack fails and while the bot is killed: each is done once."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select

from bot.administration.configuration import refuse
from bot.config import Config, load
from bot.config.sections.permissions import Permissions
from bot.core.standing import EDITED
from bot.core.user_groups import UserGroup
from tests.acceptance.changes import impatient
from tests.acceptance.faults import ways
from tests.acceptance.office import Office, Person, open_office, said, write_config
from tests.acceptance.process import FarOffice, all_done, far_bot, restarted
from tests.databases import PostgresCluster, SqliteFiles

WAYS = ways(hang=2)
PERMISSIONS = {"close": "group:@sre", "configuration": "person:ada"}
# Whom a direct message goes to tells them apart.
CALLS = {
    "task": ("chat.postMessage", {"channel": "U01DEV"}),
    "handover": ("chat.postMessage", {"channel": "U01EVE"}),
    "notice": ("chat.postMessage", {"channel": "U01ADA"}),
    "group": ("usergroups.list", {}),
    "edited message": ("conversations.history", {"limit": 1}),
}
EVERY = [(call, way) for call in CALLS for way in WAYS]
# On Postgres each fails in two of the ways, and each way comes once at least.
SPREAD = [(call, list(WAYS)[(n * 2 + k) % len(WAYS)]) for n, call in enumerate(CALLS) for k in (0, 1)]


@pytest.fixture
async def office(request: pytest.FixtureRequest, sqlite_files: SqliteFiles) -> AsyncIterator[Office]:
    async with sqlite_files.one() as url, staffed(url, request.node.callspec.params["way"]) as office:
        yield office


@pytest.fixture
async def on_postgres(
    request: pytest.FixtureRequest, postgres_cluster: PostgresCluster
) -> AsyncIterator[Office]:
    async with postgres_cluster.one() as url, staffed(url, request.node.callspec.params["way"]) as office:
        yield office


@asynccontextmanager
async def staffed(url: str, way: str) -> AsyncIterator[Office]:
    """With a user group that may close, and an administrator."""

    def change(config: Config) -> Config:
        config = config.model_copy(update={"permissions": Permissions.model_validate(PERMISSIONS)})
        return impatient(config) if "hang" in way else config

    async with open_office(url, change=change, start=False) as office:
        await office.post("/workspace/usergroups", {"handle": "sre", "name": "sre", "users": [office.bo.id]})
        await office.start_bot()
        await office.settled()
        yield office


async def told(person: Person, words: str) -> int:
    return sum(words in said(message) for message in await person.direct_messages())


@pytest.mark.parametrize(("call", "way"), EVERY)
async def test_a_call_that_fails_holds_up_nothing_and_is_mended(office: Office, call: str, way: str) -> None:
    await told_once_while(office, call, way)


@pytest.mark.parametrize(("call", "way"), SPREAD)
async def test_the_same_on_postgres(on_postgres: Office, call: str, way: str) -> None:
    await told_once_while(on_postgres, call, way)


async def told_once_while(office: Office, call: str, way: str) -> None:
    """One of these calls fails in one of the ways; the others go on, and in the end each has done its work once."""
    await office.ada.types("/incident declare sev4 The birds are out")
    channel = await office.incident_channel()
    await office.ada.types("/incident lead", channel)
    ts = await office.ada.types("I saw thre of them", channel)
    await office.ada.reacts("pushpin", channel, ts)
    async with office.app.bot.db.read() as session:
        group = str(await session.scalar(select(UserGroup.group_id)))
    method, match = CALLS[call]
    await office.fault(method, match=match, **WAYS[way])

    await office.ada.types(f"/incident task {office.dev.mention} Count the birds", channel)
    await office.ada.types(f"/incident handover {office.eve.mention} Mind the smallest", channel)
    await office.ada.edits(channel, ts, "I saw three of them")
    await others_are_in(office, group, office.cleo)
    async with office.app.bot.db.begin() as session:
        now, problems = office.clock.now(), ["app.yaml:1: birds are no key"]
        await refuse(session, problems, config=office.config, place="here", now=now)
    await office.passes(seconds=4)
    await office.passes(seconds=100)
    assert "update is on its way" in await office.ada.types("/incident update We count", channel)

    await office.no_faults()
    for _ in range(3):
        await office.passes(minutes=7)
    assert await told(office.dev, "Count the birds") == 1
    assert await told(office.eve, "Mind the smallest") == 1
    assert await told(office.ada, "birds are no key") == 1
    entries = await office.timeline()
    (message,) = [entry for entry in entries if entry["kind"] == "message"]
    assert "three" in message["data"]["text"]
    assert sum(entry["kind"] == EDITED for entry in entries) == 1
    await office.passes(hours=1)
    async with office.app.bot.db.read() as session:
        (known,) = await session.scalars(select(UserGroup))
    assert known.users == [office.cleo.id]
    failed = Counter(entry["data"]["what"] for entry in entries if entry["kind"] == "failed")
    assert failed == Counter(entry["data"]["what"] for entry in entries if entry["kind"] == "mended")
    assert all(times == 1 for times in failed.values())


async def others_are_in(office: Office, group: str, *people: Person) -> None:
    """Somebody changes the group in Slack."""
    changed = {"usergroup": group, "users": ",".join(one.id for one in people)}
    headers = {"Authorization": "Bearer xoxb-playground"}
    url = f"{office.playground.url}/api/usergroups.users.update"
    async with office.http.post(url, data=changed, headers=headers) as response:
        assert (await response.json())["ok"]
    await office.settled()


async def test_killed_at_any_moment_each_is_told_once(durable_url: str, tmp_path: Path) -> None:
    """Before the call, between the call and its commit, and after."""
    chance = random.Random(11)
    config = tmp_path / "app.yaml"
    # Both calls hang at the same moment, also where a command takes seconds.
    lease = {"read_members": False, "slack_timeout": "25s", "lease": "26s"}
    write_config(config, delivery=lease)
    env = {
        "TOCSIN_CONFIG": str(config),
        "TOCSIN_DATABASE_URL": durable_url,
        "TOCSIN_LOG_LEVEL": "warning",
    }
    async with far_bot(tmp_path, **env) as (playground, bot), aiohttp.ClientSession() as http:
        office = FarOffice(playground, http, durable_url, load(config))
        await office.ada.types("/incident declare sev4 The birds are out", settle=False)
        await office.ada.types("/incident lead 1", settle=False)
        for number in range(4):
            await office.ada.types(f"/incident task 1 {office.dev.mention} Cage {number}", settle=False)
            await asyncio.sleep(chance.uniform(0, 0.3))
            await bot.kill()
            await restarted(bot)
        # Both arrived, and nobody has written down that they did.
        for person in (office.dev, office.eve):
            await office.fault("chat.postMessage", "hang_after", match={"channel": person.id}, times=1)
        await office.ada.types(f"/incident task 1 {office.dev.mention} Cage 4", settle=False)
        await office.ada.types(f"/incident handover 1 {office.eve.mention} Mind the smallest", settle=False)
        async with asyncio.timeout(60):
            while sum(bool(fault.waiting) for fault in playground.faults) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await bot.kill()
        await office.no_faults()
        await restarted(bot)
        await all_done(durable_url)
        for number in range(5):
            assert await told(office.dev, f"Cage {number}") == 1, number
        assert await told(office.eve, "Mind the smallest") == 1
        assert "Traceback" not in bot.said()
