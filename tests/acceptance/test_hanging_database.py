"""Postgres neither answers nor refuses: people hear of it in time, the process can be stopped, and all goes on after."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.acceptance.kit import WHOLE, kit
from tests.acceptance.office import open_office
from tests.acceptance.process import FarOffice, far_bot
from tests.acceptance.wire import Wire, wire_to
from tests.databases import PostgresCluster

SLACKS_PATIENCE = 3.0
pytestmark = pytest.mark.impatient


@pytest.fixture
async def wire_and_url(postgres_cluster: PostgresCluster) -> AsyncIterator[tuple[Wire, str]]:
    async with postgres_cluster.one() as url, wire_to(url) as found:
        yield found


@asynccontextmanager
async def soon(within: float = SLACKS_PATIENCE) -> AsyncIterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < within


async def test_people_hear_of_it_in_time_and_all_goes_on_after(wire_and_url: tuple[Wire, str]) -> None:
    wire, url = wire_and_url
    async with open_office(url.replace("postgresql:", "postgresql+asyncpg:")) as office:
        assert "#1" in await office.ada.types("/incident declare sev1 Checkout is down")
        await office.passes(seconds=3)
        channel = await office.incident_channel()

        wire.swallow()
        async with soon():
            answer = await office.ada.types("/incident declare sev1 Search is down", settle=False)
        assert "database did not answer in time" in answer
        assert "/incident list" in answer
        async with soon():
            answer = await office.bo.types("/incident list", settle=False)
        assert "database did not answer in time" in answer
        async with soon():
            await office.ada.clicks("Join as lead", channel=channel, settle=False)
        async with asyncio.timeout(3):
            while "did not answer in time" not in await office.ada.is_told(channel):  # noqa: ASYNC110 - the words come by themselves
                await asyncio.sleep(0.02)
        async with soon(), office.http.get(f"{office.bot_url}/readyz") as ready:
            assert ready.status == 503
            assert "does not answer" in (await ready.json())["checks"]["database"]
        async with office.http.get(f"{office.bot_url}/healthz") as alive:
            assert alive.status == 200

        wire.pass_on()
        async with asyncio.timeout(20):
            while "Checkout" not in await office.ada.types("/incident list", settle=False):  # noqa: ASYNC110 - the driver's own waits have to end
                await asyncio.sleep(0.1)
        assert "#2" in await office.ada.types("/incident declare sev1 Search is down")
        await office.ada.clicks("Join as lead", channel=channel)
        await office.passes(seconds=5)
        for number in (1, 2):
            assert {**await kit(office, ("U01ADA",), number), "bookmarks": WHOLE["bookmarks"]} == WHOLE
        assert (await office.record())["roles"] == {"lead": office.ada.id}


async def test_many_who_declare_hear_of_it_each_in_time_and_none_of_it_comes_after(
    wire_and_url: tuple[Wire, str],
) -> None:
    wire, url = wire_and_url
    async with open_office(url.replace("postgresql:", "postgresql+asyncpg:")) as office:
        people = (office.ada, office.bo, office.cleo, office.dev, office.eve, office.finn)
        for number, who in enumerate(people, start=1):  # and are known from then on
            assert f"#{number}" in await who.types("/incident declare sev2 Checkout is down")

        wire.swallow()
        async with soon():
            answers = await asyncio.gather(
                *(who.types("/incident declare sev1 Search is down", settle=False) for who in people)
            )
        for answer in answers:
            assert "database did not answer in time" in answer
        wire.pass_on()

        async with asyncio.timeout(20):
            while "Checkout" not in await office.ada.types("/incident list", settle=False):  # noqa: ASYNC110 - the driver's own waits have to end
                await asyncio.sleep(0.1)
        answers = await asyncio.gather(
            *(who.types("/incident declare sev1 Mail is late", settle=False) for who in people)
        )
        assert all("Mail is late" in answer for answer in answers)
        await office.settled()
        listed = await office.ada.types("/incident list all")
        assert "12 incidents" in listed
        assert "Search is down" not in listed


async def test_it_can_be_stopped_meanwhile(wire_and_url: tuple[Wire, str], tmp_path: Path) -> None:
    wire, url = wire_and_url
    async with (
        far_bot(tmp_path, TOCSIN_DATABASE_URL=url) as (playground, bot),
        aiohttp.ClientSession() as http,
    ):
        office = FarOffice(playground, http, "", None)  # type: ignore[arg-type]
        assert "#1" in await office.ada.types("/incident declare sev1 Checkout is down")
        wire.swallow()
        async with soon():
            assert "did not answer in time" in await office.ada.types("/incident list")
        bot.process.send_signal(signal.SIGTERM)
        async with soon(15):
            assert await bot.ends(20) == 0
        assert "Traceback" not in bot.said(), bot.said()
