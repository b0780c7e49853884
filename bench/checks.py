"""`python -m bench.checks`: how punctual 5,000 checks a minute are, on one core, in one process.

Each asks a server over HTTP that answers at once, a process of its own. Drift is from the moment when a run is due until
its probe begins. The tick, the claims, the probes and the writes are those of the bot.
"""

import argparse
import asyncio
import os
import resource
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy import select

from bot.checks.course import next_run
from bot.checks.rows import CheckResult
from bot.config import Config
from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.engine import Engine, Step
from bot.migrate import migrate
from bot.steps.checks import Checks

CHECKS = 5000
EVERY = 60


def serve(port_file: str) -> None:
    """The server that is asked."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def run() -> None:
        site = web.Application()
        site.router.add_get("/", answer)
        runner = web.AppRunner(site, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=4096).start()
        Path(port_file).write_text(str(runner.addresses[0][1]))
        await asyncio.sleep(3600)

    asyncio.run(run())


async def measure(url: str, database: str, checks: int, seconds: int) -> dict[str, Any]:
    """The figures of one run, after a warm-up of a fifth of it."""
    await migrate(database)
    config = Config.model_validate(
        {
            "organization": "Acme",
            "checks": [
                {"name": f"c{n}", "every": f"{EVERY}s", "http": {"url": url, "contains": ["ok"]}}
                for n in range(checks)
            ],
        }
    )
    db, clock = Database(database), Clock()
    step = Checks(config=config, db=db, clock=clock, folder=Path("."), secrets={}, worker="bench")
    engine = Engine(clock, [Step("checks", step.run), Step("old results", step.thin)])
    db.on_work = engine.wake
    engine.start()
    await asyncio.sleep(seconds / 5)
    since, began = clock.now(), time.monotonic()
    used = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    await asyncio.sleep(seconds)
    took, until = time.monotonic() - began, clock.now()
    cpu = resource.getrusage(resource.RUSAGE_SELF).ru_utime - used
    await engine.stop(timedelta(seconds=2))
    await step.stop()
    drift = await drifts(db, since, until)
    await db.close()
    return {
        "runs a second": len(drift) / took,
        "drift p50 ms": drift[len(drift) // 2] * 1000,
        "drift p99 ms": drift[len(drift) * 99 // 100] * 1000,
        "drift max ms": drift[-1] * 1000,
        "cpu of a core": cpu / took,
    }


async def drifts(db: Database, since: datetime, until: datetime) -> list[float]:
    """By how many seconds each run of this time began too late, the least first."""
    every = timedelta(seconds=EVERY)
    async with db.read() as session:
        runs = await session.execute(
            select(CheckResult.name, CheckResult.at).where(CheckResult.at.between(since, until))
        )
    # None begins before its moment. (One that is a whole minute late would count as the next, which is missing then.)
    return sorted((at - next_run(name, every, after=at - every)).total_seconds() for name, at in runs)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--checks", type=int, default=CHECKS)
    parser.add_argument("--seconds", type=int, default=90)
    parser.add_argument("--database", help="Default: a SQLite file of its own.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "port"
        child = os.fork()
        if child == 0:
            serve(str(place))
            sys.exit(0)
        try:
            while not place.exists() or not place.read_text():
                time.sleep(0.05)
            if hasattr(os, "sched_setaffinity"):
                os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
            url = f"http://127.0.0.1:{place.read_text()}/"
            database = given.database or f"sqlite:///{folder}/bench.sqlite3"
            figures = asyncio.run(measure(url, database, given.checks, given.seconds))
        finally:
            os.kill(child, 9)
            os.waitpid(child, 0)
    print(f"{given.checks} checks every {EVERY} s, one core, {'Postgres' if given.database else 'SQLite'}")
    for name, value in figures.items():
        print(f"{name:<16} {value:.2f}")


if __name__ == "__main__":
    main()
