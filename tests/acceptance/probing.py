"""What stories about probes share: a probe that runs once, and servers that answer as a story has it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.checks import probes
from bot.checks.evaluation import Seen
from bot.checks.probes.reach import Surroundings, http_session
from bot.config.sections.checks import Check
from bot.core.addresses import is_forbidden
from bot.core.clock import Clock
from tests.acceptance.office import Json

NOW = datetime.now(UTC)
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def run(tmp_path: Path, check: Json, now: datetime = NOW, **secrets: str) -> tuple[Seen, Check]:
    found = Check.model_validate({"name": "it", **check})
    async with http_session(is_forbidden) as http:
        around = Surroundings(
            now=now, zone=ZoneInfo("UTC"), folder=tmp_path, secrets=secrets, clock=Clock(), http=http
        )
        return await probes.run(found, around), found


def is_over(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().split()[2] == "Z"


@asynccontextmanager
async def tcp_server(serve: Serve, **options: object) -> AsyncIterator[int]:
    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(served, "127.0.0.1", 0, **options)  # type: ignore[arg-type]
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def website(**routes: Callable[[web.Request], web.StreamResponse]) -> AsyncIterator[str]:
    site = web.Application()
    for name, answer in routes.items():

        async def handle(
            request: web.Request, answer: Callable[[web.Request], web.StreamResponse] = answer
        ) -> web.StreamResponse:
            return answer(request)

        site.router.add_route("*", f"/{name}", handle)
    runner = web.AppRunner(site)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
