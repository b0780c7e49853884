"""Two acts on one schedule at the same moment, by two replicas: each an engine of its own on one Postgres."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.db import Database
from bot.core.errors import RuleRefused, UserError
from bot.core.outbox import OutboxItem
from bot.oncall.calendars import expect_calendars
from bot.oncall.requests import agree, ask_cover
from bot.oncall.rows import ImportedCalendarRow, OverrideRow, ScheduleWatch
from bot.oncall.standing_in import put_on_call, take_back
from bot.oncall.watch import expect_watches
from tests.databases import PostgresCluster
from tests.oncall.rota import berlin, config_of, layer

NOW = berlin("2026-11-21 10:30")
HOUR = timedelta(hours=1)
CONFIG = config_of(layer("weekly", ["ada", "bo", "cleo"], start="2026-11-16", every="5w"))
# Long enough to come to the lock that the first one holds.
COMES_TO_IT = 0.15


@pytest.fixture
async def replicas(postgres_cluster: PostgresCluster) -> AsyncIterator[list[Database]]:
    async with postgres_cluster.one() as url:
        found = [Database(url) for _ in range(2)]
        yield found
        for db in found:
            await db.close()


async def at_once(
    replicas: list[Database],
    first: Callable[[AsyncSession], Awaitable[object]],
    second: Callable[[AsyncSession], Awaitable[object]],
) -> UserError | None:
    """The second comes while the first is not yet committed; returns what it was refused with."""

    async def comes() -> UserError | None:
        try:
            async with replicas[1].begin() as session:
                await second(session)
        except UserError as refusal:
            return refusal
        return None

    async with replicas[0].begin() as session:
        await first(session)
        other = asyncio.create_task(comes())
        await asyncio.sleep(COMES_TO_IT)
    return await other


async def asked(db: Database) -> int:
    async with db.begin() as session:
        request = await ask_cover(
            session,
            config=CONFIG,
            schedule="primary",
            starts_at=NOW + HOUR,
            ends_at=NOW + 3 * HOUR,
            actor="ada",
            by="U01ADA",
            now=NOW,
        )
        return request.id


def takes(request: int, person: str) -> Callable[[AsyncSession], Awaitable[object]]:
    async def take(session: AsyncSession) -> object:
        by = f"U01{person.upper()}"
        return await agree(session, request, config=CONFIG, actor=person, by=by, now=NOW)

    return take


async def test_of_two_who_take_one_shift_one_has_it(replicas: list[Database]) -> None:
    request = await asked(replicas[0])
    refused = await at_once(replicas, takes(request, "bo"), takes(request, "cleo"))
    assert isinstance(refused, RuleRefused)
    assert "bo has taken it" in refused.what


async def test_a_shift_that_was_offered_twice_goes_to_one(replicas: list[Database]) -> None:
    """Two requests for the same hours, each taken by somebody else: nobody is told "yours" for what is not."""
    async with replicas[0].begin() as session:
        await expect_watches(session, CONFIG, now=NOW)
    first, second = [await asked(replicas[0]) for _ in range(2)]
    refused = await at_once(replicas, takes(first, "bo"), takes(second, "cleo"))
    assert isinstance(refused, RuleRefused)
    assert "ada is not on call" in refused.what
    async with replicas[0].read() as session:
        assert (await session.scalars(select(OverrideRow.person))).all() == ["bo"]


async def test_an_override_is_cancelled_once_and_told_once(replicas: list[Database]) -> None:
    async with replicas[0].begin() as session:
        row = await put_on_call(
            session,
            config=CONFIG,
            schedule="primary",
            person="bo",
            starts_at=NOW + HOUR,
            ends_at=NOW + 2 * HOUR,
            actor="ada",
            by="U01ADA",
            now=NOW,
        )

    async def cancel(session: AsyncSession) -> object:
        return await take_back(session, row.id, config=CONFIG, actor="ada", by="U01ADA", now=NOW)

    refused = await at_once(replicas, cancel, cancel)
    assert isinstance(refused, RuleRefused)
    assert "cancelled already" in refused.what
    async with replicas[0].read() as session:
        told = select(func.count()).select_from(OutboxItem).where(OutboxItem.kind == "oncall.override")
        assert await session.scalar(told) == 2, "one for the override, one for its end"


async def test_replicas_that_start_at_once_on_a_new_database(replicas: list[Database]) -> None:
    imported = {"name": "imported", "ical": {"url_from": "ROTA_URL"}}
    config = config_of(layer("weekly", ["ada", "bo"], start="2026-11-16"), imported)

    async def expect(session: AsyncSession) -> None:
        await expect_watches(session, config, now=NOW)
        await expect_calendars(session, config, {"ROTA_URL": "https://example.com/rota.ics"}, now=NOW)

    assert await at_once(replicas, expect, expect) is None
    async with replicas[0].read() as session:
        assert (await session.scalars(select(ScheduleWatch.schedule))).all() == ["primary"]
        assert (await session.scalars(select(ImportedCalendarRow.layer))).all() == ["imported"]
