"""`tocsin demo`, as a newcomer meets it: a process, and its workspace over HTTP."""

import asyncio
import os
import resource
import shlex
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bot.demo_story import ADA, BO, CLEO
from tests.acceptance.office import said

BOT = "U0TOCSIN"
ROOT = Path(__file__).parents[2]
# What must have no say: a real gateway would ring real people, a real switch would hear that all is well.
REAL = {
    "SLACK_BOT_TOKEN": "xoxb-canary",
    "TOCSIN_DATABASE_URL": "postgresql://canary@localhost:1/canary",
    "TOCSIN_GATEWAY_EMAIL": "json://127.0.0.1:1/canary/{address}",
    "TOCSIN_DEADMAN_URL": "http://127.0.0.1:1/canary",
}


class Demo:
    """The workspace of a demo that runs."""

    def __init__(self, http: aiohttp.ClientSession, url: str, welcome: str) -> None:
        self._http, self.url, self.welcome = http, url, welcome

    async def get(self, path: str) -> Any:
        async with self._http.get(self.url + path) as answer:
            return await answer.json()

    async def act(self, person: str, act: str, **body: Any) -> Any:
        async with self._http.post(f"{self.url}/people/{person}/{act}", json=body) as answer:
            return await answer.json()

    async def post(self, url: str, body: str) -> tuple[int, Any]:
        async with self._http.post(url, data=body) as answer:
            return answer.status, await answer.json()

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
    for _ in range(600):
        if found := await look():
            return found
        await asyncio.sleep(0.1)
    raise AssertionError("nothing came")


@asynccontextmanager
async def a_demo(*more: str, **environment: str) -> AsyncIterator[Demo]:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    before = children.ru_utime + children.ru_stime
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--port", "0", *more),
        env={**os.environ, **REAL, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        welcome = ""
        while "Ctrl-C" not in welcome and not ("--quiet" in more and welcome):
            welcome += (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
        (url,) = [line.strip() for line in welcome.splitlines() if line.strip().startswith("http")]
        async with aiohttp.ClientSession() as http:
            yield Demo(http, url.partition("/#/")[0], welcome)
    finally:
        used = cpu_seconds(process.pid)
        process.send_signal(signal.SIGINT)
        _, complaints = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    assert complaints.decode() == "", "the log of a demo in which nothing goes wrong is empty"
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Wall time says little on a busy machine. Python's last look for garbage took a second of work, and more.
    assert children.ru_utime + children.ru_stime - before - used < 0.7, "Ctrl-C ends it at once"


def cpu_seconds(pid: int) -> float:
    """What a process that runs has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def test_a_newcomer_is_paged_sees_who_is_on_call_and_can_be_reached_by_telephone() -> None:
    async with a_demo("--quiet") as demo:
        assert "Three customers cannot pay" in await demo.waits_for("Page #", ADA)
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


async def test_a_newcomer_changes_app_yaml_and_sees_what_it_changed(tmp_path: Path) -> None:
    written = tmp_path / "app.yaml"
    shutil.copy(ROOT / "app.yaml", written)
    shutil.copytree(ROOT / "runbooks", tmp_path / "runbooks")
    async with a_demo("--quiet", TOCSIN_CONFIG=str(written)) as demo:
        await demo.waits_for("Page #", ADA)
        written.write_text(
            written.read_text().replace("organization: Example Shop", "organization: Example Store")
        )

        async def second() -> bool:
            await demo.act(ADA, "command", channel="C01GENERAL", text="/ops config")
            return "the file changed" in await demo.messages(ADA, "C01GENERAL")

        await until(second)
        await demo.act(ADA, "command", channel="C01GENERAL", text="/check")
        await demo.waits_for("1 of 4 checks failing", ADA, "C01GENERAL")


async def test_a_newcomer_sends_an_alert_that_rings_and_sees_checks_maintenance_and_backlog() -> None:
    async with a_demo() as demo:
        lines = [line.strip() for line in demo.welcome.splitlines() if line.strip()]
        assert lines[1].startswith("http://127.0.0.1:"), "the URL comes first"
        assert len(lines) < 12

        (curl,) = [line for line in lines if line.startswith("curl ")]
        program, url, option, body = shlex.split(curl)
        assert (program, option) == ("curl", "-d")
        status, answer = await demo.post(url, body)
        assert (status, answer["message"]) == (202, "Event processed")
        await demo.waits_for("#3 Checkout answers with errors", ADA, "C01INCIDENTS")
        assert "Checkout answers with errors" in await demo.waits_for("incident #3", ADA)

        said_before = await demo.messages(ADA, "C01INCIDENTS")
        assert "Product images: status 404" in said_before, "a check of its own fails, and its alert is told"
        assert "Card payments take 4 s" in said_before

        for command, words in {
            "/check": "1 of 4 checks failing",
            "/check maintenance": "New certificates",
            "/ops backlog": "Retry a card payment with the second processor",
            "/ops alerts": "5 rang, *none acted on*",
            "/ops config": "at the start",
        }.items():
            await demo.act(ADA, "command", channel="C01GENERAL", text=command)
            await demo.waits_for(words, ADA, "C01GENERAL")
