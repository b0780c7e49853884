"""The bot is killed with -9 while a command runs that a person wanted: it never runs again by itself, and people are told."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bot.config import load
from bot.core.db import Database
from bot.reading import incidents as reading
from tests.acceptance.kit import messages
from tests.acceptance.office import find_element, said, write_config
from tests.acceptance.process import BotProcess, FarOffice, far_bot

# Notes that it began, and lives until it is told to go: a program does not die with the bot that is killed.
PROGRAM = """\
import pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
with (folder / "began").open("a") as file:
    file.write("began\\n")
print("half of it is done", flush=True)
for _ in range(int(sys.argv[2]) * 20):
    if (folder / "go").exists() or not folder.exists():
        break
    time.sleep(0.05)
print("all of it is done", flush=True)
"""
RUNBOOK = (
    "---\nservices: [checkout]\n---\n# Rollback\n\n1. Roll back: [to the version before](command:rollback)\n"
)


@asynccontextmanager
async def far_runbooks(url: str, folder: Path, *, lasts: int) -> AsyncIterator[tuple[FarOffice, BotProcess]]:
    """A bot in a process of its own with one runbook, whose command lasts so many seconds."""
    (folder / "books").mkdir()
    (folder / "books" / "rollback.md").write_text(RUNBOOK)
    (folder / "program.py").write_text(PROGRAM)
    argv = [sys.executable, str(folder / "program.py"), str(folder), str(lasts)]
    commands = [{"name": "rollback", "title": "Roll back", "argv": argv, "allowed": ["everybody"]}]
    config = folder / "app.yaml"
    write_config(
        config,
        runbooks={"folder": "books"},
        commands=commands,
        delivery={"slack_timeout": "5s", "lease": "6s"},
    )
    env = {"TOCSIN_CONFIG": str(config), "TOCSIN_DATABASE_URL": url, "TOCSIN_LOG_LEVEL": "warning"}
    try:
        async with far_bot(folder, **env) as (playground, bot), aiohttp.ClientSession() as http:
            yield FarOffice(playground, http, url, load(config)), bot
    finally:
        (folder / "go").touch()


async def comes(is_so: Callable[[], Awaitable[bool]], within: float = 30) -> None:
    """Waits in real time."""
    async with asyncio.timeout(within):
        while not await is_so():  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.05)


async def posted(office: FarOffice) -> str:
    """An incident with the steps in its channel; returns the channel."""
    await comes(lambda: _says(office, "/ops runbooks", "Rollback"))
    await office.ada.types("/incident declare sev1 service:checkout Nobody can pay", settle=False)
    await comes(lambda: _is_there(office))
    channel = await office.incident_channel()
    await office.ada.types("/incident runbook 1 rollback", settle=False)
    await comes(lambda: _has(office, channel, "Run: Roll back …"))
    await comes(lambda: _takes_part(office, channel))
    return channel


async def _takes_part(office: FarOffice, channel: str) -> bool:
    """Whoever clicks in it must have been invited first."""
    return office.ada.id in (await office.channel(channel))["members"]


async def _is_there(office: FarOffice) -> bool:
    return any(c["name"].startswith("inc-1-") for c in (await office.get("/workspace"))["channels"])


async def _says(office: FarOffice, command: str, words: str) -> bool:
    return words in await office.ada.types(command, settle=False)


async def _has(office: FarOffice, channel: str, label: str) -> bool:
    return find_element(await office.ada.messages(channel), label) is not None


async def wants(office: FarOffice, channel: str) -> None:
    """Somebody wants the command to run, and confirms."""
    await office.ada.clicks("Run: Roll back …", channel=channel)
    assert await office.ada.submits() == {}


async def runs(office: FarOffice, channel: str) -> list[str]:
    """What the thread of the steps tells, a message each run."""
    place = (await office.channel(channel))["id"]
    steps = next(m for m in await messages(office, place) if "Runbook “" in m["text"])
    return [said(m) for m in await messages(office, place, steps["ts"])]


async def told(office: FarOffice, url: str) -> list[dict[str, Any]]:
    """What the timeline has of commands."""
    database = Database(url)
    try:
        data, _ = await reading.incident(database, 1, office.config)
    finally:
        await database.close()
    return [entry["data"] for entry in data["timeline"] if entry["kind"] == "command"]


def begun(folder: Path) -> int:
    file = folder / "began"
    return len(file.read_text().split()) if file.exists() else 0


async def test_killed_in_the_middle_it_is_told_as_unknown_and_runs_again_only_when_somebody_says_so(
    durable_url: str, tmp_path: Path
) -> None:
    async with far_runbooks(durable_url, tmp_path, lasts=120) as (office, bot):
        channel = await posted(office)
        await wants(office, channel)
        await comes(lambda: _shows(office, channel, "half of it is done"))
        await bot.kill()
        assert begun(tmp_path) == 1
        await bot.start()
        await bot.is_up()
        # On Postgres another replica could be running it: it waits for the lease, 30 seconds.
        await comes(lambda: _shows(office, channel, "has an unknown outcome"), within=60)
        (run,) = await runs(office, channel)
        assert "what it has done by then is not known" in run
        assert "It is not begun again by itself" in run
        assert "half of it is done" in run
        assert [one["what"] for one in await told(office, durable_url)] == ["confirmed", "unknown"]
        await asyncio.sleep(3)
        assert begun(tmp_path) == 1
        (tmp_path / "go").touch()
        await wants(office, channel)
        await comes(lambda: _shows(office, channel, "ended well"))
        assert begun(tmp_path) == 2
        assert [one["what"] for one in await told(office, durable_url)][2:] == ["confirmed", "done"]
        assert "Traceback" not in bot.said()


async def _shows(office: FarOffice, channel: str, words: str) -> bool:
    return any(words in run for run in await runs(office, channel))


async def test_killed_at_any_moment_each_click_runs_it_at_most_once(durable_url: str, tmp_path: Path) -> None:
    chance = random.Random(7)
    async with far_runbooks(durable_url, tmp_path, lasts=0) as (office, bot):
        channel = await posted(office)
        for clicks in range(1, 4):
            await wants(office, channel)
            await asyncio.sleep(chance.uniform(0, 0.25))
            await bot.kill()
            await bot.start()
            await bot.is_up()
            await comes(lambda wanted=clicks: _are_over(office, channel, wanted), within=60)
            assert begun(tmp_path) <= clicks
        ends = [one["what"] for one in await told(office, durable_url) if one["what"] != "confirmed"]
        assert len(ends) == 3
        assert set(ends) <= {"done", "unknown"}
        assert ends.count("done") <= begun(tmp_path) <= 3


async def _are_over(office: FarOffice, channel: str, count: int) -> bool:
    found = await runs(office, channel)
    return len(found) == count and all(
        "ended well" in run or "has an unknown outcome" in run for run in found
    )
