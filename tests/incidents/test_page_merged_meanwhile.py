"""A page is answered while its incident is merged into another one, on a database that lets both go on at once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.config import Config, load
from bot.core.db import Database
from bot.core.timeline import entries_of
from bot.incidents import paging, updates
from bot.incidents.declaring import Declaration, declare
from bot.paging.rows import Page
from bot.reviews import merging
from tests.acceptance.office import SAMPLE

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
CONFIG: Config = load(SAMPLE)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


async def two(db: Database) -> int:
    """Two incidents; the first one's page, by a policy that the second has no page of, is returned."""
    async with db.begin() as session:
        numbers = []
        for title in ("Checkout is down", "Nobody can pay"):
            incident = await declare(
                session,
                Declaration(title=title, severity=CONFIG.severities[-1]),
                config=CONFIG,
                by="U01",
                now=NOW,
            )
            numbers.append(incident.id)
        assert numbers == [1, 2]
        page = await paging.page_directly(
            session,
            CONFIG.escalation_policies[0].name,
            "Nobody can pay",
            config=CONFIG,
            by="U01",
            now=NOW,
            incident_number=1,
        )
        return page.id


@pytest.mark.parametrize("answer", [paging.acknowledge, paging.escalate_now])
async def test_the_answer_is_kept_and_stands_where_the_work_goes_on(db: Database, answer: object) -> None:
    page_id = await two(db)
    merged = asyncio.Event()

    async def merge() -> None:
        async with db.begin() as session:
            await merging.merge(session, 1, 2, config=CONFIG, by="U01", now=NOW)
            merged.set()
            await asyncio.sleep(0.3)  # the answer has come by now, and waits for this

    async def answered() -> None:
        await merged.wait()
        async with db.begin() as session:
            await answer(session, page_id, config=CONFIG, by="U02", now=NOW)  # type: ignore[operator]
            await asyncio.sleep(0.1)

    async def updated() -> None:
        """Of the incident that it went into: this locks its pages."""
        await merged.wait()
        async with db.begin() as session:
            await updates.post_update(session, 2, "The bank is away", config=CONFIG, by="U03", now=NOW)

    await asyncio.wait_for(asyncio.gather(merge(), answered(), updated()), 30)

    async with db.read() as session:
        page = await session.get_one(Page, page_id)
        kinds = [entry.kind for entry in await entries_of(session, 2)]
    assert page.incident_id == 2
    assert {"page_acknowledged", "paged"} & set(kinds)
    assert "update" in kinds
