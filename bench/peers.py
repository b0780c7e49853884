"""`python -m bench.peers`: pages lost and doubled under the same faults, Tocsin beside three common patterns.

The patterns are those of bench.patterns: what peers are documented, or were measured, to do; models, not products.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bench.load import Connection, declare_request
from bench.paging import company
from bench.patterns import PAGED
from bench.processes import HOST, ROOT, answers, bot_environment, free_port, playground

PAGES = 10
# Seconds until the fault has struck all pages.
STRUCK_WITHIN = 5.0
_TITLE = re.compile(r"Checkout is slow (\d+)")


@dataclass(frozen=True)
class Scene:
    """What goes wrong. `fault` strikes each page once; `killed` is SIGKILL while it holds them, then a restart."""

    name: str
    fault: dict[str, Any] | None
    killed: bool = False
    severity: str = "sev1"
    # Seconds until what can still come has come.
    settled_after: float = 8.0


SCENES = (
    Scene("killed before Slack took it", {"kind": "hang"}, killed=True),
    Scene("killed after Slack took it", {"kind": "hang_after"}, killed=True),
    # Pages to one person within a minute leave together at its end, except for SEV1.
    Scene("killed while a page waits for its time", None, killed=True, severity="sev2", settled_after=75.0),
    Scene("one 429", {"kind": "ratelimited", "retry_after": 1}),
    Scene("a 500, nothing done", {"kind": "status", "status": 500}),
    Scene("a 500, done all the same", {"kind": "status_after", "status": 500}),
)


@dataclass
class Contestant:
    """A program that takes declares at `port`; `command` is run with `python -m`."""

    name: str
    command: list[str]
    env: dict[str, str]
    port: int
    found: dict[str, tuple[int, int]] = field(default_factory=dict)  # lost, doubled
    _process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(
            [sys.executable, "-m", *self.command],
            cwd=ROOT,
            env={**os.environ, **self.env},
            stdout=quiet,
            stderr=quiet,
        )
        await answers(f"http://{HOST}:{self.port}/readyz")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@asynccontextmanager
async def contestant(name: str, slack: str, port: int) -> AsyncIterator[Contestant]:
    """One of the patterns, or Tocsin on a new SQLite file."""
    async with company() as config:
        with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
            file = Path(folder) / "pages.sqlite3"
            env: dict[str, str] = {}
            command = ["bench.patterns", name, str(port), slack, str(file)]
            if name == "Tocsin":
                env = bot_environment(port, slack, f"sqlite:///{file}") | config
                subprocess.check_call(
                    [sys.executable, "-m", "bot", "migrate"],
                    cwd=ROOT,
                    env={**os.environ, **env},
                    stdout=subprocess.DEVNULL,
                )
                command = ["bot", "run"]
            one = Contestant(name, command, env, port)
            await one.start()
            try:
                yield one
            finally:
                one.kill()


async def plays(http: aiohttp.ClientSession, slack: str, one: Contestant, scene: Scene) -> tuple[int, int]:
    """How many of the scene's pages never arrived, and how many of them more than once."""
    if scene.fault is not None:
        wish = {"on": "chat.postMessage", "times": PAGES, "match": {"channel": PAGED}, **scene.fault}
        async with http.post(f"{slack}/faults", json=wish) as response:
            assert response.status == 200, await response.text()
    connection = Connection(HOST, one.port)
    numbers = set()
    for _ in range(PAGES):
        request = declare_request(HOST, severity=scene.severity)
        title = _TITLE.search(request.decode().replace("+", " "))
        assert title is not None
        numbers.add(title[1])
        assert await connection.send(request) == 200
    connection.close()
    if scene.fault is not None:
        await struck(http, slack)
    if scene.killed:
        one.kill()
        async with http.delete(f"{slack}/faults"):
            pass
        await one.start()
    await asyncio.sleep(scene.settled_after)
    async with http.delete(f"{slack}/faults"):
        pass
    arrived = Counter(number for number in await told(http, slack) if number in numbers)
    return len(numbers - set(arrived)), sum(count > 1 for count in arrived.values())


async def struck(http: aiohttp.ClientSession, slack: str) -> None:
    """Waits until the fault has struck every page."""
    async with asyncio.timeout(STRUCK_WITHIN):
        while True:
            async with http.get(f"{slack}/faults") as response:
                faults = json.loads(await response.read())["faults"]
            if not any(fault["left"] for fault in faults):
                return
            await asyncio.sleep(0.02)


async def told(http: aiohttp.ClientSession, slack: str) -> list[str]:
    """The numbers of the pages in the messages to whoever is paged, each message's once."""
    async with http.get(f"{slack}/people/{PAGED}/screen") as response:
        screen = json.loads(await response.read())
    found = []
    for dm in screen["dms"]:
        query = {"channel": dm["id"], "limit": "1000"}
        async with http.get(f"{slack}/people/{PAGED}/messages", params=query) as response:
            for message in json.loads(await response.read())["messages"]:
                found += set(_TITLE.findall(json.dumps(message)))
    return found


async def measure() -> list[Contestant]:
    found = []
    for name in ("Tocsin", "once", "retries", "queue"):
        port = free_port()
        async with (
            playground(port) as slack,
            contestant(name, slack, port) as one,
            aiohttp.ClientSession() as http,
        ):
            for scene in SCENES:
                one.found[scene.name] = await plays(http, slack, one, scene)
        found.append(one)
    return found


def table(found: list[Contestant]) -> str:
    lines = [
        f"Pages lost / doubled of {PAGES}; once, retries and queue are models of a pattern (bench/patterns.py)",
        "",
        f"| fault | {' | '.join(one.name for one in found)} |",
        f"|---|{'---|' * len(found)}",
    ]
    for scene in SCENES:
        cells = [f"{lost} / {doubled}" for lost, doubled in (one.found[scene.name] for one in found)]
        lines.append(f"| {scene.name} | {' | '.join(cells)} |")
    return "\n".join(lines)


async def main() -> None:
    print(table(await measure()))


if __name__ == "__main__":
    asyncio.run(main())
