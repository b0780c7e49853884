"""Several replicas with the same checks: each run is of one of them, and those of a dead one are taken over."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.checks import course, probes
from bot.checks.course import Run
from bot.checks.evaluation import Seen
from bot.checks.probes.reach import Surroundings
from bot.checks.rows import CheckResult, CheckState
from bot.config import Config
from bot.config.sections.checks import Check
from bot.core.clock import MovableClock
from bot.core.db import Database
from bot.steps.checks import LEASE, Checks

COUNT = 40
CONFIG = Config.model_validate(
    {
        "organization": "Acme",
        "checks": [{"name": f"c{n}", "every": "1m", "command": {"argv": ["true"]}} for n in range(COUNT)],
    }
)


class Replicas:
    """Some steps on one database, and how often each check was probed. While `held` is set, probes wait."""

    def __init__(self, url: str) -> None:
        self.clock = MovableClock()
        self.db = Database(url)
        self.probed: Counter[str] = Counter()
        self.held: asyncio.Event | None = None

    def one(self, worker: str) -> Checks:
        return Checks(config=CONFIG, db=self.db, clock=self.clock, folder=Path(), secrets={}, worker=worker)

    async def probe(self, check: Check, _around: Surroundings) -> Seen:
        self.probed[check.name] += 1
        if self.held is not None:
            await self.held.wait()
        return Seen(True, "status 0", "status 0")

    async def results(self) -> int:
        async with self.db.read() as session:
            return await session.scalar(select(func.count()).select_from(CheckResult)) or 0

    async def claimed_by(self, worker: str) -> int:
        async with self.db.read() as session:
            of = select(func.count()).select_from(CheckState).where(CheckState.claimed_by == worker)
            return await session.scalar(of) or 0


@pytest.fixture
async def replicas(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Replicas]:
    replicas = Replicas(database_url)
    monkeypatch.setattr(probes, "run", replicas.probe)
    async with replicas.db.begin() as session:
        await course.expect_checks(session, CONFIG, now=replicas.clock.now())
    yield replicas
    await replicas.db.close()


async def done(*steps: Checks) -> None:
    async with asyncio.timeout(60):
        while any(step.is_busy for step in steps):  # noqa: ASYNC110 - a step has no event for it
            await asyncio.sleep(0.01)


async def test_each_run_is_of_one_of_them(replicas: Replicas) -> None:
    first, second = replicas.one("first"), replicas.one("second")
    for minute in (1, 2, 3):
        replicas.clock.advance(minutes=1, seconds=1)
        await asyncio.gather(first.run(), second.run(), first.run(), second.run())
        await done(first, second)
        assert set(replicas.probed.values()) == {minute}, replicas.probed
    assert len(replicas.probed) == COUNT
    assert await replicas.results() == 3 * COUNT
    await first.stop()
    await second.stop()


async def test_what_a_dead_one_had_is_taken_over_when_its_lease_ends(replicas: Replicas) -> None:
    dead, other = replicas.one("dead"), replicas.one("other")
    replicas.held = asyncio.Event()
    replicas.clock.advance(minutes=1, seconds=1)
    await dead.run()
    async with asyncio.timeout(60):
        while len(replicas.probed) < COUNT:  # noqa: ASYNC110 - a probe has no event for it
            await asyncio.sleep(0.01)
    await dead.stop()  # it writes nothing
    replicas.held = None
    await other.run()
    await done(other)
    assert await replicas.claimed_by("dead") == COUNT
    assert await replicas.results() == 0  # nobody takes what another one may still run
    replicas.clock.advance(seconds=(LEASE + timedelta(seconds=15)).total_seconds())
    await other.run()
    await done(other)
    assert set(replicas.probed.values()) == {2}
    assert await replicas.results() == COUNT
    assert await replicas.claimed_by("dead") == 0
    await other.stop()


async def test_a_run_that_cannot_be_written_takes_no_other_with_it(
    replicas: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = course.write

    async def stumbles(session: AsyncSession, runs: Sequence[Run], *rest: Any, **more: Any) -> None:
        if any(run.claimed.name == "c7" for run in runs):
            raise ValueError("a fault of ours")
        await write(session, runs, *rest, **more)

    monkeypatch.setattr(course, "write", stumbles)
    step = replicas.one("first")
    replicas.clock.advance(minutes=1, seconds=1)
    await step.run()
    await done(step)
    assert await replicas.results() == COUNT - 1
    assert await replicas.claimed_by("first") == 1  # until its lease ends
    await step.stop()


async def test_what_one_found_too_late_is_dropped(replicas: Replicas) -> None:
    """Its lease ended and another one has run the check since: what that one found counts."""
    slow, other = replicas.one("slow"), replicas.one("other")
    slow_may_end = replicas.held = asyncio.Event()
    replicas.clock.advance(minutes=1, seconds=1)
    await slow.run()
    async with asyncio.timeout(60):
        while len(replicas.probed) < COUNT:  # noqa: ASYNC110 - a probe has no event for it
            await asyncio.sleep(0.01)
    replicas.held = None
    replicas.clock.advance(seconds=(LEASE + timedelta(seconds=15)).total_seconds())
    await other.run()
    await done(other)
    slow_may_end.set()
    await done(slow)
    assert await replicas.results() == COUNT
    await slow.stop()
    await other.stop()
