"""`make bench`: declares against a bare Bolt, the kit against an instant Slack, start and memory, pages, alerts, a storm of them, who is on call, digests."""

import asyncio
import os
import platform
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import yaml

from bench import alerts, digests, oncall, paging, peers, storm, timers
from bench.load import Connection, Outcome, closed_loop, declare_request, open_loop
from bench.processes import HOST, ROOT, bare, free_port, memory_mb, playground, slow_fsync, tocsin
from tests.databases import PostgresCluster

CLIENTS = 32
KITS = 40
# The data set of its own run, with five times as many, takes ten minutes to make.
DIGESTED = 20_000
# What must have arrived for a declare without a service: two messages, and what hangs on the channel's walls.
MESSAGES = 2


@dataclass
class Row:
    """The figures of one store."""

    store: str
    steady: Outcome
    full: Outcome
    messages_ms: list[float]
    ready_s: float
    memory_mb: float


async def measure(store: str, database: str, env: dict[str, str]) -> Row:
    """All figures of one store, each after a warm-up."""
    port = free_port()
    with sample() as config:
        async with playground(port) as slack, tocsin(port, slack, database, env | config) as (pid, ready):
            return await figures(store, port, slack, pid, ready)


@contextmanager
def sample() -> Iterator[dict[str, str]]:
    """The sample's environment, but for an instant Slack: one that has limits takes a kit every four seconds."""
    written = yaml.safe_load((ROOT / "app.yaml").read_text())
    written["delivery"]["paced"] = False
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        file = Path(folder) / "app.yaml"
        file.write_text(yaml.safe_dump(written))
        yield {"TOCSIN_CONFIG": str(file)}


async def figures(store: str, port: int, slack: str, pid: int, ready: float) -> Row:
    await asyncio.sleep(2)
    memory = memory_mb(pid)
    messages = await kits(port, slack)
    steady = await open_loop(HOST, port, rate=50, seconds=8)
    full = await closed_loop(HOST, port, clients=CLIENTS, seconds=6)
    return Row(store, steady, full, messages, ready, memory)


async def kits(port: int, slack: str) -> list[float]:
    """Declares one after the other; milliseconds from the request until the last message of its kit arrived."""
    found = []
    connection = Connection(HOST, port)
    async with aiohttp.ClientSession() as http:
        for number in range(KITS + 5):
            since = (await _calls(http, slack, 0, limit_to="none"))["total"]
            start = time.time()
            await connection.send(declare_request(HOST))
            while True:
                calls = (await _calls(http, slack, since))["calls"]
                posted = [call["at"] for call in calls if call["method"] == "chat.postMessage"]
                if len(posted) >= MESSAGES and any(call["method"] == "pins.add" for call in calls):
                    break
                if time.time() - start > 10:
                    raise RuntimeError(
                        f"the kit is not complete after 10 s: {[call['method'] for call in calls]}"
                    )
                await asyncio.sleep(0.05)
            if number >= 5:
                found.append((posted[MESSAGES - 1] - start) * 1000)
    connection.close()
    return found


async def _calls(
    http: aiohttp.ClientSession, slack: str, since: int, limit_to: str = ""
) -> dict[str, object]:
    query = {"since": str(since)} | ({"method": limit_to} if limit_to else {})
    async with http.get(f"{slack}/calls", params=query) as response:
        return await response.json()  # type: ignore[no-any-return]


@asynccontextmanager
async def stores() -> AsyncIterator[list[tuple[str, str, dict[str, str]]]]:
    """SQLite and Postgres, each with the disk as it is and with an fsync of 2 ms."""
    slow = slow_fsync()
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        quick_postgres = PostgresCluster(durable=True)
        clusters = [quick_postgres]
        async with quick_postgres.one() as url:
            found = [("SQLite", f"sqlite:///{Path(folder)}/quick.sqlite3", {}), ("Postgres", url, {})]
            if slow is None:
                print("no C compiler: the figures with a slow fsync are left out")
                yield found
            else:
                found.append(("SQLite, fsync 2 ms", f"sqlite:///{Path(folder)}/slow.sqlite3", slow))
                os.environ.update(slow)
                slow_postgres = PostgresCluster(durable=True)
                clusters.append(slow_postgres)
                async with slow_postgres.one() as slow_url:
                    for name in slow:
                        del os.environ[name]
                    found.append(("Postgres, fsync 2 ms", slow_url, {}))
                    yield found
        for cluster in clusters:
            cluster.stop()


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def table(rows: list[Row], baseline: Outcome, steady_baseline: Outcome) -> str:
    """All figures side by side, ratios to bare Bolt in the same run."""
    lines = [
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {CLIENTS} clients at full load",
        "",
        "| store | 50/s: p50 / p99 ms | full load: declares/s | of bare Bolt | last message of the kit p50 ms | ready s | idle MB |",
        "|---|---|---|---|---|---|---|",
        f"| bare Bolt, acks only | {steady_baseline.percentile(0.5):.1f} / {steady_baseline.percentile(0.99):.1f} | {baseline.rate:,.0f} | 1 | | | |",
    ]
    for row in rows:
        failures = row.steady.failures + row.full.failures
        lines.append(
            f"| {row.store} | {row.steady.percentile(0.5):.1f} / {row.steady.percentile(0.99):.1f} | {row.full.rate:,.0f} "
            f"| {row.full.rate / baseline.rate:.3f} | {median(row.messages_ms):.1f} | {row.ready_s:.2f} | {row.memory_mb:.0f} |"
            + (f" {failures} FAILED" if failures else "")
        )
    return "\n".join(lines)


async def main() -> None:
    async with bare() as port:
        await closed_loop(HOST, port, clients=8, seconds=1)
        steady_baseline = await open_loop(HOST, port, rate=50, seconds=4)
        baseline = await closed_loop(HOST, port, clients=CLIENTS, seconds=4)
    rows = []
    async with stores() as found:
        for store, database, env in found:
            rows.append(await measure(store, database, env))
    print(table(rows, baseline, steady_baseline), end="\n\n")
    for part in (paging, timers, alerts, storm, peers):
        await part.main()
        print()
    print(oncall.table(), end="\n\n")
    await digests.main(DIGESTED)


if __name__ == "__main__":
    asyncio.run(main())
