"""`python -m bench.missed [messages]`: what came while the bot was away is read back, against Slack's rate limits.

Messages in five open incidents, every hundredth of them marked with 📌. Meanwhile incidents are declared that page somebody:
how long that takes, beside the same while nothing is read back.
"""

import asyncio
import itertools
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import func, select

from bench.load import Connection, Outcome, declare_request
from bench.paging import COMPANY, calls, declares
from bench.processes import HOST, free_port, playground, tocsin
from bot.core.db import Database
from bot.core.outbox import OutboxItem
from bot.core.timeline import TimelineEntry
from tests.databases import PostgresCluster

MESSAGES, INCIDENTS, EACH_MARKED = 10_000, 5, 100
DECLARES, EVERY = 10, 5.0  # seconds from one declare to the next: each makes a channel
WITHIN = 1800
READS = ("timeline.missed", "timeline.keep", "timeline.reread")


@dataclass
class Row:
    store: str
    seconds: float  # from the start until all was read and kept
    kept: int
    limited: int
    quiet: Outcome
    meanwhile: Outcome


@asynccontextmanager
async def company() -> AsyncIterator[dict[str, str]]:
    """The one of bench.paging, whose SEV2 pages nobody, and whose Slack has limits."""
    written = COMPANY.replace(", page: within 3s", "").replace("delivery: {paced: false}", "")
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        file = Path(folder) / "app.yaml"
        file.write_text(written)
        yield {"TOCSIN_CONFIG": str(file)}


async def measure(store: str, database: str, count: int) -> Row:
    port = free_port()
    async with (
        company() as config,
        playground(port, "--rate-limits") as slack,
        aiohttp.ClientSession() as http,
    ):
        async with tocsin(port, slack, database, config):
            await asyncio.sleep(2)
            quiet = await declares(http, slack, port, DECLARES, EVERY)
            channels = await incidents(http, slack, port)
        await go_on(http, slack, channels, count)
        before = int(str((await calls(http, slack, 0, "none"))["total"]))
        began = time.time()
        async with tocsin(port, slack, database, config):
            reading = asyncio.create_task(read_back(database))
            await asyncio.sleep(2)
            meanwhile = await declares(http, slack, port, DECLARES, EVERY)
            if reading.done():
                raise RuntimeError("it was all read before the last page: take more messages")
            seconds = await reading - began
        limited = await told_to_wait(http, slack, before)
    return Row(store, seconds, await kept(database), limited, quiet, meanwhile)


async def incidents(http: aiohttp.ClientSession, slack: str, port: int) -> list[str]:
    """Declares those that are to be read back; their channels, once the declarer is in them."""
    connection = Connection(HOST, port)
    known = {channel["id"] for channel in await _channels(http, slack)}
    for _ in range(INCIDENTS):
        await connection.send(declare_request(HOST))
    connection.close()
    async with asyncio.timeout(120):
        while True:
            made = [channel for channel in await _channels(http, slack) if channel["id"] not in known]
            if sum("U01ADA" in channel["members"] for channel in made) >= INCIDENTS:
                return [channel["id"] for channel in made]
            await asyncio.sleep(0.5)


async def _channels(http: aiohttp.ClientSession, slack: str) -> list[dict[str, Any]]:
    async with http.get(f"{slack}/workspace") as response:
        return (await response.json())["channels"]  # type: ignore[no-any-return]


async def go_on(http: aiohttp.ClientSession, slack: str, channels: list[str], count: int) -> None:
    """People write and mark, and no event of it arrives anywhere."""

    async def act(act: str, **body: str) -> dict[str, str]:
        async with http.post(f"{slack}/people/U01ADA/{act}", json=body) as response:
            return await response.json()  # type: ignore[no-any-return]

    async with http.post(f"{slack}/faults", json={"on": "*", "kind": "event_lost"}):
        pass
    numbers = itertools.count()

    async def write() -> None:
        while (number := next(numbers)) < count:
            channel = channels[number % len(channels)]
            sent = await act("message", channel=channel, text=f"Message {number}")
            if number % EACH_MARKED == 0:
                await act("react", channel=channel, ts=sent["ts"], name="pushpin")

    await asyncio.gather(*(write() for _ in range(8)))
    async with http.delete(f"{slack}/faults"):
        pass


async def read_back(database: str) -> float:
    """Waits until nothing of it is left to be read; the moment."""
    db = Database(database)
    left = select(func.count()).where(OutboxItem.kind.in_(READS), OutboxItem.due_at.is_not(None))
    begun = select(func.count()).where(OutboxItem.kind == READS[0])
    try:
        async with asyncio.timeout(WITHIN):
            while True:
                async with db.read() as session:
                    if await session.scalar(begun) and not await session.scalar(left):
                        return time.time()
                await asyncio.sleep(0.5)
    finally:
        await db.close()


async def told_to_wait(http: aiohttp.ClientSession, slack: str, since: int) -> int:
    """How many calls Slack refused for their number."""
    async with http.get(f"{slack}/calls", params={"since": str(since)}) as response:
        return sum(call["status"] == 429 for call in (await response.json())["calls"])


async def kept(database: str) -> int:
    db = Database(database)
    try:
        async with db.read() as session:
            found = select(func.count()).where(TimelineEntry.kind == "message")
            return await session.scalar(found) or 0
    finally:
        await db.close()


def table(rows: list[Row], count: int) -> str:
    lines = [
        f"{count:,} messages in {INCIDENTS} open incidents while the bot was away, {count // EACH_MARKED} of them marked; "
        f"Slack's rate limits on; {DECLARES} declares that page, one each {EVERY:.0f} s; {os.cpu_count()} cores",
        "",
        "| store | read and kept after s | kept | calls answered 429 | declare to page before: p50 / most ms | while it reads back: p50 / most ms |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        a, b = row.quiet, row.meanwhile
        lost = f" {a.failures + b.failures} PAGES FAILED" if a.failures + b.failures else ""
        lines.append(
            f"| {row.store} | {row.seconds:.0f} | {row.kept} of {count // EACH_MARKED} | {row.limited} "
            f"| {a.percentile(0.5):.1f} / {max(a.latencies):.1f} | {b.percentile(0.5):.1f} / {max(b.latencies):.1f} |{lost}"
        )
    return "\n".join(lines)


async def main(count: int = MESSAGES) -> None:
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        rows = [await measure("SQLite", f"sqlite:///{folder}/missed.sqlite3", count)]
    cluster = PostgresCluster(durable=True)
    try:
        async with cluster.one() as url:
            rows.append(await measure("Postgres", url, count))
    finally:
        cluster.stop()
    print(table(rows, count))


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:2])))
