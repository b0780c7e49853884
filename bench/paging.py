"""`python -m bench.paging`: from a declare's first byte until its page has arrived, Slack instant and Slack hanging.

Hanging means: every call but the page's own message is held for 30 s. The page must not notice.
"""

import asyncio
import json
import re
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.load import Connection, Outcome, declare_request
from bench.processes import HOST, free_port, playground, tocsin
from tests.databases import PostgresCluster

DECLARES, WARM_UP = 150, 20
EVERY = 0.2  # seconds from one declare to the next
HELD = 30
# What is held: everything but chat.postMessage, and that to the announcement channel (a page goes to a person).
HANGING = (
    {"on": "[!c]*"},
    {"on": "conversations.*"},
    {"on": "chat.[!p]*"},
    {"on": "chat.postEphemeral"},
    {"on": "chat.postMessage", "match": {"channel": "C01INCIDENTS"}},
    {"on": "chat.postMessage", "match": {"channel": "#incidents"}},
)
_NUMBER = re.compile(r"Checkout is slow (\d+)")
COMPANY = """
organization: Bench
people:
  - {name: ada, slack: U01ADA}
  - {name: ben, slack: U01BEN}
escalation_policies:
  - name: default
    steps: [{notify: [person:ben]}]
severities:
  - {name: SEV1, label: Critical, meaning: Down., emoji: red_circle, page: at_once}
  - {name: SEV2, label: Major, meaning: Slow., emoji: large_orange_circle, page: within 3s}
# One person is paged more often here than anybody should be.
paging: {throttle: 1000}
# Nor does a Slack with limits take what is measured here.
delivery: {paced: false}
"""


@asynccontextmanager
async def company() -> AsyncIterator[dict[str, str]]:
    """The environment of a bot whose SEV1 pages one person at once, and whose SEV2 a little later."""
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        file = Path(folder) / "app.yaml"
        file.write_text(COMPANY)
        yield {"TOCSIN_CONFIG": str(file)}


@dataclass
class Row:
    """Milliseconds from a declare until its page arrived."""

    store: str
    instant: Outcome
    hanging: Outcome


async def measure(store: str, database: str, env: dict[str, str]) -> Row:
    found = []
    async with company() as config:
        port = free_port()
        async with (
            playground(port) as slack,
            tocsin(port, slack, database, env | config),
            aiohttp.ClientSession() as http,
        ):
            await asyncio.sleep(2)
            await declares(http, slack, port, WARM_UP)
            found.append(await declares(http, slack, port, DECLARES))
            for fault in HANGING:
                wish = {"kind": "hang", "seconds": HELD, **fault}
                async with http.post(f"{slack}/faults", json=wish) as response:
                    assert response.status == 200, await response.text()
            found.append(await declares(http, slack, port, DECLARES))
            async with http.delete(f"{slack}/faults"):
                pass  # what is held goes on, and the bot can be stopped
    return Row(store, *found)


async def declares(
    http: aiohttp.ClientSession, slack: str, port: int, count: int, every: float = EVERY
) -> Outcome:
    """Declares at a steady pace; how long each page took. One that did not come within 5 s is a failure."""
    connection = Connection(HOST, port)
    since = (await calls(http, slack, 0, "none"))["total"]
    sent: dict[str, float] = {}
    outcome = Outcome()
    for _ in range(count):
        request = declare_request(HOST, severity="sev1")
        number = _NUMBER.search(request.decode().replace("+", " "))
        assert number is not None
        sent[number[1]] = began = time.time()
        outcome.failures += await connection.send(request) != 200
        await asyncio.sleep(max(0.0, every - (time.time() - began)))
    connection.close()
    deadline = time.time() + 5
    arrived: dict[str, float] = {}
    while len(arrived) < count and time.time() < deadline:
        for call in (await calls(http, slack, since, "chat.postMessage"))["calls"]:
            told = _NUMBER.search(str(call["args"].get("text")))
            if told is not None and str(call["args"]["channel"]).startswith("U"):
                arrived.setdefault(told[1], call["at"])
        await asyncio.sleep(0.1)
    outcome.latencies = [(at - sent[number]) * 1000 for number, at in arrived.items() if number in sent]
    outcome.failures += count - len(outcome.latencies)
    return outcome


async def calls(http: aiohttp.ClientSession, slack: str, since: int, method: str) -> dict[str, object]:
    async with http.get(f"{slack}/calls", params={"since": str(since), "method": method}) as response:
        return json.loads(await response.read())  # type: ignore[no-any-return]


def table(rows: list[Row]) -> str:
    lines = [
        f"From a declare until its page has arrived, ms; {DECLARES} declares, one each {EVERY * 1000:.0f} ms",
        "",
        f"| store | Slack answers at once: p50 / p99 | all but the page is held {HELD} s: p50 / p99 | ratio of p50 |",
        "|---|---|---|---|",
    ]
    for row in rows:
        a, b = row.instant, row.hanging
        lost = f" {a.failures + b.failures} FAILED" if a.failures + b.failures else ""
        lines.append(
            f"| {row.store} | {a.percentile(0.5):.1f} / {a.percentile(0.99):.1f} "
            f"| {b.percentile(0.5):.1f} / {b.percentile(0.99):.1f} "
            f"| {b.percentile(0.5) / a.percentile(0.5):.2f} |{lost}"
        )
    return "\n".join(lines)


async def main() -> None:
    cluster = PostgresCluster(durable=True)
    try:
        with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
            rows = [await measure("SQLite", f"sqlite:///{folder}/paging.sqlite3", {})]
        async with cluster.one() as url:
            rows.append(await measure("Postgres", url, {}))
    finally:
        cluster.stop()
    print(table(rows))


if __name__ == "__main__":
    asyncio.run(main())
