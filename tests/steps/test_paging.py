"""The tick's step for pages: one bad page stops no other, replicas share the work, and the auditor forgets none."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.core.clock import MovableClock
from bot.core.db import Database
from bot.core.outbox import OutboxItem
from bot.incidents import paging as verbs
from bot.paging import queries
from bot.paging.rows import Notification, Page
from bot.steps.paging import Paging
from tests.paging.kit import company

CONFIG = company()


async def opened(db: Database, clock: MovableClock, count: int = 1) -> list[int]:
    async with db.begin() as session:
        return [
            (
                await verbs.page_directly(
                    session, "default", f"Trouble {n}", config=CONFIG, by="U01ADA", now=clock.now()
                )
            ).id
            for n in range(count)
        ]


async def page(db: Database, number: int) -> Page:
    async with db.read() as session:
        return await session.get_one(Page, number)


def step(db: Database, clock: MovableClock, worker: str = "one") -> Paging:
    return Paging(config=CONFIG, db=db, clock=clock, worker=worker)


async def rung(db: Database, person: str) -> int:
    async with db.read() as session:
        query = select(func.count()).select_from(Notification).where(Notification.person == person)
        return await session.scalar(query) or 0


async def test_a_page_whose_handling_fails_is_put_off_longer_each_time_and_stops_no_other(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = MovableClock()
    bad, good = await opened(db, clock, 2)
    drive = verbs.due

    async def trips(session: Any, page_id: int, **more: Any) -> bool:
        if page_id == bad:
            raise ValueError("a fault of ours")
        return await drive(session, page_id, **more)

    monkeypatch.setattr(verbs, "due", trips)
    clock.advance(minutes=5, seconds=1)
    await step(db, clock).run()
    assert (await page(db, good)).step == 1
    first = (await page(db, bad)).claimed_until
    assert (await page(db, bad)).stumbles == 1
    clock.advance(seconds=3)
    await step(db, clock).run()
    second = (await page(db, bad)).claimed_until
    assert first is not None
    assert second is not None
    assert second - first > timedelta(seconds=3)

    monkeypatch.undo()
    clock.advance(minutes=5)
    await step(db, clock).run()
    found = await page(db, bad)
    assert (found.step, found.stumbles, found.claimed_until) == (1, 0, None)


async def test_a_page_that_fails_for_months_is_still_put_off(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = MovableClock()
    (number,) = await opened(db, clock)

    async def trips(*given: Any, **more: Any) -> bool:
        raise ValueError("a fault of ours")

    monkeypatch.setattr(verbs, "due", trips)
    for _ in range(20):
        clock.advance(minutes=6)
        await step(db, clock).run()
    found = await page(db, number)
    assert found.stumbles < 20, "counted without end it would become too large for its column"
    assert found.claimed_until is not None
    assert found.claimed_until > clock.now() + timedelta(minutes=4), "it waits for long, and no longer"


async def test_replicas_share_what_is_due_and_nobody_rings_twice(db: Database) -> None:
    clock = MovableClock()
    await opened(db, clock, 12)
    clock.advance(minutes=5, seconds=1)
    await asyncio.gather(*(step(db, clock, f"worker {n}").run() for n in range(3)))
    assert await rung(db, "bo") == 12
    async with db.read() as session:
        intents = (await session.scalars(select(OutboxItem).where(OutboxItem.kind == "page.notify"))).all()
    about = [item.about["notification"] for item in intents]
    assert len(about) == len(set(about))


async def test_what_a_dead_process_had_claimed_is_taken_up_after_its_lease(db: Database) -> None:
    clock = MovableClock()
    (number,) = await opened(db, clock)
    clock.advance(minutes=5, seconds=1)
    async with db.begin() as session:
        await queries.claim(
            session, now=clock.now(), lease=timedelta(seconds=30), worker="the dead", limit=10
        )
    await step(db, clock).run()
    assert (await page(db, number)).step == 0
    clock.advance(seconds=31)
    await step(db, clock).run()
    assert (await page(db, number)).step == 1


async def test_the_auditor_finds_what_was_forgotten_drives_it_and_counts_it(db: Database) -> None:
    clock = MovableClock()
    (number,) = await opened(db, clock)
    auditor = step(db, clock)
    await auditor.audit()
    assert (auditor.found_forgotten, auditor.forgotten_now) == (0, 0)

    clock.advance(minutes=6)
    auditor = step(db, clock)
    await auditor.audit()
    assert (auditor.found_forgotten, auditor.forgotten_now) == (1, 1)
    assert (await page(db, number)).step == 1


async def test_a_notification_that_nobody_accepts_lets_the_persons_other_methods_ring(db: Database) -> None:
    clock = MovableClock()
    (number,) = await opened(db, clock)
    async with db.begin() as session:
        slack = (await session.scalars(select(Notification).where(Notification.page_id == number))).one()
        later = Notification(
            page_id=number,
            person="ada",
            via="person:ada",
            step=0,
            round=0,
            life=0,
            method="sms",
            state="queued",
            created_at=clock.now(),
            leaves_at=clock.now() + timedelta(minutes=3),
        )
        session.add(later)
        await session.flush()
        sms = later.id
        await session.execute(update(OutboxItem).values(attempts=1))
    clock.advance(seconds=16)
    await step(db, clock).run()
    async with db.read() as session:
        due = (await session.scalars(select(OutboxItem).where(OutboxItem.kind == "page.contact"))).all()
        assert sms in [
            item.about["notification"] for item in due if item.due_at and item.due_at <= clock.now()
        ]
        assert (await session.get_one(Notification, slack.id)).state == "queued", "it is still tried"
