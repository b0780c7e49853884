"""Making a page ring: the notifications of a step, and the intents that carry them out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.outbox import Priority, enqueue
from bot.paging.escalation import Reach
from bot.paging.people import Reachable, reachable
from bot.paging.rows import (
    ACCEPTED,
    ACKED,
    DELIVERED,
    EXHAUSTED,
    QUEUED,
    RINGING,
    SEEN,
    Notification,
    Page,
    PageNotice,
)
from bot.paging.rules import THROTTLE_WINDOW, Method, Ring, Sent, rings

CHANNEL = "channel"
# Pages to one person by one method that follow within this time leave together.
BUNDLED_WITHIN = timedelta(minutes=1)


def never_held_back(config: Config, page: Page) -> bool:
    """The most severe pages wait for nothing: no throttle, no bundle."""
    return page.severity is not None and config.severity_rank(page.severity) == 0


async def ring(
    session: AsyncSession, page: Page, reach: Sequence[Reach], *, config: Config, now: datetime
) -> None:
    """Notifies these people and channels. What is due now leaves with this transaction."""
    people = [found.person for found in reach if found.person is not None]
    known = await reachable(session, config, people) if people else {}
    at_once = never_held_back(config, page)
    recent = {} if at_once or not people else await _recent(session, people, now)
    made: list[Notification] = []
    for found in reach:
        if found.group is not None:
            await _ask_for_members(session, page, found, now=now)
        elif found.channel is not None:
            made.append(_in_channel(page, found, config, now))
        elif found.person is not None:
            made += _to_person(page, found, known[found.person], recent, config, now)
    session.add_all(made)
    await session.flush()
    for notification in made:
        if notification.bundle is None:
            await _leaves(session, page, notification, now=now, first=True)


async def _leaves(
    session: AsyncSession, page: Page, notification: Notification, *, now: datetime, first: bool = False
) -> None:
    enqueue(
        session,
        "page.notify",
        now=now,
        about={"notification": notification.id},
        incident_id=page.incident_id,
        fold=f"page.notify:{notification.id}",
        priority=Priority.PAGE,
        delay=max(timedelta(), notification.leaves_at - now),
        first=first,
    )


async def _ask_for_members(session: AsyncSession, page: Page, reach: Reach, *, now: datetime) -> None:
    """Who is in a user group, only Slack knows."""
    enqueue(
        session,
        "page.group",
        now=now,
        about={
            "page": page.id,
            "group": reach.group,
            "step": page.step,
            "round": page.round,
            "life": page.life,
        },
        incident_id=page.incident_id,
        priority=Priority.PAGE,
    )


def _in_channel(page: Page, reach: Reach, config: Config, now: datetime) -> Notification:
    made = _notification(page, reach, Ring(Method(CHANNEL), timedelta(), "named by the policy"), config, now)
    made.channel = reach.channel
    return made


def _to_person(
    page: Page,
    reach: Reach,
    person: Reachable,
    recent: Mapping[tuple[str, Method], "_Recent"],
    config: Config,
    now: datetime,
) -> list[Notification]:
    name = str(reach.person)
    sent = {method: found.sent for (of, method), found in recent.items() if of == name}
    chosen = rings(
        "low" if page.urgency == "low" else "high",
        person.methods,
        person.rules,
        now=now,
        quiet=person.quiet,
        sent=sent,
        at_most=config.paging.throttle,
        never_held_back=never_held_back(config, page),
    )
    made = []
    for wanted in chosen:
        notification = _notification(page, reach, wanted, config, now)
        notification.user_id = person.user_id
        found = recent.get((name, wanted.method))
        if found is not None:
            _bundled(notification, found, config, now)
        made.append(notification)
    return made


def _notification(page: Page, reach: Reach, ring: Ring, config: Config, now: datetime) -> Notification:
    leaves_at = now + ring.delay
    return Notification(
        page_id=page.id,
        person=reach.person,
        via=reach.via,
        step=page.step,
        round=page.round,
        life=page.life,
        method=ring.method.kind,
        contact_method_id=ring.method.id,
        reason=ring.reason[:200],
        state=QUEUED,
        created_at=now,
        leaves_at=leaves_at,
        due_at=leaves_at + config.paging.fail_over_after,
    )


@dataclass
class _Recent:
    """What one person got by one method in the last hour."""

    sent: Sent
    waiting: Notification | None = None  # the first of those that leave together, still to leave
    last_left_at: datetime | None = None


async def _recent(
    session: AsyncSession, people: Iterable[str], now: datetime
) -> dict[tuple[str, Method], _Recent]:
    rows = await session.scalars(
        select(Notification)
        .where(
            Notification.person.in_(list(people)),
            Notification.created_at > now - THROTTLE_WINDOW,
        )
        .order_by(Notification.id)
        .limit(2000)
    )
    found: dict[tuple[str, Method], _Recent] = {}
    for row in rows:
        key = (str(row.person), Method(row.method, row.contact_method_id))
        so_far = found.setdefault(key, _Recent(Sent(0, row.created_at + THROTTLE_WINDOW)))
        if row.bundle is not None:
            continue
        so_far.sent = Sent(so_far.sent.count + 1, so_far.sent.frees_at)
        if row.state == QUEUED and row.leaves_at > now:
            so_far.waiting = so_far.waiting or row
        elif row.state in (QUEUED, ACCEPTED, DELIVERED, SEEN, ACKED):
            so_far.last_left_at = max(so_far.last_left_at or row.leaves_at, row.leaves_at)
    return found


def _bundled(notification: Notification, recent: _Recent, config: Config, now: datetime) -> None:
    """Joins those that are about to leave, or waits until a minute after the last."""
    waiting = recent.waiting
    if waiting is not None and waiting.leaves_at <= max(notification.leaves_at, now + BUNDLED_WITHIN):
        notification.bundle = waiting.id
        notification.leaves_at = waiting.leaves_at
    elif recent.last_left_at is not None:
        notification.leaves_at = max(notification.leaves_at, recent.last_left_at + BUNDLED_WITHIN)
    notification.due_at = notification.leaves_at + config.paging.fail_over_after


async def ring_members(
    session: AsyncSession,
    page: Page,
    group: str,
    user_ids: Sequence[str],
    people: Mapping[str, str],
    *,
    config: Config,
    now: datetime,
) -> None:
    """Slack told who is in the user group; `people` has the names of those whom app.yaml knows."""
    told = await notifications_of(session, page, life=page.life)
    already = {one.person for one in told if (one.step, one.round) == (page.step, page.round)}
    reach = [
        Reach(f"group:{group}", person=people.get(user_id, user_id))
        for user_id in user_ids
        if people.get(user_id, user_id) not in already
    ]
    await ring(session, page, reach, config=config, now=now)


async def notifications_of(
    session: AsyncSession, page: Page, *, life: int | None = None
) -> Sequence[Notification]:
    """The page's notifications, of one life or of all, in the order in which they were made."""
    query = select(Notification).where(Notification.page_id == page.id).order_by(Notification.id)
    if life is not None:
        query = query.where(Notification.life == life)
    return (await session.scalars(query)).all()


