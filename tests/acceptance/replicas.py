"""Several replicas as they are deployed: processes of their own behind nginx, on one Postgres, in one playground."""

import asyncio
import shutil
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import select, update

from bot.config import load
from bot.core.db import Database
from bot.core.outbox import OutboxItem
from bot.demo import COMPANY
from bot.paging.rows import RINGING, Page
from handlers.manifest import manifest
from playground import Playground
from tests.acceptance.office import Person, write_config
from tests.acceptance.process import ROOT, BotProcess, FarOffice, ForkedBot, free_port

NGINX_CONF = ROOT / "deploy" / "nginx.conf"
# What a start takes on a busy machine, with the load of the program before the first one.
START = 90
# A dead replica's work is taken over after the lease.
PATIENCE = {"read_members": False, "slack_timeout": "5s", "lease": "6s"}


def nginx_program() -> str:
    found = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
    assert found, "nginx is not installed: `apt install nginx-light` (.ci/run does)"
    return found


class Nginx:
    """deploy/nginx.conf as it is, but for the addresses."""

    def __init__(self, folder: Path, replicas: list[BotProcess]) -> None:
        self.port = free_port()
        self._folder = folder
        text = NGINX_CONF.read_text().replace("listen 3000;", f"listen 127.0.0.1:{self.port};")
        for number, replica in enumerate(replicas, 1):
            assert f"server tocsin-{number}:3000 " in text
            text = text.replace(f"server tocsin-{number}:3000 ", f"server 127.0.0.1:{replica.port} ")
        self._conf = folder / "nginx.conf"
        self._conf.write_text(text)
        self._process: asyncio.subprocess.Process | None = None

    @property
    def _words(self) -> list[str]:
        stay = f"daemon off; pid {self._folder}/nginx.pid;"
        return [nginx_program(), "-p", str(self._folder), "-c", str(self._conf), "-e", "stderr", "-g", stay]

    def tested(self) -> str:
        """What `nginx -t` says; raises when it refuses the file."""
        return subprocess.run([*self._words, "-t"], check=True, capture_output=True, text=True).stderr

    async def start(self) -> None:
        with (self._folder / "nginx.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(*self._words, stdout=log, stderr=log)
        async with asyncio.timeout(60):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(0.01)
                else:
                    writer.close()
                    return

    async def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            await self._process.wait()


class Replicas(FarOffice):
    """The office, served by several bots."""

    bots: list[BotProcess]
    door: str  # where everybody from outside comes in: nginx

    async def bot_that_has(self, kind: str, within: float = 60) -> BotProcess:
        """The replica that has an intent of this kind in work just now."""
        database = Database(self.database_url)
        try:
            async with asyncio.timeout(within):
                while True:
                    async with database.read() as session:
                        of_kind = select(OutboxItem.claimed_by).where(
                            OutboxItem.kind == kind,
                            OutboxItem.due_at.is_not(None),
                            OutboxItem.claimed_by.is_not(None),
                        )
                        holder = await session.scalar(of_kind)
                    for bot in self.bots:
                        if holder is not None and holder.split(":")[1] == str(bot.process.pid):
                            return bot
                    await asyncio.sleep(0.02)
        finally:
            await database.close()

    async def next_step_in(self, seconds: float) -> None:
        """Minutes pass for all pages that ring: their next step comes in so many seconds."""
        database = Database(self.database_url)
        at = datetime.now(UTC) + timedelta(seconds=seconds)
        try:
            async with database.begin() as session:
                await session.execute(
                    update(Page).where(Page.state == RINGING).values(escalate_at=at, due_at=at)
                )
        finally:
            await database.close()

    async def rung(self, person: Person) -> int:
        """How often this person was written to because of a page."""
        calls = await self.calls("chat.postMessage")
        return sum(
            call["args"]["channel"] == person.id and bool((call["answer"] or {}).get("ok")) for call in calls
        )

    async def readiness(self, bot: BotProcess) -> dict[str, Any]:
        async with self.http.get(f"{bot.url}/readyz") as answer:
            return await answer.json()  # type: ignore[no-any-return]

    async def posted(self) -> Counter[str]:
        """How often each message was posted, by its intent's key; also those that were deleted since."""
        found: Counter[str] = Counter()
        for call in await self.calls("chat.postMessage"):
            if (call["answer"] or {}).get("ok"):
                found[call["args"]["metadata"]["event_payload"]["key"]] += 1
        return found


async def until(so: Callable[[], Awaitable[bool]], within: float = 60) -> None:
    async with asyncio.timeout(within):
        while not await so():  # noqa: ASYNC110 - other processes have no event for it
            await asyncio.sleep(0.05)


@asynccontextmanager
async def replicas(
    url: str,
    folder: Path,
    *,
    ahead: tuple[float, ...] = (0, 0, 0),
    variables: Mapping[str, str] | None = None,
    **sections: Any,
) -> AsyncIterator[Replicas]:
    """Replicas that run; `ahead` has the seconds by which the clock of each is ahead. One alone needs no nginx.

    `sections` stand in the place of the sample's; `variables` in the environment.
    """
    config = folder / "app.yaml"
    write_config(config, delivery=PATIENCE, **sections)
    playground = await Playground.start(
        port=0, bot_url=None, workspace=COMPANY, manifest=manifest(socket_mode=False, public_url=None)
    )
    bots: list[BotProcess] = []
    for number, seconds in enumerate(ahead, 1):
        place = folder / f"tocsin-{number}"
        place.mkdir()
        shutil.copy(config, place)  # each reads its own, of the same name everywhere
        env = {
            "TOCSIN_CONFIG": config.name,
            "TOCSIN_DATABASE_URL": url,
            "SLACK_API_URL": f"{playground.url}/api/",
            "TOCSIN_LOG_LEVEL": "warning",
            **(variables or {}),
        }
        bots.append(_Skewed(place, seconds, **env) if seconds else ForkedBot(place, **env))
    nginx = Nginx(folder, bots) if len(bots) > 1 else None
    port = nginx.port if nginx is not None else bots[0].port
    playground.delivery.bot_url = f"http://127.0.0.1:{port}/slack/events"
    try:
        for bot in bots:
            await bot.start()
        await asyncio.gather(*(bot.is_up(within=START) for bot in bots))
        if nginx is not None:
            await nginx.start()
        async with aiohttp.ClientSession() as http:
            office = Replicas(playground, http, url, load(config))
            office.bots = bots
            office.door = f"http://127.0.0.1:{port}"
            yield office
    finally:
        if nginx is not None:
            await nginx.stop()
        await asyncio.gather(*(bot.kill() for bot in bots))
        await playground.stop()


class _Skewed(ForkedBot):
    """A replica on a machine whose clock is wrong."""

    def __init__(self, folder: Path, seconds: float, **env: str | None) -> None:
        super().__init__(folder, str(seconds), "run", **env)
        self._module = "tests.acceptance.skewed"
