"""Making a page ring: the notifications of a step, and the intents that carry them out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.config import Config
from bot.core.db import UtcDateTime
from bot.core.outbox import Priority, enqueue, is_under_way
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
from bot.paging.rules import SLACK, THROTTLE_WINDOW, Method, Ring, Sent, rings

CHANNEL = "channel"
# Pages to one person by one method that follow within this time leave together,
BUNDLED_WITHIN = timedelta(minutes=1)
# but no more of them than are settled, or acknowledged by one click, in the blink of an eye.
BUNDLED_AT_MOST = 100


def never_held_back(config: Config, page: Page) -> bool:
    """The most severe pages wait for nothing: no throttle, no bundle."""
    return page.severity is not None and config.severity_rank(page.severity) == 0


async def ring(
    session: AsyncSession, page: Page, reach: Sequence[Reach], *, config: Config, now: datetime
) -> None:
    """Notifies these people and channels. What is due now leaves with this transaction."""
    people = [found.person for found in reach if found.person is not None]
    known = await reachable(session, config, people, urgency=page.urgency) if people else {}
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
            leaves(session, notification, incident_id=page.incident_id, now=now, first=True)


def leaves(
    session: AsyncSession,
    notification: Notification,
    *,
    incident_id: int | None,
    now: datetime,
    first: bool = False,
) -> None:
    """Has it sent when its time comes: by Slack, or by the provider of its contact method."""
    how: dict[str, Any] = {
        "now": now,
        "about": {"notification": notification.id},
        "incident_id": incident_id,
        "fold": _fold(notification.id),
        "priority": Priority.PAGE,
        "delay": max(timedelta(), notification.leaves_at - now),
        "first": first,
    }
    if notification.method in (SLACK, CHANNEL):
        enqueue(session, "page.notify", **how)
    else:
        enqueue(session, "page.contact", way=notification.method, **how)


def _fold(notification_id: int) -> str:
    return f"page.notify:{notification_id}"


async def rings_under_way(session: AsyncSession, page_ids: Collection[int], *, now: datetime) -> bool:
    """Whether some process is sending a ring of these pages at this moment."""
    leading = await session.scalars(_LEADING, {"pages": list(page_ids)})
    folds = [_fold(number) for number in leading]
    return bool(folds) and await is_under_way(session, folds, now=now)


# Those that no provider has accepted yet; the first of a bundle is sent for all of it.
_LEADING = (
    select(func.coalesce(Notification.bundle, Notification.id))
    .where(Notification.page_id.in_(bindparam("pages", expanding=True)), Notification.accepted_at.is_(None))
    .distinct()
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


@dataclass(frozen=True)
class _Recent:
    """What one person got by one method in the last hour; `waiting` are the first of those that leave together."""

    sent: Sent
    last_left_at: datetime | None = None
    waiting: tuple[Notification, ...] = ()


_WAITS = and_(Notification.state == QUEUED, Notification.leaves_at > bindparam("now", type_=UtcDateTime))
_OF_LATE = (
    Notification.person.in_(bindparam("people", expanding=True)),
    Notification.created_at > bindparam("since", type_=UtcDateTime),
    # Written so that no planner takes the index of bundles for it, in which nearly all rows have none.
    func.coalesce(Notification.bundle, 0) == 0,
)
_HAS_LEFT = and_(~_WAITS, Notification.state.in_((QUEUED, ACCEPTED, DELIVERED, SEEN, ACKED)))
# Counted by the database: in a storm these are thousands.
_COUNTED = (
    select(
        Notification.person,
        Notification.method,
        Notification.contact_method_id,
        func.count(),
        func.min(Notification.created_at),
        func.max(case((_HAS_LEFT, Notification.leaves_at))),
    )
    .where(*_OF_LATE)
    .group_by(Notification.person, Notification.method, Notification.contact_method_id)
)
_FOLLOWERS = aliased(Notification)
# Locked until the joining is committed: delivery settles a bundle's first only when it knows all that joined it.
_WAITING = (
    select(Notification)
    .where(
        *_OF_LATE,
        _WAITS,
        select(func.count()).where(_FOLLOWERS.bundle == Notification.id).scalar_subquery()
        < BUNDLED_AT_MOST - 1,
    )
    .order_by(Notification.id)
    .with_for_update(read=True, skip_locked=True, of=Notification)
)


async def _recent(
    session: AsyncSession, people: Iterable[str], now: datetime
) -> dict[tuple[str, Method], _Recent]:
    of = {"people": list(people), "since": now - THROTTLE_WINDOW, "now": now}
    counted = (await session.execute(_COUNTED, of)).all()
    waiting: dict[tuple[str, Method], list[Notification]] = {}
    if counted:
        for row in await session.scalars(_WAITING, of):
            key = (str(row.person), Method(row.method, row.contact_method_id))
            waiting.setdefault(key, []).append(row)
    found = {}
    for person, method, method_id, count, first_at, last_left_at in counted:
        key = (str(person), Method(method, method_id))
        sent = Sent(count, first_at + THROTTLE_WINDOW)
        found[key] = _Recent(sent, last_left_at, tuple(waiting.get(key, ())))
    return found


def _bundled(notification: Notification, recent: _Recent, config: Config, now: datetime) -> None:
    """Joins those that are about to leave, or waits until a minute after the last."""
    until = max(notification.leaves_at, now + BUNDLED_WITHIN)
    first = next((one for one in recent.waiting if one.leaves_at <= until), None)
    if first is not None:
        notification.bundle = first.id
        notification.leaves_at = first.leaves_at
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
) -> bool:
    """Slack told who is in the user group; `people` has the names of those whom app.yaml knows.

    False when this step has reached nobody: the group is empty, or there is none of that name.
    """
    told = await notifications_of(session, page, life=page.life)
    already = {one.person for one in told if (one.step, one.round) == (page.step, page.round)}
    reach = [
        Reach(f"group:{group}", person=people.get(user_id, user_id))
        for user_id in user_ids
        if people.get(user_id, user_id) not in already
    ]
    await ring(session, page, reach, config=config, now=now)
    return bool(reach or already)


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
    session: AsyncSession, page: Page, failed: Notification, *, config: Config, now: datetime
) -> None:
    """The person's other methods are used at once; where none is left of those that rules name, the others too."""
    if failed.person is None:
        return
    own = [
        one
        for one in await notifications_of(session, page, life=page.life)
        if one.person == failed.person and one is not failed
    ]
    waiting = [one for one in own if one.state == QUEUED and one.leaves_at > now]
    for one in waiting:
        leave_alone(session, page, one, now=now)
    if not any(_is_hopeful(one) for one in own):
        await _ring_by_the_rest(session, page, failed, [failed, *own], config=config, now=now)


