"""Pages that leave together: few messages in a storm, and none of the pages is left behind."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.db import Database
from bot.core.outbox import OutboxItem
from bot.core.viewer import PROGRAM
from bot.delivery.pages import NotifySender
from bot.delivery.slack import Call
from bot.incidents import paging as verbs
from bot.incidents import queries
from bot.incidents.declaring import Declaration, declare
from bot.paging.ringing import BUNDLED_AT_MOST
from bot.paging.rows import FAILED, QUEUED, Notification, Page
from tests.paging.kit import NOW, company

CONFIG = company()
SECOND = timedelta(seconds=1)


async def rung(session: AsyncSession, count: int = 1, *, now: datetime, to: str = "person:ada") -> list[int]:
    """Opens pages; returns their notifications."""
    ids = []
    for _ in range(count):
        page = await verbs.page_directly(session, to, "Trouble", config=CONFIG, by="U01ADA", now=now)
        ids.append(page.id)
    found = await session.scalars(select(Notification.id).where(Notification.page_id.in_(ids)))
    return sorted(found)


async def all_of(db: Database) -> list[Notification]:
    async with db.read() as session:
        return list(await session.scalars(select(Notification).order_by(Notification.id)))


async def intents(db: Database) -> list[int]:
    """The notifications that an intent will carry out."""
    async with db.read() as session:
        rows = await session.scalars(select(OutboxItem).where(OutboxItem.kind == "page.notify"))
        return [row.about["notification"] for row in rows if row.due_at is not None]


async def arrives(db: Database, first: int, *, told: list[int], now: datetime) -> None:
    """What delivery does once Slack has taken the message that tells of these."""
    item = OutboxItem(kind="page.notify", about={"notification": first}, attempts=1)
    call = Call(
        "chat.postMessage",
        {"channel": "D1", "metadata": {"event_payload": {"told": {str(one): True for one in told}}}},
    )
    async with db.begin() as session:
        await NotifySender(CONFIG).arrived(session, item, call, {"channel": "D1", "ts": "1.1"}, now)


async def test_a_storm_leaves_in_bundles_that_one_click_can_settle(db: Database) -> None:
    async with db.begin() as session:
        await rung(session, 2 * BUNDLED_AT_MOST + 20, now=NOW)
    sizes = Counter(one.bundle or one.id for one in await all_of(db))
    assert sorted(sizes.values()) == [1, 19, BUNDLED_AT_MOST, BUNDLED_AT_MOST]
    assert sorted(sizes) == sorted(await intents(db)), "each bundle has one intent"


async def test_what_waits_for_the_morning_does_not_keep_others_from_leaving_together(db: Database) -> None:
    async with db.begin() as session:
        (morning,) = await rung(session, now=NOW)
        later = NOW + timedelta(hours=8)
        await session.execute(update(Notification).values(leaves_at=later, due_at=later))
    async with db.begin() as session:
        await rung(session, 4, now=NOW + SECOND)
    sizes = Counter(one.bundle or one.id for one in await all_of(db))
    assert sizes.pop(morning) == 1
    assert sorted(sizes.values()) == [1, 3]


async def test_what_joins_while_the_message_is_settled_is_not_left_behind(db: Database) -> None:
    """The joining is not committed yet when Slack's answer comes; then it is."""
    async with db.begin() as session:
        _, first = await rung(session, 2, now=NOW)
    async with db.begin() as session:
        (joined,) = await rung(session, now=NOW + SECOND)
        settling = asyncio.create_task(arrives(db, first, told=[first], now=NOW + 2 * SECOND))
        await asyncio.sleep(0.2)  # long enough to get past it, if nothing held it
    await settling
    found = {one.id: one for one in await all_of(db)}
    assert found[joined].state == QUEUED
    assert joined in await intents(db)


async def test_what_comes_while_the_message_is_settled_leaves_by_itself(db: Database) -> None:
    async with db.begin() as session:
        _, first = await rung(session, 2, now=NOW)
    await arrives(db, first, told=[first], now=NOW + SECOND)
    async with db.begin() as session:
        (late,) = await rung(session, now=NOW + SECOND)
    assert (await all_of(db))[-1].bundle is None
    assert late in await intents(db)


async def test_one_whose_bundle_does_not_take_it_along_leaves_alone_after_a_while(db: Database) -> None:
    async with db.begin() as session:
        _, first, second = await rung(session, 3, now=NOW)
        await session.execute(update(OutboxItem).values(due_at=None, outcome="done"))
        one = await session.get_one(Notification, second)
        assert one.bundle == first
        now = one.due_at + SECOND if one.due_at is not None else NOW
        page_id = one.page_id
    async with db.begin() as session:
        await verbs.overdue(session, page_id, second, config=CONFIG, now=now)
    assert second in await intents(db)
    assert (await all_of(db))[-1].bundle is None


async def test_an_outcome_locks_incidents_in_their_order_also_where_the_bundle_is_not(db: Database) -> None:
    """The first of the bundle is of the second incident. Whoever holds the first one must get the second."""
    numbers: list[int] = []
    for _ in range(2):
        async with db.begin() as session:
            made = await declare(
                session,
                Declaration(title="Down", severity=CONFIG.severities[1]),
                config=CONFIG,
                by="U01ADA",
                now=NOW,
            )
            numbers.append(made.id)
    async with db.begin() as session:
        of = {page.incident_id: page.id for page in await session.scalars(select(Page))}
        for number in reversed(numbers):
            await verbs.due(session, of[number], config=CONFIG, now=NOW + timedelta(minutes=15))
        rows = (await session.scalars(select(Notification).order_by(Notification.id))).all()
        rows[1].bundle = rows[0].id
        assert rows[0].page_id == of[numbers[1]]
        first = rows[0].id
    item = OutboxItem(kind="page.notify", about={"notification": first}, incident_id=numbers[1])

    async def settles() -> None:
        async with db.begin() as session:
            await NotifySender(CONFIG).lock(session, item)

    async with db.begin() as session:
        await queries.locked(session, numbers[0], PROGRAM)
        other = asyncio.create_task(settles())
        await asyncio.sleep(0.2)
        async with asyncio.timeout(60):
            await queries.locked(session, numbers[1], PROGRAM)
    await other


async def test_a_ring_to_somebody_who_left_app_yaml_has_failed_and_the_next_step_need_not_wait(
    db: Database,
) -> None:
    async with db.begin() as session:
        page = await verbs.page_directly(session, "default", "Trouble", config=CONFIG, by="U01BO", now=NOW)
        await session.execute(update(Notification).values(user_id=None))
    without = company(people=[{"name": name, "slack": f"U01{name.upper()}"} for name in ("bo", "cleo", "dev")],
        escalation_policies=[{"name": "default", "steps": [{"notify": ["person:bo"]}]}])  # fmt: skip
    (one,) = await all_of(db)
    item = OutboxItem(kind="page.notify", about={"notification": one.id}, attempts=1)
    sender = NotifySender(without)
    async with db.begin() as session:
        composed = await sender.compose(session, item, NOW)
        await sender.dropped(session, item, getattr(composed, "reason", ""), NOW + SECOND)
    async with db.read() as session:
        (one,) = await all_of(db)
        assert one.state == FAILED
        assert "app.yaml does not know" in str(one.problem)
        assert (await session.get_one(Page, page.id)).due_at == NOW + SECOND
