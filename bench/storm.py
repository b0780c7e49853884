"""`python -m bench.storm`: 10,000 alerts in 60 s over 50 services, five of them truly critical, against Slack's rate limits.

Nobody wrote routes: what is critical becomes an incident, all else a message for each service. A shorter storm of the
same density: `python -m bench.storm SECONDS`.
"""

import asyncio
import json
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from sqlalchemy import func, select

from bench.alerts import KEY, monitored
from bench.processes import HOST, free_port, playground, tocsin
from bot.alerts.rows import Alert, Signal
from bot.core.db import Database
from tests.databases import PostgresCluster

SECONDS = 60
A_SECOND = 10_000 / 60
SERVICES, TRUE = 50, 5
# Also the last message is up to date by then: the rarest are edited every 30 seconds.
SETTLES_WITHIN = 45
_TRUE = re.compile(r"Service (\d+) is down")


@dataclass
class Row:
    """What became of one storm."""

    store: str
    refused: int  # answers that were not 202
    stored: int  # alerts, of as many as there were
    count: int
    lag: float  # seconds from the last answer until its signal was carried out
    pages: list[float]  # seconds from sending to the page, for those that arrived
    channels: int
    calls: int  # in the first minute, those that Slack refused for their number among them
    in_all: int  # until everything was told
    limited: int


def body(number: int, of: int) -> tuple[bytes, int | None]:
    """The alert of this number, and which of the true ones it is. Another one each, spread over the services."""
    true = number * TRUE // of if number % (of // TRUE) == of // TRUE // 2 else None
    summary = f"Service {true} is down" if true is not None else f"Host {number} is slow"
    payload = {
        "summary": summary,
        "source": f"host-{number}",
        "severity": "critical" if true is not None else ("warning", "error")[number % 2],
        "custom_details": {
            "service": f"s{true if true is not None else number % SERVICES}",
            "instance": f"{number}",
            "firing": "Labels:\n - alertname = HighLatency\n",
        },
    }
    event = {
        "routing_key": KEY,
        "event_action": "trigger",
        "dedup_key": f"storm-{number}",
        "payload": payload,
    }
    return json.dumps(event).encode(), true


@asynccontextmanager
async def company() -> AsyncIterator[dict[str, str]]:
    """The company of the other benchmarks, with many services."""
    async with monitored() as given:
        written = yaml.safe_load(Path(given["TOCSIN_CONFIG"]).read_text())
        del written["delivery"]  # here Slack has limits
        written["services"] = [{"name": f"s{n}", "owner": "Bench"} for n in range(SERVICES)]
        with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
            file = Path(folder) / "app.yaml"
            file.write_text(yaml.safe_dump(written))
            yield given | {"TOCSIN_CONFIG": str(file)}


async def measure(store: str, database: str, seconds: int) -> Row:
    port, count = free_port(), int(A_SECOND * seconds)
    async with (
        company() as config,
        playground(port, "--rate-limits") as slack,
        tocsin(port, slack, database, config),
        aiohttp.ClientSession() as http,
    ):
        await asyncio.sleep(2)
        since = (await _calls(http, slack, 0, "none"))["total"]
        began = time.time()
        sent, refused = await blows(http, port, count)
        ended = time.time()
        stored = await carried_out(database)
        lag = time.time() - ended
        await asyncio.sleep(max(0.0, began + seconds + SETTLES_WITHIN - time.time()))
        calls = (await _calls(http, slack, since))["calls"]
    arrived: dict[int, float] = {}
    for call in calls:
        told = _TRUE.search(str(call["args"].get("text")))
        to_person = str(call["args"].get("channel", "")).startswith("U")
        if told is not None and to_person and call["method"] == "chat.postMessage" and call["status"] == 200:
            arrived.setdefault(int(told[1]), call["at"])
    channels = [call for call in calls if call["method"] == "conversations.create" and call["status"] == 200]
    return Row(
        store,
        refused,
        stored,
        count,
        lag,
        [at - sent[number] for number, at in arrived.items()],
        len(channels),
        sum(call["at"] < began + 60 for call in calls),
        len(calls),
        sum(call["status"] == 429 for call in calls),
    )


async def blows(http: aiohttp.ClientSession, port: int, count: int) -> tuple[dict[int, float], int]:
    """Sends all at their pace, whatever the answers do; when the true ones left, and how many were refused."""
    sent: dict[int, float] = {}
    refused = 0

    async def send(number: int) -> None:
        nonlocal refused
        said, true = body(number, count)
        if true is not None:
            sent[true] = time.time()
        async with http.post(f"http://{HOST}:{port}/v2/enqueue", data=said) as answer:
            refused += answer.status != 202

    start, under_way = time.perf_counter(), []
    for number in range(count):
        wait = start + number / A_SECOND - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        under_way.append(asyncio.create_task(send(number)))
    await asyncio.gather(*under_way)
    return sent, refused


async def carried_out(database: str) -> int:
    """Waits until no signal waits; how many alerts there are."""
    db = Database(database)
    try:
        waiting = select(func.count()).select_from(Signal).where(Signal.due_at.is_not(None))
        async with asyncio.timeout(300):
            while True:
                async with db.read() as session:
                    if not await session.scalar(waiting):
                        return await session.scalar(select(func.count()).select_from(Alert)) or 0
                await asyncio.sleep(0.05)
    finally:
        await db.close()


async def _calls(http: aiohttp.ClientSession, slack: str, since: int, method: str = "") -> dict[str, Any]:
    query = {"since": str(since)} | ({"method": method} if method else {})
    async with http.get(f"{slack}/calls", params=query) as response:
        return await response.json()  # type: ignore[no-any-return]


def table(rows: list[Row], seconds: int) -> str:
    lines = [
        f"A storm of {rows[0].count:,} alerts in {seconds} s over {SERVICES} services, {TRUE} of them critical; Slack's rate limits on",
        "",
        "| store | stored | refused | lag of the last, s | pages of the critical | arrival to page, most, s | channels | calls in the first minute | in all | of them 429 |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.store} | {row.stored:,} of {row.count:,} | {row.refused} | {row.lag:.1f} | {len(row.pages)} of {TRUE} "
        f"| {max(row.pages, default=float('nan')):.2f} | {row.channels} | {row.calls} | {row.in_all} | {row.limited} |"
        for row in rows
    ]
    return "\n".join(lines)


async def main(seconds: int = SECONDS) -> None:
    cluster = PostgresCluster(durable=True)
    try:
        with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
            rows = [await measure("SQLite", f"sqlite:///{folder}/storm.sqlite3", seconds)]
        async with cluster.one() as url:
            rows.append(await measure("Postgres", url, seconds))
    finally:
        cluster.stop()
    print(table(rows, seconds))


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:2])))
