"""The bot as people run it: a process of its own, `python -m bot run`, that can be killed and started again."""

import asyncio
import contextlib
import itertools
import os
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

import aiohttp
from sqlalchemy import func, select

from bot.core.db import Database
from bot.core.outbox import OutboxItem
from bot.demo import COMPANY
from bot.incidents.rows import AutomationRun
from bot.reading import incidents as reading
from handlers.manifest import manifest
from playground import Playground
from tests.acceptance.fork_server import READ_TOO_EARLY, Forked, Start, fork_server
from tests.acceptance.office import SAMPLE, Json, Office, write_config

ROOT = SAMPLE.parent
SECRETS = {"SLACK_BOT_TOKEN": "xoxb-playground", "SLACK_SIGNING_SECRET": "playground-signing-secret"}
# What is looked for half a minute and five minutes later, in case that a call in doubt arrived after all.
LOOKED_FOR_LATER = ("message.twin", "page.late", "page.late_notice")


def _ports_of_this_worker() -> Iterator[int]:
    """Below those that the system gives to connections, a thousand to each worker of a run, none twice before all were
    had: a process that is killed must find its port free again, whatever another worker starts meanwhile.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    own = range(12000, 32000)[worker % 20 * 1000 :][:1000]
    start = random.SystemRandom().randrange(len(own))
    return itertools.cycle([*own[start:], *own[:start]])


_ports = _ports_of_this_worker()


def free_port() -> int:
    for port in _ports:
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("a cycle has no end")


def environment(**more: str | None) -> dict[str, str]:
    """What the process gets: nothing of the tests' own surroundings that Tocsin would read."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SLACK_", "TOCSIN_"))}
    given = {**SECRETS, "TOCSIN_CONFIG": str(SAMPLE), "PYTHONPATH": str(ROOT), **more}
    return {**kept, **{k: v for k, v in given.items() if v is not None}}


class BotProcess:
    """One run of the program after another, with the same environment, in a folder of its own.

    This is the true way in, `python -m bot`: for stories of how it starts. Where it only has to be a process of its own, a
    `ForkedBot` is quicker.
    """

    def __init__(self, folder: Path, *words: str, **env: str | None) -> None:
        self.port = free_port()
        self._folder = folder
        self._module = "bot"
        self._words = words or ("run",)
        self._env = environment(**{"TOCSIN_LISTEN": f"127.0.0.1:{self.port}", **env})
        self._process: asyncio.subprocess.Process | Forked | None = None
        self._log = folder / "log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def process(self) -> asyncio.subprocess.Process | Forked:
        assert self._process is not None, "it was not started"
        return self._process

    def said(self) -> str:
        """Everything that it ever wrote, on standard output and error."""
        return self._log.read_text() if self._log.exists() else ""

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = await self._begin(log)

    async def _begin(self, log: BinaryIO) -> asyncio.subprocess.Process | Forked:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", self._module, *self._words),
            cwd=self._folder,
            env=self._env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )

    async def is_up(self, within: float = 60) -> None:
        """Waits until it answers."""
        async with asyncio.timeout(within), aiohttp.ClientSession() as http:
            while True:
                assert self.process.returncode is None, f"it ended:\n{self.said()}"
                try:
                    async with http.get(f"{self.url}/healthz") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.02)

    async def ends(self, within: float = 60) -> int:
        """Waits for its end; returns the exit status."""
        async with asyncio.timeout(within):
            return await self.process.wait()

    async def kill(self) -> None:
        """kill -9"""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def interrupt(self, name: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(name)
        return await self.ends()


class ForkedBot(BotProcess):
    """The same, forked from a process that has loaded the program: a start takes a tenth of the time."""

    def __init__(self, folder: Path, *words: str, **env: str | None) -> None:
        assert not [name for name in env if name.startswith(READ_TOO_EARLY)], f"{env} wants a BotProcess"
        super().__init__(folder, *words, **env)

    async def _begin(self, log: BinaryIO) -> Forked:
        start = Start(self._module, [*self._words], str(self._folder), self._env)
        return await fork_server().start(start, log)


class FarOffice(Office):
    """The office with the bot in a process of its own: there is nothing to look into, so nothing settles."""

    async def settled(self, within: float = 15) -> None:
        return

    async def record(self, number: int = 1) -> Json:
        database = Database(self.database_url)
        try:
            data, _ = await reading.incident(database, number, self.config)
        finally:
            await database.close()
        return data


@asynccontextmanager
async def far_bot(folder: Path, **env: str | None) -> AsyncIterator[tuple[Playground, BotProcess]]:
    """A bot in a process of its own, in this environment, with a workspace; both are gone at the end. Without an app.yaml
    of the story's own it has the sample without what recurs: that would come when it is its time.
    """
    config = folder / "without-what-recurs.yaml"
    write_config(config)
    playground = await Playground.start(
        port=0, bot_url=None, workspace=COMPANY, manifest=manifest(socket_mode=False, public_url=None)
    )
    bot = ForkedBot(
        folder, **{"TOCSIN_CONFIG": str(config), "SLACK_API_URL": f"{playground.url}/api/", **env}
    )
    playground.delivery.bot_url = f"{bot.url}/slack/events"
    try:
        await bot.start()
        await bot.is_up()
        yield playground, bot
    finally:
        await bot.kill()
        await playground.stop()


async def restarted(bot: BotProcess) -> None:
    await bot.start()
    await bot.is_up()


async def all_done(url: str) -> None:
    """Waits until no rule waits, and nothing is left in the outbox."""
    database = Database(url)
    try:
        await _rules_done(database)
        await finished(database)
    finally:
        await database.close()


async def _rules_done(database: Database, within: float = 60) -> None:
    waiting = select(func.count()).where(AutomationRun.due_at.is_not(None))
    async with asyncio.timeout(within):
        while True:
            async with database.read() as session:
                if not await session.scalar(waiting):
                    return
            await asyncio.sleep(0.05)


async def finished(database: Database, within: float = 60) -> None:
    """Waits until nothing is left in the outbox."""
    async with asyncio.timeout(within):
        while True:
            async with database.read() as session:
                left = select(func.count()).where(
                    OutboxItem.due_at.is_not(None), OutboxItem.kind.not_in(LOOKED_FOR_LATER)
                )
                if not await session.scalar(left):
                    return
            await asyncio.sleep(0.05)
