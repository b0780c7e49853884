"""Replicas behind nginx take in what the same tools send: one of them may die, and nothing is lost or told twice."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import func, select

from bot.alerts.rows import Alert, Signal
from bot.core.db import Database
from tests.acceptance.alerting import INTEGRATIONS, VARIABLES, trigger
from tests.acceptance.process import finished
from tests.acceptance.replicas import Replicas, replicas, until
from tests.databases import PostgresCluster

pytestmark = pytest.mark.timeout(300)  # quick where there is room; the many processes may have to wait for it

SENDERS = 12
PAYLOAD = {"summary": "Disk full", "source": "db1", "severity": "critical", "component": "checkout"}
ROUTES = [{"name": "all", "to": "incident", "severity": "SEV2", "group": {"by": ["service"], "within": "2h"}}]


@pytest.fixture
async def url(durable_cluster: PostgresCluster) -> AsyncIterator[str]:
    async with durable_cluster.one() as url:
        yield url


class Storm:
    """Tools that send one event after the other, each again until it is accepted, as real ones do."""

    def __init__(self, office: Replicas) -> None:
        self.accepted: set[str] = set()
        self.repeats = 0
        self._office = office
        self._over = asyncio.Event()

    async def run(self) -> None:
        numbers = itertools.count()
        async with aiohttp.ClientSession() as http:
            await asyncio.gather(*(self._sender(http, numbers) for _ in range(SENDERS)))

    def end(self) -> None:
        self._over.set()

    async def _sender(self, http: aiohttp.ClientSession, numbers: Iterator[int]) -> None:
        while not self._over.is_set():
            key = f"disk-{next(numbers)}"
            while not await self._accepted(http, key):
                self.repeats += 1
                await asyncio.sleep(0.05)
            self.accepted.add(key)

    async def _accepted(self, http: aiohttp.ClientSession, key: str) -> bool:
        try:
            async with http.post(
                f"{self._office.door}/v2/enqueue", json=trigger(key, payload=PAYLOAD)
            ) as answer:
                return answer.status == 202
        except (aiohttp.ClientError, OSError):
            return False


async def test_one_is_killed_while_all_take_in(url: str, tmp_path: Path) -> None:
    async with replicas(
        url, tmp_path, variables=VARIABLES, integrations=list(INTEGRATIONS), routes=ROUTES
    ) as office:
        storm = Storm(office)
        senders = asyncio.create_task(storm.run())
        await until(lambda: _at_least(storm, 60))
        await office.bots[0].kill()
        at_the_kill = len(storm.accepted)
        await until(lambda: _at_least(storm, at_the_kill + 60))
        storm.end()
        await senders
        database = Database(url)
        try:
            await until(lambda: _carried_out(database), within=150)
            await finished(database, within=90)
            async with database.read() as session:
                of_tools = select(Signal.event).where(Signal.integration == "events")
                stored = Counter(event["key"] for event in await session.scalars(of_tools))
                alerts = list(await session.scalars(select(Alert).where(Alert.integration == "events")))
        finally:
            await database.close()
        assert stored.keys() == storm.accepted, "what was answered 202 is there"
        # nginx asks the next replica when one dies with a request, and the dead one may have committed it.
        assert stored.total() - len(stored) <= SENDERS + storm.repeats
        assert Counter(one.key for one in alerts) == Counter(storm.accepted), "an alert of each, not two"
        assert sum(one.count for one in alerts) == stored.total()
        assert len({one.incident_id for one in alerts}) == 1, "all of them in one incident"
        assert {key: count for key, count in (await office.posted()).items() if count > 1} == {}
        for bot in office.bots:
            assert "Traceback" not in bot.said(), bot.said()


async def _at_least(storm: Storm, count: int) -> bool:
    return len(storm.accepted) >= count


async def _carried_out(database: Database) -> bool:
    async with database.read() as session:
        left = select(func.count()).where(Signal.due_at.is_not(None))
        return await session.scalar(left) == 0
