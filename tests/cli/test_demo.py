"""`tocsin demo`, as a newcomer meets it: a process, and its workspace over HTTP."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from bot.demo import ADA, BO, CLEO
from tests.acceptance.office import said

BOT = "U0TOCSIN"
# What must have no say: a real gateway would ring real people, a real switch would hear that all is well.
REAL = {
    "SLACK_BOT_TOKEN": "xoxb-canary",
    "TOCSIN_DATABASE_URL": "postgresql://canary@localhost:1/canary",
    "TOCSIN_GATEWAY_EMAIL": "json://127.0.0.1:1/canary/{address}",
    "TOCSIN_DEADMAN_URL": "http://127.0.0.1:1/canary",
}


class Demo:
    """The workspace of a demo that runs."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http, self.url = http, url

    async def get(self, path: str) -> Any:
        async with self._http.get(self.url + path) as answer:
            return await answer.json()

    async def act(self, person: str, act: str, **body: Any) -> Any:
        async with self._http.post(f"{self.url}/people/{person}/{act}", json=body) as answer:
            return await answer.json()

    async def sees(self, person: str, what: str) -> Any:
        return (await self.get(f"/people/{person}/screen"))[what]

    async def phones(self) -> Any:
        return (await self.get("/phones"))["messages"]

    async def messages(self, person: str, channel: str = BOT) -> str:
        found = await self.get(f"/people/{person}/messages?channel={channel}")
        return "\n".join(said(message) for message in found.get("messages", ()))

    async def waits_for(self, words: str, person: str, channel: str = BOT) -> str:
        async def look() -> str | None:
            shown = await self.messages(person, channel)
            return shown if words in shown else None

        return str(await until(look))


async def until(look: Callable[[], Awaitable[Any]]) -> Any:
    """What `look` finds, as soon as it finds something."""
    for _ in range(200):
        if found := await look():
            return found
        await asyncio.sleep(0.1)
    raise AssertionError("nothing came")


@asynccontextmanager
async def a_demo() -> AsyncIterator[Demo]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--quiet", "--port", "0"),
        env={**os.environ, **REAL},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode().strip()
        async with aiohttp.ClientSession() as http:
            yield Demo(http, line.partition("/#/")[0])
    finally:
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.wait(), 30)
    assert process.returncode == 0


async def test_a_newcomer_is_paged_sees_who_is_on_call_and_can_be_reached_by_telephone() -> None:
    async with a_demo() as demo:
        assert "Three customers cannot pay" in await demo.waits_for("Page #3", ADA)
        await demo.waits_for("Card payments fail", ADA, "C01INCIDENTS")
        assert "You took the role" not in await demo.messages(CLEO), "what is over needs no instructions"

        await demo.act(BO, "command", channel="C01GENERAL", text="/oncall primary")
        assert "override" in await demo.waits_for("Next:", BO, "C01GENERAL"), "hands change within the hour"

        await demo.act(ADA, "open_home", tab="home")
        home = await until(lambda: demo.sees(ADA, "home"))
        await demo.act(ADA, "click", container={"view": home["id"]}, action_id="contact.add")
        (form, *_) = await until(lambda: demo.sees(ADA, "views"))
        offered = str(form["blocks"])
        assert "Text message (SMS)" in offered
        assert "E-mail" not in offered, "the gateway of the environment has no say"
        values = {"kind": "sms", "address": "+46 70 123 45 67", "label": "My phone"}
        assert (await demo.act(ADA, "submit", view=form["id"], values=values))["ok"]
        (arrived, *_) = await until(demo.phones)
        assert "is your code for Tocsin" in arrived["text"]
