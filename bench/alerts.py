"""`python -m bench.alerts`: events a second on /v2/enqueue, each answered after its commit, and declares beside them.

Beside a bare aiohttp handler, and Alertmanager's POST /api/v2/alerts (in memory only) where Debian's
`prometheus-alertmanager` is installed: `apt-get install prometheus-alertmanager`.
"""

import asyncio
import itertools
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import psutil
import yaml
from aiohttp import web

from bench import load
from bench.load import Outcome
from bench.paging import company
from bench.processes import HOST, answers, free_port, playground, process, tocsin

KEY = "0123456789abcdef0123456789abcdef"
CLIENTS = 128
SECONDS = 6.0
DECLARES = 5.0  # a second, beside half of the load
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
NUMBER = b"000000NUMBER"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Target:
    """Where to send, and what: `body` makes one of another alert each time."""

    pid: int
    port: int
    path: str
    body: bytes  # NUMBER stands where each has another number
    accepts: int

    @cached_property
    def _template(self) -> bytes:
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(self.body)}\r\n\r\n"
        )
        return head.encode() + self.body

    def request(self) -> bytes:
        return self._template.replace(NUMBER, b"%012d" % next(_numbers))


def event() -> bytes:
    """What Alertmanager sends for PagerDuty, of a usual size."""
    return json.dumps(
        {
            "routing_key": KEY,
            "event_action": "trigger",
            "dedup_key": f"{NUMBER.decode():0>64}",
            "client": "Alertmanager",
            "client_url": "http://alertmanager:9093/#/alerts?receiver=tocsin",
            "payload": {
                "summary": f"[FIRING:1] HighLatency checkout (p99 above 2 s) {NUMBER.decode()}",
                "source": "checkout-7d9f",
                "severity": "warning",
                "component": "checkout",
                "group": "prod",
                "class": "latency",
                "custom_details": {
                    "firing": f"Labels:\n - alertname = HighLatency\n - pod = checkout-{NUMBER.decode()}\n",
                    "num_firing": "1",
                    "num_resolved": "0",
                    "resolved": "",
                },
            },
        }
    ).encode()


def alert() -> bytes:
    """The same as Prometheus sends it to Alertmanager."""
    return json.dumps(
        [
            {
                "labels": {
                    "alertname": "HighLatency",
                    "pod": f"checkout-{NUMBER.decode()}",
                    "severity": "warning",
                },
                "annotations": {"summary": "p99 above 2 s"},
                "generatorURL": "http://prometheus:9090/graph",
            }
        ]
    ).encode()


class Client(asyncio.Protocol):
    """One keep-alive connection, a request at a time; cheaper than streams, for it shares the machine with the server."""

    def __init__(self, target: Target, outcome: Outcome, answered: Callable[["Client"], None]) -> None:
        self._target, self._outcome, self._answered = target, outcome, answered
        self._since = 0.0
        self._got = b""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def send(self, since: float) -> None:
        """`since`: when it should have left."""
        self._since = since
        self.transport.write(self._target.request())

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not found or len(body) < (int(length[1]) if length else 0):
            return
        self._got = b""
        self._outcome.latencies.append((time.perf_counter() - self._since) * 1000)
        self._outcome.failures += int(head[9:12]) != self._target.accepts
        self._answered(self)


async def connected(target: Target, outcome: Outcome, answered: Callable[[Client], None]) -> list[Client]:
    loop = asyncio.get_running_loop()
    return [
        (await loop.create_connection(lambda: Client(target, outcome, answered), HOST, target.port))[1]
        for _ in range(CLIENTS)
    ]


async def closed_loop(target: Target, *, seconds: float = SECONDS) -> Outcome:
    """Each client sends its next event when it has its answer."""
    outcome = Outcome()
    end = time.perf_counter() + seconds
    left = CLIENTS
    done = asyncio.Event()

    def answered(client: Client) -> None:
        nonlocal left
        now = time.perf_counter()
        if now < end:
            client.send(now)
        else:
            left -= 1
            if not left:
                done.set()

    clients = await connected(target, outcome, answered)
    start = time.perf_counter()
    for client in clients:
        client.send(time.perf_counter())
    await done.wait()
    outcome.seconds = time.perf_counter() - start
    for client in clients:
        client.transport.close()
    return outcome


async def open_loop(target: Target, *, rate: float, seconds: float = SECONDS) -> Outcome:
    """So many a second, whatever the answers do; latency counts from when each should have left."""
    outcome = Outcome()
    waiting: deque[float] = deque()
    free: list[Client] = []

    def answered(client: Client) -> None:
        if waiting:
            client.send(waiting.popleft())
        else:
            free.append(client)

    free += await connected(target, outcome, answered)
    start, sent = time.perf_counter(), 0
    while (now := time.perf_counter()) < start + seconds:
        for number in range(sent, int((now - start) * rate)):
            waiting.append(start + number / rate)
            sent = number + 1
            if free:
                free.pop().send(waiting.popleft())
        await asyncio.sleep(0.001)
    async with asyncio.timeout(30):
        while len(free) < CLIENTS:  # the last are answered
            await asyncio.sleep(0.01)
    outcome.seconds = time.perf_counter() - start
    for client in free:
        client.transport.close()
    return outcome


