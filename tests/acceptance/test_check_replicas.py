"""Replicas share the checks: each run is of one of them, and those of one that was killed go on elsewhere."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from tests.acceptance.replicas import replicas, until
from tests.databases import PostgresCluster

pytestmark = pytest.mark.timeout(420)  # quick where there is room; the many processes may have to wait for it

CHECKS = 24
EVERY = 5.0
# A killed one's runs are due again when its lease ends, in the worst case; none of these begins a moment earlier.
AFTER_THE_LEASE = 180


class Runs:
    """A service that is probed, and when: in seconds, by check."""

    def __init__(self) -> None:
        self.at: dict[str, list[float]] = defaultdict(list)
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.at[request.match_info["check"]].append(time.monotonic())
        return web.Response(text="fine")

    async def each_ran(self, times: int, since: float = 0.0) -> bool:
        return len(self.at) == CHECKS and all(
            sum(at >= since for at in ran) >= times for ran in self.at.values()
        )

    def too_many(self) -> dict[str, list[float]]:
        """The checks that ran more often than their interval allows. One that was late may be followed at once."""
        return {name: ran for name, ran in self.at.items() if len(ran) > (ran[-1] - ran[0]) / EVERY + 2}


@asynccontextmanager
async def probed() -> AsyncIterator[Runs]:
    runs = Runs()
    site = web.Application()
    site.router.add_get("/{check}", runs.answer)
    runner = web.AppRunner(site, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    runs.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield runs
    finally:
        await runner.cleanup()


async def test_each_run_is_of_one_replica_and_a_killed_ones_go_on(
    postgres_cluster: PostgresCluster, tmp_path: Path
) -> None:
    async with probed() as runs, postgres_cluster.one() as url:
        checks = [
            {
                "name": f"c{number}",
                "service": "payments",
                "every": f"{EVERY:.0f}s",
                "timeout": "2s",
                "http": {"url": f"{runs.url}/c{number}"},
                "private_networks": ["127.0.0.0/8"],
            }
            for number in range(CHECKS)
        ]
        async with replicas(url, tmp_path, checks=checks, slos=[]) as office:
            await until(lambda: runs.each_ran(2), within=120)
            assert runs.too_many() == {}  # each by one of the three
            await office.bots[0].kill()
            killed_at = time.monotonic()
            await until(lambda: runs.each_ran(2, since=killed_at), within=AFTER_THE_LEASE)
            assert runs.too_many() == {}
            await asyncio.gather(*(bot.interrupt() for bot in office.bots[1:]))
            for bot in office.bots:
                assert "Traceback" not in bot.said()