def _is_hopeful(notification: Notification) -> bool:
    """Whether it has arrived, or may at any moment: what has stumbled, or is late, is still tried and not counted on."""
    if notification.state == QUEUED:
        return notification.problem is None and notification.due_at is not None
    return notification.state in (ACCEPTED, DELIVERED, SEEN, ACKED)


async def _ring_by_the_rest(
    session: AsyncSession,
    page: Page,
    failed: Notification,
    tried: Sequence[Notification],
    *,
    config: Config,
    now: datetime,
) -> None:
    """A rule says what rings first. That nobody is to be reached, it does not say."""
    person = (await reachable(session, config, [str(failed.person)]))[str(failed.person)]
    known = {Method(one.method, one.contact_method_id) for one in tried}
    reach = Reach(failed.via, person=failed.person)
    made = []
    for method in (Method(SLACK), *person.methods):
        if method not in known:
            ring_now = Ring(method, timedelta(), "what was to ring has failed")
            notification = _notification(page, reach, ring_now, config, now)
            notification.user_id = person.user_id
            notification.step, notification.round = failed.step, failed.round
            made.append(notification)
    session.add_all(made)
    await session.flush()
    for notification in made:
        leaves(session, notification, incident_id=page.incident_id, now=now, first=True)


def leave_alone(session: AsyncSession, page: Page, notification: Notification, *, now: datetime) -> None:
    """It leaves at once, and waits for nobody."""
    notification.leaves_at = now
    notification.bundle = None
    leaves(session, notification, incident_id=page.incident_id, now=now)


async def show(session: AsyncSession, page: Page, *, now: datetime, delay: timedelta = timedelta()) -> None:
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
            delay=delay,
        )
    for notice in await session.scalars(
        select(PageNotice).where(PageNotice.page_id == page.id, PageNotice.message_ts.is_not(None))
    ):
        _notice_leaves(session, page, notice, Priority.CARD, now, delay)


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
    session: AsyncSession,
    page: Page,
    notice: PageNotice,
    priority: Priority,
    now: datetime,
    delay: timedelta = timedelta(),
) -> None:
    enqueue(
        session,
        "page.notice",
        now=now,
        about={"notice": notice.id},
        incident_id=page.incident_id,
        fold=f"page.notice:{notice.id}",
        priority=priority,
        delay=delay,
    )
