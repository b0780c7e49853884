"""Two acts on one page at the same moment, by two replicas: each an engine of its own on one Postgres.

The first act is done but not yet committed when the second begins; so whatever the locks do not hold apart shows.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.chain import first_broken
from bot.core.db import Database
from bot.core.errors import RuleRefused, UserError
from bot.core.outbox import OutboxItem
from bot.core.timeline import entries_of
from bot.core.viewer import PROGRAM
from bot.delivery.page_notices import PageNoticeSender
from bot.delivery.pages import ACCOUNT, NotifySender
from bot.delivery.people import FindPersonSender, note_account
from bot.delivery.sender import Sender
from bot.delivery.slack import Call
from bot.incidents import lifecycle
from bot.incidents import paging as verbs
from bot.incidents.declaring import Declaration, declare
from bot.incidents.queries import locked
from bot.paging import ringing
from bot.paging.rows import (
    ACKNOWLEDGED,
    FAILED,
    QUEUED,
    RESOLVED,
    SHADOW,
    SNOOZED,
    Notification,
    Page,
    PageNotice,
    Turn,
)
from tests.databases import PostgresCluster
from tests.paging.kit import MINUTE, NOW, company

CONFIG = company()
LATER = NOW + 6 * MINUTE
# Long enough to come to the lock that the first one holds.
COMES_TO_IT = 0.05

Act = Callable[[AsyncSession, Page], Awaitable[object]]


@pytest.fixture
async def replicas(postgres_cluster: PostgresCluster) -> AsyncIterator[list[Database]]:
    async with postgres_cluster.one() as url:
        found = [Database(url) for _ in range(3)]
        yield found
        for db in found:
            await db.close()


async def declared(db: Database, config: Config = CONFIG, severity: int = 0) -> int:
    async with db.begin() as session:
        made = await declare(
            session,
            Declaration(title="Down", severity=config.severities[severity]),
            config=config,
            by="U01EVE",
            now=NOW,
        )
        return made.id


async def pages_of(db: Database, incident: int) -> list[Page]:
    async with db.read() as session:
        return list(await session.scalars(select(Page).where(Page.incident_id == incident).order_by(Page.id)))


async def at_once(
    replicas: list[Database], first: Act, second: Act, about: Page
) -> tuple[object, object | UserError]:
    """The second comes while the first is not yet committed; what it was refused with is its outcome."""

    async def comes() -> object | UserError:
        try:
            async with replicas[1].begin() as session:
                return await second(session, about)
        except UserError as refusal:
            return refusal

    async with replicas[0].begin() as session:
        done = await first(session, about)
        other = asyncio.create_task(comes())
        await asyncio.sleep(COMES_TO_IT)
    async with asyncio.timeout(60):
        return done, await other


async def acknowledge(session: AsyncSession, page: Page) -> Page:
    return await verbs.acknowledge(session, page.id, config=CONFIG, by="U01ADA", now=LATER)


async def acknowledge_too(session: AsyncSession, page: Page) -> Page:
    return await verbs.acknowledge(session, page.id, config=CONFIG, by="U01CLEO", now=LATER)


async def tick(session: AsyncSession, page: Page) -> bool:
    return await verbs.due(session, page.id, config=CONFIG, now=LATER)


async def escalate(session: AsyncSession, page: Page) -> Page:
    return await verbs.escalate_now(session, page.id, config=CONFIG, by="U01BO", now=LATER)


async def reassign(session: AsyncSession, page: Page) -> Page:
    return await verbs.reassign(session, page.id, "person:dev", config=CONFIG, by="U01BO", now=LATER)


async def snooze(session: AsyncSession, page: Page) -> Page:
    return await verbs.snooze(session, page.id, timedelta(hours=1), by="U01BO", now=LATER)


async def unacknowledge(session: AsyncSession, page: Page) -> Page:
    return await verbs.unacknowledge(session, page.id, config=CONFIG, by="U01BO", now=LATER)


async def resolve_page(session: AsyncSession, page: Page) -> Page:
    return await verbs.resolve(session, page.id, by="U01BO", now=LATER)


async def resolve_incident(session: AsyncSession, page: Page) -> object:
    return await lifecycle.resolve(session, page.incident_id or 0, config=CONFIG, by="U01BO", now=LATER)


async def raise_severity(session: AsyncSession, page: Page) -> object:
    return await lifecycle.set_severity(
        session, page.incident_id or 0, CONFIG.severities[0], config=CONFIG, by="U01BO", now=LATER
    )


ACTS = (
    acknowledge,
    acknowledge_too,
    tick,
    escalate,
    reassign,
    snooze,
    unacknowledge,
    resolve_page,
    resolve_incident,
    raise_severity,
)


async def holds_together(db: Database, incident: int) -> None:
    """What must be true of pages whatever was done to them, and in which order."""
    async with db.read() as session:
        assert first_broken(sorted(await entries_of(session, incident), key=lambda one: one.number)) is None
        for page in await session.scalars(select(Page).where(Page.incident_id == incident)):
            told = (await session.scalars(select(Notification).where(Notification.page_id == page.id))).all()
            waiting = [one for one in told if one.state in (QUEUED, FAILED)]
            assert all(one.life == page.life for one in waiting), "what rang in an earlier life is over"
            if page.state in (ACKNOWLEDGED, SNOOZED, RESOLVED):
                assert waiting == [], "nothing rings once somebody has it"
            assert (page.due_at is None) == (page.state == RESOLVED)
            rung = [(one.person, one.step, one.round, one.life) for one in told]
            assert len(rung) == len(set(rung)), "nobody is rung twice by one step"
        intents = (await session.scalars(select(OutboxItem).where(OutboxItem.kind == "page.notify"))).all()
        about = [one.about["notification"] for one in intents]
        assert len(about) == len(set(about)), "each ring leaves once"


@pytest.mark.parametrize("first", ACTS, ids=lambda act: act.__name__)
async def test_two_acts_at_once(replicas: list[Database], first: Act) -> None:
    for second in ACTS:
        incident = await declared(replicas[2], severity=1)
        (page,) = await pages_of(replicas[2], incident)
        async with replicas[2].begin() as session:
            await verbs.escalate_now(session, page.id, config=CONFIG, by="U01EVE", now=NOW)
            if unacknowledge in (first, second):
                await verbs.acknowledge(session, page.id, config=CONFIG, by="U01DEV", now=NOW)
        try:
            await at_once(replicas, first, second, page)
        except RuleRefused:
            assert unacknowledge in (first, second), "somebody had it before"
        await holds_together(replicas[2], incident)


async def test_the_first_two_pages_of_a_round_robin_come_at_once(replicas: list[Database]) -> None:
    """Nobody has had a turn yet: the second page waits for the first, and rings the next person."""
    config = company(
        escalation_policies=[
            {"name": "default", "steps": [{"notify": ["person:ada", "person:bo"], "round_robin": True}]}
        ]
    )

    async def page(session: AsyncSession, _: object) -> Page:
        return await verbs.page_directly(session, "default", "Down", config=config, by="U01EVE", now=NOW)

    await at_once(replicas, page, page, Page())
    async with replicas[2].read() as session:
        assert sorted(str(one) for one in await session.scalars(select(Notification.person))) == ["ada", "bo"]
        assert (await session.scalars(select(Turn.turn))).all() == [2]


async def test_pages_of_two_round_robins_are_driven_in_opposite_order(replicas: list[Database]) -> None:
    """Two incidents are raised at once, each with a page by each policy, opened in opposite order."""
    robin = {"notify": ["person:ada", "person:bo"], "round_robin": True}
    config = company(
        escalation_policies=[{"name": "default", "steps": [robin]}, {"name": "other", "steps": [robin]}]
    )
    db = replicas[2]
    numbers = [await declared(db, config, severity=3) for _ in range(2)]
    for number, order in zip(numbers, (("default", "other"), ("other", "default")), strict=True):
        for policy in order:
            async with db.begin() as session:
                await verbs.page_directly(
                    session, policy, "Help", config=config, by="U01EVE", now=NOW, incident_number=number
                )

    async def raised(db: Database, number: int) -> None:
        async with db.begin() as session:
            await lifecycle.set_severity(
                session, number, config.severities[0], config=config, by="U01BO", now=LATER
            )

    for _ in range(5):
        async with asyncio.timeout(60):
            await asyncio.gather(*(raised(db, number) for db, number in zip(replicas, numbers, strict=False)))
        async with db.begin() as session:
            for number in numbers:
                await lifecycle.set_severity(
                    session, number, config.severities[3], config=config, by="U01BO", now=LATER
                )
    for number in numbers:
        await holds_together(db, number)


async def test_an_answer_that_tells_who_somebody_is_waits_for_the_incident_first(
    replicas: list[Database],
) -> None:
    """Whoever holds the incident may come to learn of the same person: the two must not wait for each other."""
    account = {"id": "U01NEW", "profile": {"email": "new@example.com"}}
    answer = {"user": account, ACCOUNT: account, "channel": "D1", "ts": "1.1"}
    incident = await declared(replicas[2])
    async with replicas[2].begin() as session:
        (page,) = (await session.scalars(select(Page))).all()
        await ringing.notify(session, page, SHADOW, "person:dev", now=NOW)
    async with replicas[2].read() as session:
        rung = (await session.scalars(select(Notification.id))).first()
        notice = (await session.scalars(select(PageNotice.id))).one()
    finds = FindPersonSender(CONFIG), {"email": "new@example.com"}, Call("users.lookupByEmail", {})
    posted = Call(
        "chat.postMessage", {"channel": "new@example.com", "metadata": {"event_payload": {"told": {}}}}
    )
    for sender, about, call in (
        finds,
        (NotifySender(CONFIG), {"notification": rung}, posted),
        (PageNoticeSender(CONFIG), {"notice": notice}, posted),
    ):
        item = OutboxItem(kind=sender.kind, about=about, incident_id=incident, attempts=1)

        async def arrives(sender: Sender = sender, item: OutboxItem = item, call: Call = call) -> None:
            async with replicas[1].begin() as session:
                await sender.arrived(session, item, call, answer, NOW)

        async with asyncio.timeout(60), replicas[0].begin() as session:
            await locked(session, incident, PROGRAM)
            other = asyncio.create_task(arrives())
            await asyncio.sleep(3 * COMES_TO_IT)
            await note_account(session, account, now=NOW)
        await other