@dataclass
class Row:
    """The figures of one target."""

    name: str
    full: Outcome
    half: Outcome
    cpu: float  # microseconds of the server's own for each event at full load
    declares: Outcome = field(default_factory=Outcome)  # while it takes half of the load

    def line(self, bare: float) -> str:
        failures = self.full.failures + self.half.failures + self.declares.failures
        declares = (
            f"{self.declares.percentile(0.5):.0f} / {self.declares.percentile(0.99):.0f}"
            if self.declares.latencies
            else ""
        )
        return (
            f"| {self.name} | {self.full.rate:,.0f} | {self.full.rate / bare:.2f} | {self.cpu:.0f} "
            f"| {self.full.percentile(0.99):.0f} | {self.half.percentile(0.5):.1f} / {self.half.percentile(0.99):.1f} "
            f"| {declares} |" + (f" {failures} FAILED" if failures else "")
        )


async def measure(name: str, target: Target) -> Row:
    """At full load, and at half of it."""
    await closed_loop(target, seconds=1)
    before = cpu_seconds(target.pid)
    full = await closed_loop(target)
    cpu = (cpu_seconds(target.pid) - before) / len(full.latencies) * 1_000_000
    return Row(name, full, await open_loop(target, rate=full.rate / 2), cpu)


async def measure_tocsin(store: str, target: Target) -> Row:
    """Also people's commands beside half of the load, while what came before is still carried out."""
    row = await measure(f"Tocsin, {store}", target)
    _, row.declares = await asyncio.gather(
        open_loop(target, rate=row.full.rate / 2),
        load.open_loop(HOST, target.port, rate=DECLARES, seconds=SECONDS),
    )
    return row


def cpu_seconds(pid: int) -> float:
    """What the process has used: unlike events a second, it is the same on a crowded machine."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


@asynccontextmanager
async def monitored() -> AsyncIterator[dict[str, str]]:
    """The environment of a bot with one integration, in the company of the other benchmarks."""
    async with company() as given:
        config = Path(given["TOCSIN_CONFIG"])
        written = yaml.safe_load(config.read_text())
        written["integrations"] = [{"name": "bench", "kind": "events_v2"}]
        with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
            file = Path(folder) / "app.yaml"
            file.write_text(yaml.safe_dump(written))
            yield given | {"TOCSIN_CONFIG": str(file), "TOCSIN_INTEGRATION_BENCH": KEY}


@asynccontextmanager
async def bare() -> AsyncIterator[Target]:
    """A handler that only reads the JSON."""
    port = free_port()
    with process("bench.alerts", "bare", str(port)) as child:
        await answers(f"http://{HOST}:{port}/healthz")
        yield Target(child.pid, port, "/v2/enqueue", event(), 202)


@asynccontextmanager
async def alertmanager(program: str) -> AsyncIterator[Target]:
    """With a receiver that does nothing."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        config = Path(folder) / "alertmanager.yml"
        config.write_text("route: {receiver: nobody, group_wait: 1h}\nreceivers: [{name: nobody}]\n")
        child = subprocess.Popen(
            [
                program,
                f"--config.file={config}",
                f"--storage.path={folder}",
                f"--web.listen-address={HOST}:{port}",
                "--cluster.listen-address=",
                "--log.level=error",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            await answers(f"http://{HOST}:{port}/-/ready")
            yield Target(child.pid, port, "/api/v2/alerts", alert(), 200)
        finally:
            child.kill()
            child.wait()


async def main() -> None:
    from bench.__main__ import stores  # which imports this module for its own run

    rows = []
    async with bare() as target:
        rows.append(await measure("bare aiohttp, no database", target))
    program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    if program is None:
        print("no Alertmanager here (apt-get install prometheus-alertmanager): its figures are left out")
    else:
        async with alertmanager(program) as target:
            rows.append(await measure("Alertmanager, POST /api/v2/alerts, in memory", target))
    async with monitored() as config, stores() as found:
        for store, database, env in found:
            port = free_port()
            async with playground(port) as slack, tocsin(port, slack, database, env | config) as (pid, _):
                target = Target(pid, port, "/v2/enqueue", event(), 202)
                rows.append(await measure_tocsin(store, target))
    print(
        f"Events a second on /v2/enqueue, each answered after its commit; {CLIENTS} clients, {os.cpu_count()} cores "
        f"(the load is made on the same), Python {platform.python_version()}\n\n"
        "| what takes them | events/s | of bare | its CPU µs each | p99 ms at full load | p50 / p99 ms at half load "
        "| a declare's beside half load |\n|---|---|---|---|---|---|---|\n"
        + "\n".join(row.line(rows[0].full.rate) for row in rows)
    )


def serve_bare(port: int) -> None:
    async def enqueue(request: web.Request) -> web.Response:
        event = json.loads(await request.read())
        return web.json_response({"status": "success", "dedup_key": event["dedup_key"]}, status=202)

    async def healthz(request: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.router.add_post("/v2/enqueue", enqueue)
    app.router.add_get("/healthz", healthz)
    web.run_app(app, host=HOST, port=port, access_log=None, print=None)


if __name__ == "__main__":
    if sys.argv[1:2] == ["bare"]:
        serve_bare(int(sys.argv[2]))
    else:
        asyncio.run(main())
