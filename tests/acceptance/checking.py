"""What stories about status checks share: a server that is probed, a bot with checks, and what came of them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from sqlalchemy import select

from bot.alerts.rows import Signal
from bot.checks.rows import CheckState
from bot.config import Config
from bot.config.sections.checks import Check, Objective
from tests.acceptance.office import Json, Office, open_office


class Target:
    """A server that answers as a story has it."""

    def __init__(self) -> None:
        self.status = 200
        self.body = '{"status": "ok", "queue": {"length": 3}}'
        self.headers: dict[str, str] = {}
        self.asked: list[web.Request] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        return web.Response(status=self.status, text=self.body, headers=self.headers)


@asynccontextmanager
async def open_target() -> AsyncIterator[Target]:
    """A server of the story's own."""
    target = Target()
    site = web.Application()
    site.router.add_route("*", "/{path:.*}", target.answer)
    runner = web.AppRunner(site)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    target.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield target
    await runner.cleanup()


def with_checks(*checks: Json, slos: tuple[Json, ...] = ()) -> Callable[[Config], Config]:
    def change(config: Config) -> Config:
        return config.model_copy(
            update={
                "checks": tuple(Check.model_validate(check) for check in checks),
                "slos": tuple(Objective.model_validate(slo) for slo in slos),
            }
        )

    return change


@asynccontextmanager
async def checking(
    database_url: str, *checks: Json, slos: tuple[Json, ...] = (), **settings: Any
) -> AsyncIterator[Office]:
    async with open_office(database_url, change=with_checks(*checks, slos=slos), **settings) as office:
        await office.settled()
        yield office


async def signals(office: Office) -> list[Json]:
    """The events that were handed on, the oldest first."""
    async with office.app.bot.db.read() as session:
        found = await session.scalars(
            select(Signal).where(Signal.integration == "checks").order_by(Signal.id)
        )
        return [signal.event for signal in found]


async def state(office: Office, name: str) -> CheckState:
    async with office.app.bot.db.read() as session:
        found = await session.get(CheckState, name)
    assert found is not None
    return found
