"""A 202 is a promise: whatever happens to the process, its disk and its database, what was accepted is there."""

import asyncio
import itertools
import os
import resource
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.acceptance.alerting import INTEGRATIONS, VARIABLES, signals, trigger, with_integrations
from tests.acceptance.office import open_office, write_config
from tests.acceptance.process import BotProcess, far_bot
from tests.acceptance.wire import wire_to
from tests.databases import PostgresCluster, SqliteFiles


@asynccontextmanager
async def monitored_bot(url: str, folder: Path) -> AsyncIterator[BotProcess]:
    """A bot with integrations, in a process of its own."""
    config = folder / "app.yaml"
    write_config(config, integrations=list(INTEGRATIONS))
    env = {"TOCSIN_CONFIG": str(config), "TOCSIN_DATABASE_URL": url, "TOCSIN_LOG_LEVEL": "warning"}
    async with far_bot(folder, **env, **VARIABLES) as (_, bot):
        yield bot


async def storm(bot: BotProcess, accepted: set[str], numbers: Iterator[int]) -> None:
    """Twenty who send one event after the other, until the connection breaks; notes what was accepted."""

    async def sender(http: aiohttp.ClientSession) -> None:
        while True:
            key = f"disk-{next(numbers)}"
            try:
                async with http.post(f"{bot.url}/v2/enqueue", json=trigger(key)) as answer:
                    if answer.status == 202:
                        accepted.add(key)
            except (aiohttp.ClientError, OSError):
                return

    async with aiohttp.ClientSession() as http:
        await asyncio.gather(*(sender(http) for _ in range(20)))


async def test_killed_at_any_moment_what_was_accepted_is_there(durable_url: str, tmp_path: Path) -> None:
    accepted: set[str] = set()
    numbers = itertools.count()
    async with monitored_bot(durable_url, tmp_path) as bot:
        for life in range(3):
            if life:
                await bot.start()
                await bot.is_up()
            before = len(accepted)
            senders = asyncio.create_task(storm(bot, accepted, numbers))
            async with asyncio.timeout(60):
                while len(accepted) < before + 100 + 37 * life:  # noqa: ASYNC110 - nobody is told
                    await asyncio.sleep(0.002)
            await bot.kill()
            await senders
    assert len(accepted) > 300
    stored = [key for _, _, key in await signals(durable_url)]
    assert accepted <= set(stored)
    assert len(stored) == len(set(stored)), "nothing was stored twice"


async def test_a_full_disk_is_told_and_gets_over(sqlite_files: SqliteFiles, tmp_path: Path) -> None:
    async with (
        sqlite_files.one() as url,
        monitored_bot(url, tmp_path) as bot,
        aiohttp.ClientSession() as http,
    ):

        async def sends(key: str) -> tuple[int, str, str]:
            async with http.post(f"{bot.url}/v2/enqueue", json=trigger(key)) as answer:
                said = await answer.json()
                return answer.status, str(said.get("errors")), answer.headers.get("Retry-After", "")

        assert (await sends("before"))[0] == 202
        most = os.stat(url.removeprefix("sqlite:///") + "-wal").st_size
        resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
        for status, errors, retry_after in await asyncio.gather(*(sends(f"full-{n}") for n in range(20))):
            assert (status, retry_after) == (503, "2")
            assert "disk" in errors
            assert "send it again" in errors
        forever = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, forever)
        assert (await sends("after"))[0] == 202
        assert [key for _, _, key in await signals(url)] == ["before", "after"]
        assert "alerts cannot be taken in" in bot.said()
        assert "Traceback" not in bot.said()


async def test_a_database_that_is_gone_for_a_while(postgres_cluster: PostgresCluster, secrets: None) -> None:
    async with (
        postgres_cluster.one() as url,
        open_office(url, change=with_integrations) as office,
    ):

        async def sends(key: str) -> int:
            async with office.http.post(f"{office.bot_url}/v2/enqueue", json=trigger(key)) as answer:
                assert answer.status == 202 or answer.headers["Retry-After"]
                return answer.status

        assert await sends("before") == 202
        await postgres_cluster.halt()
        try:
            assert set(await asyncio.gather(*(sends(f"gone-{n}") for n in range(10)))) == {503}
        finally:
            await postgres_cluster.resume()
        async with asyncio.timeout(60):
            while await sends("after") != 202:  # noqa: ASYNC110 - as its sender would
                await asyncio.sleep(0.1)
        assert [key for _, _, key in await signals(url)] == ["before", "after"]


async def test_a_database_that_hangs_keeps_nobody_waiting_for_long(
    postgres_cluster: PostgresCluster, secrets: None
) -> None:
    async with (
        postgres_cluster.one() as url,
        wire_to(url) as (wire, far),
        open_office(far.replace("postgresql:", "postgresql+asyncpg:"), change=with_integrations) as office,
    ):

        async def sends(key: str) -> int:
            async with office.http.post(f"{office.bot_url}/v2/enqueue", json=trigger(key)) as answer:
                return answer.status

        assert await sends("before") == 202
        wire.swallow()
        began = time.monotonic()
        assert set(await asyncio.gather(*(sends(f"hung-{n}") for n in range(5)))) == {503}
        assert time.monotonic() - began < 8
        wire.pass_on()
        async with asyncio.timeout(60):
            while await sends("after") != 202:  # noqa: ASYNC110 - as its sender would
                await asyncio.sleep(0.1)
        assert {"before", "after"} <= {key for _, _, key in await signals(url)}
