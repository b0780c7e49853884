"""Whatever people do to a page in whatever order while time passes: it never dies silently, and it never rings
once somebody has it.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.chain import first_broken
from bot.core.db import Database, write_noted
from bot.core.errors import UserError
from bot.core.outbox import OutboxItem
from bot.core.timeline import entries_of_page
from bot.paging import course, pages, told
from bot.paging.ringing import notifications_of, still_rings
from bot.paging.rows import (
    ACKNOWLEDGED,
    EXHAUSTED,
    NOBODY,
    QUEUED,
    RESOLVED,
    RINGING,
    SNOOZED,
    WAITING,
    Notification,
    Page,
    PageNotice,
)
from bot.paging.urgency import Start
from tests.databases import SqliteFiles
from tests.examples import examples
from tests.paging.kit import NOW, company

CONFIG: Config = company()
WITHOUT: Config = company(escalation_policies=[])
PEOPLE = ("U01ADA", "U01BO", "U01CLEO", "U01DEV", "U01EVE")

Act = Callable[[AsyncSession, Page, str, datetime], Awaitable[object]]


def verb(name: str, **more: object) -> Act:
    async def act(session: AsyncSession, page: Page, by: str, now: datetime) -> object:
        return await getattr(pages, name)(session, page, record_on=page, by=by, now=now, **more)

    act.__name__ = name
    return act


async def confirm(session: AsyncSession, page: Page, by: str, now: datetime) -> None:
    pages.confirm(session, page, record_on=page, by=by, now=now)


def outcome(what: str, which: int) -> Act:
    """A provider tells what became of one of the notifications."""

    async def act(session: AsyncSession, page: Page, by: str, now: datetime) -> None:
        of = await notifications_of(session, page)
        if not of:
            return
        one = of[which % len(of)]
        if what == "failed":
            await told.failed(session, page, one, "no such number", config=CONFIG, record_on=page, now=now)
        elif what == "late":
            await told.overdue(session, page, one, config=CONFIG, record_on=page, now=now)
        else:
            getattr(told, what)(session, page, one, record_on=page, now=now)

    act.__name__ = what
    return act


acts: st.SearchStrategy[Act] = st.one_of(
    st.sampled_from(
        [
            verb("acknowledge", config=CONFIG),
            verb("acknowledge", config=CONFIG),
            verb("unacknowledge", config=CONFIG),
            verb("escalate_now", config=CONFIG),
            verb("snooze", length=timedelta(minutes=45)),
            verb("snooze", length=timedelta(days=3)),
            verb("reassign", config=CONFIG, to="person:cleo"),
            verb("reassign", config=CONFIG, to="person:U01EVE"),
            verb("reassign", config=CONFIG, to="schedule:empty"),
            verb("reassign", config=CONFIG, to="default"),
            verb("note", text="Looking."),
            confirm,
        ]
    ),
    st.just(verb("resolve")),
    st.builds(
        outcome, st.sampled_from(["accepted", "delivered", "seen", "failed", "late"]), st.integers(0, 30)
    ),
)
spans = st.sampled_from([0, 1, 5, 10, 15, 31, 61, 300, 1500]).map(lambda minutes: timedelta(minutes=minutes))
histories = st.lists(st.tuples(acts, st.sampled_from(PEOPLE), spans), max_size=12)


def test_any_history_leaves_a_page_that_rings_or_that_somebody_has(sqlite_files: SqliteFiles) -> None:
    with asyncio.Runner() as loop:
        place = sqlite_files.one()
        db = Database(loop.run(place.__aenter__()))

        @settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
        @given(
            histories,
            st.sampled_from(["default", "person:bo", "schedule:empty", "left-app-yaml"]),
            st.sampled_from([timedelta(), timedelta(minutes=15)]),
            st.sampled_from([0, 0, 1, None]),
        )
        def sound(
            history: list[tuple[Act, str, timedelta]], policy: str, wait: timedelta, severity: int | None
        ) -> None:
            loop.run(_lived(db, history, policy, wait, severity))

        try:
            sound()
        finally:
            loop.run(db.close())
            loop.run(place.__aexit__(None, None, None))


class Enough(Exception):
    """Ends a trial: nothing of it is kept."""


async def _lived(
    db: Database,
    history: list[tuple[Act, str, timedelta]],
    policy: str,
    wait: timedelta,
    severity: int | None,
) -> None:
    with contextlib.suppress(Enough):
        async with db.begin() as session:
            page = await pages.open_page(
                session,
                config=CONFIG,
                what="The shop is down",
                policy=policy,
                start=Start(NOW + wait, "as the test has it"),
                by="U01ADA",
                now=NOW,
                severity=None if severity is None else CONFIG.severities[severity],
            )
            await _check(session, page, NOW)
            now = NOW
            for act, by, span in history:
                with contextlib.suppress(UserError):
                    async with session.begin_nested():
                        await act(session, page, by, now)
                await session.refresh(page)
                await _check(session, page, now)
                now += span
                await _tick(session, page, now)
                await _check(session, page, now)
            raise Enough


async def _tick(session: AsyncSession, page: Page, now: datetime) -> None:
    """What is due is done, one thing after the other, and comes to an end."""
    for _ in range(40):
        if not await course.due(session, page, config=CONFIG, record_on=page, now=now):
            return
    raise AssertionError(f"it is due without end: {page.state}, {page.reason}")


async def _check(session: AsyncSession, page: Page, now: datetime) -> None:
    await session.run_sync(write_noted)  # what the commit would write
    await session.flush()
    # Never silently dead: an open page has a moment at which something happens next.
    assert (page.due_at is None) == (page.state == RESOLVED), (page.state, page.reason)
    assert page.state in (WAITING, RINGING, ACKNOWLEDGED, SNOOZED, EXHAUSTED, RESOLVED)
    moments = [page.escalate_at, page.last_resort_at, page.snoozed_until, page.ask_at]
    if page.due_at is not None:
        assert page.due_at in moments
    # What belongs to another state is put away.
    assert (page.ask_at is not None) == (page.state == ACKNOWLEDGED)
    assert (page.snoozed_until is not None) == (page.state == SNOOZED)
    assert page.escalate_at is None or page.state in (WAITING, RINGING, EXHAUSTED)
    assert page.last_resort_at is None or page.state == RINGING
    if page.state == ACKNOWLEDGED:
        assert page.acknowledged_by in PEOPLE
    # Nothing rings once somebody has it; and nothing of an earlier life does.
    told_of = (await session.scalars(select(Notification).where(Notification.page_id == page.id))).all()
    ringing = [one for one in told_of if still_rings(page, one)]
    if page.state in (ACKNOWLEDGED, SNOOZED, RESOLVED, WAITING):
        assert ringing == []
        assert not [one for one in told_of if one.state == QUEUED]
    for one in ringing:
        assert one.life == page.life
        assert one.acknowledged_at is None
    answered = {one.person for one in told_of if one.life == page.life and one.acknowledged_at is not None}
    last_resort = CONFIG.escalation_policies[0].last_resort
    assert last_resort is not None
    for one in ringing:
        assert one.person not in answered or one.via == last_resort.notify, "whoever answered rings again"
    for one in told_of:
        assert one.due_at is None or one.state == QUEUED
    # Whoever rings has an intent that will carry it out. (Intents and entries are written with the commit.)
    await session.run_sync(write_noted)
    kinds = ("page.notify", "page.contact")
    waiting = (await session.scalars(select(OutboxItem).where(OutboxItem.kind.in_(kinds)))).all()
    intended = {item.about["notification"] for item in waiting if item.due_at is not None}
    assert {one.bundle or one.id for one in ringing if one.state == QUEUED} <= intended
    # Everybody was told when nobody is left.
    if page.state == EXHAUSTED:
        notices = select(PageNotice).where(PageNotice.page_id == page.id, PageNotice.kind == NOBODY)
        assert (await session.scalars(notices)).all()
    assert first_broken(await entries_of_page(session, page.id)) is None


async def test_without_any_policy_a_page_calls_for_help_at_once(database_url: str) -> None:
    db = Database(database_url)
    try:
        async with db.begin() as session:
            page = await pages.open_page(
                session,
                config=WITHOUT,
                what="Help",
                policy="gone",
                start=Start(NOW, "at once"),
                by="U01ADA",
                now=NOW,
            )
            assert (page.state, page.reason) == (EXHAUSTED, "app.yaml has no escalation policy")
            assert page.due_at == NOW + timedelta(hours=1)
    finally:
        await db.close()
