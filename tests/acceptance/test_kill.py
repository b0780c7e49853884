"""The bot is killed with -9 between any two steps, and started again: nothing is lost, nothing is doubled."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bot.config import load
from bot.core.chain import first_broken
from bot.core.db import Database
from bot.core.timeline import entries_of
from bot.reading import incidents as reading
from tests.acceptance.kit import WHOLE, kit, messages
from tests.acceptance.office import said, write_config
from tests.acceptance.process import BotProcess, FarOffice, far_bot, finished, restarted

# What a declared incident calls, and with what the bot looks, when in doubt, before it says a thing again.
STEPS = (
    "conversations.create",
    "users.lookupByEmail",
    "users.info",
    "conversations.invite",
    "conversations.setTopic",
    "bookmarks.add",
    "chat.postMessage",
    "pins.add",
    "chat.update",
    "response_url",
)
LOOKS = ("auth.test", "users.conversations", "conversations.list", "conversations.history", "bookmarks.list")
# The members are not read ahead, so that a declaration looks its people up.
SHORT_LEASE = {"read_members": False, "slack_timeout": "5s", "lease": "6s"}


@asynccontextmanager
async def far_office(url: str, folder: Path) -> AsyncIterator[tuple[FarOffice, BotProcess]]:
    config = folder / "app.yaml"
    write_config(config, delivery=SHORT_LEASE)
    env = {"TOCSIN_CONFIG": str(config), "TOCSIN_DATABASE_URL": url, "TOCSIN_LOG_LEVEL": "warning"}
    async with far_bot(folder, **env) as (playground, bot), aiohttp.ClientSession() as http:
        yield FarOffice(playground, http, url, load(config)), bot


async def declares(office: FarOffice, title: str) -> None:
    await office.ada.types("/incident declare", settle=False)
    assert await office.ada.submits(title=title, severity="SEV1", service="checkout") == {}


async def all_struck(office: FarOffice, within: float = 4.5) -> set[str]:
    """Waits until every ordered fault holds a call; returns where (those that nothing came to are left out)."""
    faults = list(office.playground.faults)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within):
            while any(not fault.waiting for fault in faults):  # noqa: ASYNC110 - there is no event for it
                await asyncio.sleep(0.005)
    return {fault.on for fault in faults if fault.waiting}


async def whole(office: FarOffice, url: str, count: int) -> None:
    """Every incident has all, once; and so has its record."""
    database = Database(url)
    try:
        await finished(database)
        for number in range(1, count + 1):
            assert await kit(office, ("U01ADA", "U01BO"), number) == WHOLE, f"incident {number}"
            data, _ = await reading.incident(database, number, office.config)
            assert sum(entry["kind"] == "channel" for entry in data["timeline"]) == 1
            async with database.read() as session:
                entries = await entries_of(session, number)
            assert first_broken(sorted(entries, key=lambda entry: entry.number)) is None
            failed = {e.data["what"] for e in entries if e.kind == "failed"}
            assert failed == {e.data["what"] for e in entries if e.kind == "mended"}
        told = [said(m) for m in await office.ada.messages("general") if m["ephemeral"]]
        for number in range(1, count + 1):
            (place,) = [
                c
                for c in (await office.get("/workspace"))["channels"]
                if c["name"].startswith(f"inc-{number}-")
            ]
            assert any(f"<#{place['id']}>" in words for words in told), f"incident {number}: {told}"
            posts = [said(m) for m in await messages(office, place["id"])]
            assert sum("The cause is known" in post for post in posts) <= 1
    finally:
        await database.close()


@pytest.mark.parametrize("way", ["hang", "hang_after"])
async def test_killed_at_every_call(durable_url: str, tmp_path: Path, way: str) -> None:
    """Four incidents at once, one call of each kind held before (or after) it is carried out; then kill -9. While
    the next life looks what had arrived, it is killed in the same way.
    """
    async with far_office(durable_url, tmp_path) as (office, bot):
        for number, step in enumerate(STEPS):
            await office.fault(step, way, after=number % 2 if step != "users.info" else 0, times=1)
        for number in range(1, 5):
            await declares(office, f"Broken {number}")
        for number in range(1, 5):
            await office.bo.types(f"/incident severity {number} sev2")
            await office.bo.types(f"/incident severity {number} sev1")
        struck = await all_struck(office)
        assert len(struck) >= len(STEPS) - 1, struck
        await bot.kill()
        await office.no_faults()

        for look in LOOKS:
            await office.fault(look, "hang", times=1)
        await restarted(bot)
        assert await all_struck(office, within=8 if "postgres" in durable_url else 2)
        await bot.kill()
        await office.no_faults()

        await restarted(bot)
        await whole(office, durable_url, 4)
        assert "Traceback" not in bot.said()


async def test_killed_at_any_moment(durable_url: str, tmp_path: Path) -> None:
    chance = random.Random(20)
    async with far_office(durable_url, tmp_path) as (office, bot):
        for number in range(1, 5):
            await declares(office, f"Broken {number}")
            await asyncio.sleep(chance.uniform(0, 0.12))
            await bot.kill()
            await restarted(bot)
        await whole(office, durable_url, 4)
        assert "Traceback" not in bot.said()


async def test_a_declaration_that_was_answered_is_kept(durable_url: str, tmp_path: Path) -> None:
    """Killed right after the answer, with Slack dead: nothing but the commit can have kept it."""
    async with far_office(durable_url, tmp_path) as (office, bot):
        await office.post("/faults/dead")
        assert "#1" in await office.ada.types("/incident declare sev1 Checkout is down", settle=False)
        await bot.kill()
        await office.post("/faults/alive")
        await restarted(bot)
        database = Database(durable_url)
        await finished(database)
        await database.close()
        found = await kit(office, ("U01ADA",))
        assert {**found, "bookmarks": WHOLE["bookmarks"]} == WHOLE
