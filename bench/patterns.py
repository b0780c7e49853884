"""Three ways in which on-call bots commonly send pages, each as small as it can be: models of a pattern, no product.

    python -m bench.patterns once PORT SLACK FILE      posts, and logs what goes wrong
    python -m bench.patterns retries PORT SLACK FILE   tries three times in 0.2 s; all of it in memory
    python -m bench.patterns queue PORT SLACK FILE     a queue in a file, repeated until Slack says ok; nothing is
                                                       remembered of what may have arrived

In all of them a page that is to ring later is a timer in memory.
"""

import asyncio
import json
import sqlite3
import sys
from collections.abc import Coroutine
from typing import Any
from urllib.parse import parse_qs

import aiohttp
from aiohttp import web

PAGED = "U01BEN"
LATER = 3.0  # seconds until a sev2 pages
TRIES, BETWEEN = 3, 0.1
AGAIN_EVERY = 0.5
GIVES_UP = 10.0  # on one call


class Pattern:
    """Takes `/incident declare sev1 TITLE` at once, `sev2` later; answers 200 before it pages."""

    def __init__(self, slack: str, file: str) -> None:
        self._slack = slack
        self._file = file
        self._tasks: set[asyncio.Task[None]] = set()

    def site(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/slack/events", self.declared)
        app.router.add_get("/readyz", self.ready)
        app.on_startup.append(self.started)
        return app

    async def ready(self, request: web.Request) -> web.Response:
        return web.Response()

    async def started(self, app: web.Application) -> None:
        """What an earlier life left is taken up, where the pattern knows of it."""

    async def declared(self, request: web.Request) -> web.Response:
        words = parse_qs((await request.read()).decode())["text"][0].split()
        wait = LATER if words[1] == "sev2" else 0.0
        self._begin(self._rings(" ".join(words[2:]), wait))
        return web.Response()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _rings(self, title: str, wait: float) -> None:
        await asyncio.sleep(wait)
        await self.page(title)

    async def page(self, title: str) -> None:
        raise NotImplementedError

    async def _post(self, title: str) -> bool:
        body = {"channel": PAGED, "text": title}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(GIVES_UP)) as http,
                http.post(
                    f"{self._slack}/api/chat.postMessage",
                    json=body,
                    headers={"Authorization": "Bearer xoxb-playground"},
                ) as response,
            ):
                return bool(json.loads(await response.read()).get("ok"))
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return False


class Once(Pattern):
    async def page(self, title: str) -> None:
        if not await self._post(title):
            print(f"could not page: {title}", file=sys.stderr)


class Retries(Pattern):
    async def page(self, title: str) -> None:
        for _ in range(TRIES):
            if await self._post(title):
                return
            await asyncio.sleep(BETWEEN)
        print(f"could not page: {title}", file=sys.stderr)


class Queue(Pattern):
    async def started(self, app: web.Application) -> None:
        with sqlite3.connect(self._file) as database:
            database.execute("CREATE TABLE IF NOT EXISTS page (title TEXT PRIMARY KEY)")
            for (title,) in database.execute("SELECT title FROM page").fetchall():
                self._begin(self._until_sent(title))

    async def page(self, title: str) -> None:
        with sqlite3.connect(self._file) as database:
            database.execute("INSERT INTO page VALUES (?)", (title,))
        await self._until_sent(title)

    async def _until_sent(self, title: str) -> None:
        while not await self._post(title):
            await asyncio.sleep(AGAIN_EVERY)
        with sqlite3.connect(self._file) as database:
            database.execute("DELETE FROM page WHERE title = ?", (title,))


PATTERNS: dict[str, type[Pattern]] = {"once": Once, "retries": Retries, "queue": Queue}

if __name__ == "__main__":
    name, port, slack, file = sys.argv[1:]
    web.run_app(
        PATTERNS[name](slack, file).site(), host="127.0.0.1", port=int(port), access_log=None, print=None
    )
