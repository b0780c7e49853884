"""When what was missed is read back: at the start, by another connection, after a standstill; and not else."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, update

from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.outbox import OutboxItem
from bot.incidents.rows import Incident
from bot.steps.hearing import STOOD_STILL, Hearing

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


class Standing(Clock):
    """A clock whose seconds pass by hand."""

    at = 0.0

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return self.at


class Line:
    """What Slack's events come by."""

    connection: object | None = None

    async def __call__(self) -> object | None:
        return self.connection


async def asked(db: Database) -> int:
    """How many parts wait to be read; none does from then on."""
    async with db.begin() as session:
        waiting = OutboxItem.kind == "timeline.missed", OutboxItem.due_at.is_not(None)
        count = await session.scalar(select(func.count()).where(*waiting)) or 0
        await session.execute(update(OutboxItem).where(*waiting).values(due_at=None))
        return count


@pytest.fixture
async def one_open(db: Database) -> Database:
    async with db.begin() as session:
        for number, resolved_at in enumerate((None, NOW), start=1):
            session.add(
                Incident(
                    title="Checkout is down",
                    severity="SEV1",
                    status="investigating",
                    declared_at=NOW,
                    declared_by="U1",
                    changed_at=NOW,
                    resolved_at=resolved_at,
                    channel_id=f"C{number}",
                )
            )
    return db


async def test_it_is_read_at_the_start_and_by_each_new_connection(one_open: Database) -> None:
    clock, line = Standing(), Line()
    hearing = Hearing(db=one_open, clock=clock, connection=line)
    await hearing.run()
    assert await asked(one_open) == 0, "Slack is not heard yet"
    line.connection = first = object()
    await hearing.run()
    assert await asked(one_open) == 2, "the pins and the channel of the open one"
    await hearing.run()
    assert await asked(one_open) == 0
    line.connection = object()
    await hearing.run()
    assert await asked(one_open) == 2
    line.connection = None
    await hearing.run()
    line.connection = first
    await hearing.run()
    assert await asked(one_open) == 2


async def test_it_is_read_after_a_standstill(one_open: Database) -> None:
    clock, line = Standing(), Line()
    line.connection = object()
    hearing = Hearing(db=one_open, clock=clock, connection=line)
    await hearing.run()
    assert await asked(one_open) == 2
    clock.at += STOOD_STILL
    await hearing.run()
    assert await asked(one_open) == 0
    clock.at += STOOD_STILL + 1
    await hearing.run()
    assert await asked(one_open) == 2


async def test_what_is_still_read_begins_anew_and_is_not_read_twice(one_open: Database) -> None:
    line = Line()
    for _ in range(3):
        line.connection = object()
        await Hearing(db=one_open, clock=Standing(), connection=line).run()
        async with one_open.begin() as session:
            await session.execute(
                update(OutboxItem).values(about={"part": "channel", "cursor": "c", "below": "9"})
            )
    await Hearing(db=one_open, clock=Standing(), connection=line).run()
    async with one_open.read() as session:
        told = (
            await session.scalars(select(OutboxItem.about).where(OutboxItem.kind == "timeline.missed"))
        ).all()
    assert told == [{"part": "channel"}] * 2
