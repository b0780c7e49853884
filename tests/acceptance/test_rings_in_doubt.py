"""A ring that arrived while nobody knew it, and was answered elsewhere meanwhile: in the end it shows who has the page."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from bot.core.outbox import OutboxItem
from bot.core.timeline import entries_of_page
from tests.acceptance.changes import impatient
from tests.acceptance.office import Office, open_office, said
from tests.acceptance.pages import rings


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with open_office(database_url, change=impatient) as office:
        yield office


async def waits_at_slack(office: Office) -> None:
    async with asyncio.timeout(60):
        while not any(fault.waiting for fault in office.playground.faults):
            await office.get("/workspace")


async def test_a_ring_that_arrives_after_everybody_looked_shows_who_has_the_page(office: Office) -> None:
    """Slack kept the call in a queue: it is carried out when the page was acknowledged, and looked for in vain."""
    await office.fault("chat.postMessage", "pause", times=1, match={"channel": office.finn.id})
    await office.ada.types("/page finn Disk is full", settle=False)
    await waits_at_slack(office)
    await office.ada.types("/page ack 1")
    await office.passes(seconds=5)
    assert await rings(office.finn) == []

    await office.no_faults()
    async with asyncio.timeout(60):
        while len(await rings(office.finn)) != 1:
            await office.get("/workspace")
    await office.passes(seconds=31)
    assert await rings(office.finn) == []
    assert f"Acknowledged by {office.ada.shown}" in said(await office.finn.direct_messages())
    await office.passes(minutes=5)
    assert (await office.ada.types("/page show 1")).count("accepted") == 1
    async with office.app.bot.db.read() as session:
        entries = await entries_of_page(session, 1)
    assert [entry.data["state"] for entry in entries if entry.kind == "page_state"] == ["accepted"]


@pytest.mark.parametrize("how", ["drop_after", "pause"])
async def test_a_call_for_help_whose_arrival_was_in_doubt_shows_who_has_the_page(
    office: Office, how: str
) -> None:
    await office.fault("chat.postMessage", "error", error="user_disabled", match={"channel": office.finn.id})
    await office.fault("chat.postMessage", how, times=1, match={"channel": "#incidents"})
    await office.ada.types("/page finn Disk is full", settle=False)
    if how == "pause":
        await waits_at_slack(office)
    else:
        async with asyncio.timeout(60):
            while "Please call somebody" not in await office.ada.reads("incidents"):
                await office.get("/workspace")
    await office.ada.types("/page ack 1")
    await office.passes(seconds=5)
    await office.no_faults()
    async with asyncio.timeout(60):
        while "Disk is full" not in await office.ada.reads("incidents"):
            await office.get("/workspace")
    await office.passes(seconds=31)
    told = await office.ada.reads("incidents")
    assert "Please call somebody" not in told
    assert f"Acknowledged by {office.ada.shown}" in told


async def test_a_look_that_fails_at_first_and_finds_nothing_is_over_then(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    await office.fault("chat.postMessage", "pause", times=1, match={"channel": office.finn.id})
    await office.ada.types("/page finn Disk is full", settle=False)
    await waits_at_slack(office)
    await office.ada.types("/page ack 1")
    await office.passes(seconds=5)
    await office.fault("conversations.history", "drop", times=2)
    await office.passes(seconds=31)
    for _ in range(3):
        await office.passes(minutes=3)
    assert await rings(office.finn) == []
    async with office.app.bot.db.read() as session:
        late = (await session.scalars(select(OutboxItem).where(OutboxItem.kind == "page.late"))).all()
    assert [item.outcome for item in late] == ["done", "done"], "it looked twice, and neither failed for good"
    assert max(item.attempts for item in late) > 1
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
