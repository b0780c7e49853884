"""Signed slash commands over raw keep-alive connections: a client cheap enough to load what it measures."""

import asyncio
import hashlib
import hmac
import itertools
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

SECRET = b"playground-signing-secret"
_numbers = itertools.count(1)


def declare_request(host: str, user: str = "U01ADA", severity: str = "sev2") -> bytes:
    """One `/incident declare` as Slack sends it, with a trigger of its own."""
    number = next(_numbers)
    body = urlencode(
        {
            "token": "t",
            "team_id": "T0PLAYGROUND",
            "team_domain": "playground",
            "channel_id": "C01GENERAL",
            "channel_name": "general",
            "user_id": user,
            "user_name": "ada",
            "command": "/incident",
            "text": f"declare {severity} Checkout is slow {number}",
            "api_app_id": "A0TOCSIN",
            "is_enterprise_install": "false",
            "trigger_id": f"{number}.{time.time_ns()}",
        }
    ).encode()
    now = str(int(time.time()))
    signature = "v0=" + hmac.new(SECRET, b"v0:" + now.encode() + b":" + body, hashlib.sha256).hexdigest()
    head = (
        f"POST /slack/events HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\nX-Slack-Request-Timestamp: {now}\r\nX-Slack-Signature: {signature}\r\n\r\n"
    )
    return head.encode() + body


@dataclass
class Outcome:
    """Latencies in milliseconds, how long it took in seconds, and how many answers were not 200."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    failures: int = 0

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


class Connection:
    """One keep-alive connection; a request at a time."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, request: bytes) -> int:
        """Sends and reads the whole answer; returns its status."""
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        if length:
            await self._reader.readexactly(length)
        return int(head.split(b" ", 2)[1])

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


async def closed_loop(host: str, port: int, *, clients: int, seconds: float) -> Outcome:
    """Each client sends its next request when it has its answer: the most that the server takes."""
    outcome = Outcome()
    start = time.perf_counter()
    end = start + seconds

    async def client() -> None:
        connection = Connection(host, port)
        while (began := time.perf_counter()) < end:
            status = await connection.send(declare_request(host))
            outcome.latencies.append((time.perf_counter() - began) * 1000)
            outcome.failures += status != 200
        connection.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    outcome.seconds = time.perf_counter() - start
    return outcome


async def open_loop(host: str, port: int, *, rate: float, seconds: float, clients: int = 32) -> Outcome:
    """A request every 1/rate seconds, whatever the answers do; latency counts from when it should have left."""
    outcome = Outcome()
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(clients):
        free.put_nowait(Connection(host, port))
    start = time.perf_counter()

    async def one(at: float) -> None:
        connection = await free.get()
        status = await connection.send(declare_request(host))
        outcome.latencies.append((time.perf_counter() - at) * 1000)
        outcome.failures += status != 200
        free.put_nowait(connection)

    async with asyncio.TaskGroup() as tasks:
        for number in range(int(rate * seconds)):
            at = start + number / rate
            # The loop's timers are a millisecond coarse, which would be counted as the server's.
            await asyncio.sleep(max(0.0, at - time.perf_counter() - 0.002))
            while time.perf_counter() < at:
                await asyncio.sleep(0)
            tasks.create_task(one(at))
    outcome.seconds = time.perf_counter() - start
    while not free.empty():
        free.get_nowait().close()
    return outcome