async def bundle_of(session: AsyncSession, first: int) -> Sequence[Notification]:
    """The notifications that leave together with this first one, itself among them."""
    found = await session.scalars(
        select(Notification)
        .where(or_(Notification.id == first, Notification.bundle == first))
        .order_by(Notification.id)
    )
    return found.all()


def still_rings(page: Page, notification: Notification) -> bool:
    """Whether this may still be sent: the page was not acknowledged, snoozed, resolved or begun anew since."""
    return (
        page.state in (RINGING, EXHAUSTED)
        and notification.life == page.life
        and notification.state in (QUEUED, "failed")
        and notification.acknowledged_at is None
    )


async def fail_over(
    session: AsyncSession, page: Page, failed: Notification, *, now: datetime
) -> list[Notification]:
    """The person's other methods are used at once; returns which these are."""
    if failed.person is None:
        return []
    others = [
        one
        for one in await notifications_of(session, page, life=page.life)
        if one.person == failed.person and one.state == QUEUED and one.leaves_at > now and one is not failed
    ]
    for one in others:
        one.leaves_at = now
        one.bundle = None  # it waits for nobody
        await _leaves(session, page, one, now=now)
    return others


async def show(session: AsyncSession, page: Page, *, now: datetime) -> None:
    """Brings every message about this page up to date, wherever it stands."""
    for first in sorted(
        {one.bundle or one.id for one in await notifications_of(session, page) if one.message_ts is not None}
    ):
        enqueue(
            session,
            "page.message",
            now=now,
            about={"notification": first},
            incident_id=page.incident_id,
            fold=f"page.message:{first}",
            priority=Priority.CARD,
        )
    for notice in await session.scalars(
        select(PageNotice).where(PageNotice.page_id == page.id, PageNotice.message_ts.is_not(None))
    ):
        _notice_leaves(session, page, notice, Priority.CARD, now)


async def notify(
    session: AsyncSession,
    page: Page,
    kind: str,
    to: str,
    *,
    now: datetime,
    priority: Priority = Priority.PAGE,
    **about: Any,
) -> None:
    """A message about the page to a target or an account, that rings nobody and is kept current."""
    notice = PageNotice(page_id=page.id, kind=kind, to=to, about=about, created_at=now)
    session.add(notice)
    await session.flush()
    _notice_leaves(session, page, notice, priority, now)


def _notice_leaves(
    session: AsyncSession, page: Page, notice: PageNotice, priority: Priority, now: datetime
) -> None:
    enqueue(
        session,
        "page.notice",
        now=now,
        about={"notice": notice.id},
        incident_id=page.incident_id,
        fold=f"page.notice:{notice.id}",
        priority=priority,
    )
