"""What people do to a page at odd moments."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.core.db import Database
from bot.core.errors import RuleRefused
from bot.incidents import paging as verbs
from bot.paging.rows import ACKNOWLEDGED, RINGING, Notification, Page
from tests.paging.kit import MINUTE, NOW, company

CONFIG = company()


async def opened(db: Database) -> int:
    async with db.begin() as session:
        page = await verbs.page_directly(session, "default", "Trouble", config=CONFIG, by="U01EVE", now=NOW)
        return page.id


async def passes(db: Database, page_id: int, *minutes: int) -> None:
    for minute in minutes:
        async with db.begin() as session:
            await verbs.due(session, page_id, config=CONFIG, now=NOW + minute * MINUTE)


async def test_whoever_acknowledged_for_a_step_of_all_may_take_the_page_at_a_later_step(db: Database) -> None:
    number = await opened(db)
    await passes(db, number, 5)  # bo and cleo, who both must acknowledge
    async with db.begin() as session:
        page = await verbs.acknowledge(session, number, config=CONFIG, by="U01BO", now=NOW + 6 * MINUTE)
        assert page.state == RINGING
    with pytest.raises(RuleRefused, match="already"):
        async with db.begin() as session:
            await verbs.acknowledge(session, number, config=CONFIG, by="U01BO", now=NOW + 7 * MINUTE)
    await passes(db, number, 15)  # ada again, whose acknowledgement is enough; so is bo's
    async with db.begin() as session:
        page = await verbs.acknowledge(session, number, config=CONFIG, by="U01BO", now=NOW + 16 * MINUTE)
        assert (page.state, page.acknowledged_by) == (ACKNOWLEDGED, "U01BO")


async def test_escalating_when_the_steps_are_over_rings_the_last_resort(db: Database) -> None:
    config = company(
        escalation_policies=[
            {
                "name": "default",
                "steps": [{"notify": ["person:ada"]}],
                "last_resort": {"notify": "person:dev", "after": "30m"},
            }
        ]
    )
    async with db.begin() as session:
        page = await verbs.page_directly(session, "default", "Trouble", config=config, by="U01BO", now=NOW)
        number = page.id
    async with db.begin() as session:
        await verbs.escalate_now(session, number, config=config, by="U01BO", now=NOW + MINUTE)
    async with db.read() as session:
        people = (await session.scalars(select(Notification.person).order_by(Notification.id))).all()
        assert people == ["ada", "dev"]
        page = await session.get_one(Page, number)
        assert (page.state, page.due_at) == (RINGING, NOW + MINUTE + timedelta(minutes=5))
