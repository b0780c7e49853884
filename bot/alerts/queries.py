"""Looking for alerts: what is due, what belongs together, how an incident's alerts stand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    String,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.event import OWN_CHECKS
from bot.alerts.grouping import Candidate, dependencies, dependents
from bot.alerts.rows import ACKNOWLEDGED, Alert, AlertStorm, MaintenanceWindow, Signal
from bot.alerts.shown import href_of, short_details
from bot.config import Config
from bot.core.db import UtcDateTime
from bot.core.timeline import TimelineEntry
from bot.incidents.queries import Situation, among_few, is_open
from bot.incidents.rows import Incident
from bot.paging.rows import Page
from bot.paging.status import AlertsNow, FailingCheck, PageStatus, SaidNow

# So many failing checks a card tells of; a button shows the others.
FAILING_SHOWN = 2


async def claim_alerts(
    session: AsyncSession, *, now: datetime, lease: timedelta, worker: str, limit: int
) -> Sequence[int]:
    """Takes up to `limit` alerts that something is due for, the longest overdue first; returns their ids."""
    ready = (
        select(Alert.id)
        .where(Alert.due_at <= now, or_(Alert.claimed_until.is_(None), Alert.claimed_until <= now))
        .order_by(Alert.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = await session.scalars(
        update(Alert)
        .where(Alert.id.in_(ready.scalar_subquery()))
        .values(claimed_until=now + lease, claimed_by=worker)
        .returning(Alert.id)
        .execution_options(synchronize_session=False)
    )
    return sorted(taken)


async def release_claims_of_the_dead(session: AsyncSession) -> None:
    """At the start of the only process there is (SQLite): who had something in work is no more."""
    await session.execute(
        update(Alert)
        .where(Alert.due_at.is_not(None), Alert.claimed_until.is_not(None))
        .values(claimed_until=None, claimed_by=None)
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True)
class DueNow:
    """Whether a signal is due, an alert, a storm that may be over, and maintenance that begins, ends or is reminded of."""

    signals: bool
    signals_wait: bool  # all of them can
    alerts: bool
    storms: bool
    maintenance: bool


async def anything_due(session: AsyncSession, *, now: datetime) -> DueNow:
    """Which kinds of work there are to do with alerts."""
    first_can_wait, *found = (await session.execute(_ANYTHING_DUE, {"now": now})).one()
    return DueNow(first_can_wait is not None, bool(first_can_wait), *(number is not None for number in found))


_NOW = bindparam("now", type_=UtcDateTime)
# By their order rather than by `exists`, for the reason that bot.core.outbox gives.
_ANYTHING_DUE = select(
    select(Signal.can_wait)
    .where(Signal.due_at <= _NOW)
    .order_by(Signal.can_wait, Signal.due_at, Signal.id)
    .limit(1)
    .scalar_subquery(),
    select(Alert.id)
    .where(Alert.due_at <= _NOW, or_(Alert.claimed_until.is_(None), Alert.claimed_until <= _NOW))
    .order_by(Alert.due_at)
    .limit(1)
    .scalar_subquery(),
    select(AlertStorm.id)
    .where(AlertStorm.due_at <= _NOW)
    .order_by(AlertStorm.due_at)
    .limit(1)
    .scalar_subquery(),
    select(MaintenanceWindow.id)
    .where(MaintenanceWindow.due_at <= _NOW)
    .order_by(MaintenanceWindow.due_at)
    .limit(1)
    .scalar_subquery(),
)


async def open_alert(session: AsyncSession, integration: str, key: str) -> Alert | None:
    """The one of this key that is not over, locked."""
    found = await last_of_key(session, integration, key)
    return found if found is not None and found.resolved_at is None else None


async def last_of_key(session: AsyncSession, integration: str, key: str) -> Alert | None:
    """The newest of this key, over or not, locked. No older one is open."""
    found: Alert | None = await session.scalar(_LAST_OF_KEY, {"integration": integration, "key": key})
    return found


_LAST_OF_KEY = (
    select(Alert)
    .where(Alert.integration == bindparam("integration"), Alert.key == bindparam("key"))
    .order_by(Alert.id.desc())
    .limit(1)
    .with_for_update()
)
_GROUP = bindparam("group", type_=String)
_LAST_OF_GROUP = (
    select(Alert)
    .where(Alert.group == _GROUP, or_(Alert.incident_id.is_not(None), Alert.page_id.is_not(None)))
    .order_by(Alert.id.desc())
    .limit(1)
)
_OPEN_MESSAGE_OF = (
    select(Alert)
    .where(Alert.group == _GROUP, Alert.resolved_at.is_(None), Alert.outcome == "message")
    .limit(1)
)
_OPEN_IN_GROUP = select(func.count()).select_from(
    select(Alert.id)
    .where(Alert.group == _GROUP, Alert.resolved_at.is_(None))
    .limit(bindparam("at_most", type_=Integer))
    .subquery()
)


async def last_of_group(session: AsyncSession, group: str) -> Alert | None:
    """The newest of this group that belongs to something, over or not."""
    found: Alert | None = await session.scalar(_LAST_OF_GROUP, {"group": group})
    return found


async def open_message_of(session: AsyncSession, group: str) -> Alert | None:
    """An open alert of this group that a message tells of."""
    found: Alert | None = await session.scalar(_OPEN_MESSAGE_OF, {"group": group})
    return found


_OPEN_INCIDENT = select(Incident.service, Incident.declared_at).where(
    Incident.id == bindparam("number"), is_open(), Incident.private.is_(False), Incident.drill.is_(False)
)
_ROOT = (
    select(func.min(Alert.id))
    .where(Alert.incident_id == Incident.id, Alert.root_id.is_(None))
    .correlate(Incident)
    .scalar_subquery()
)
_WORKED = (
    select(func.max(TimelineEntry.recorded_at))
    .where(
        TimelineEntry.incident_id == Incident.id,
        or_(TimelineEntry.author.is_not(None), TimelineEntry.kind == "alert"),
    )
    .correlate(Incident)
    .scalar_subquery()
)
_BY_ALERTS = Incident.declared_by == ""
_OPEN_AROUND = select(
    Incident.id, Incident.service, _ROOT, Incident.declared_at, _WORKED, (~_BY_ALERTS).label("declared")
).where(
    is_open(),
    among_few(Incident.service).in_(bindparam("around", expanding=True)),
    # What alerts opened for this very service is found by its group.
    or_(
        and_(~_BY_ALERTS, bindparam("joins_declared", type_=Boolean)),
        and_(_BY_ALERTS, Incident.service != bindparam("service")),
    ),
    Incident.private.is_(False),
    Incident.drill.is_(False),
)


async def incident_of_group(session: AsyncSession, group: str) -> list[Candidate]:
    """The open incident that the newest alert of this group belongs to, if any; never a private one, nor a drill."""
    last = await last_of_group(session, group)
    if last is None or last.incident_id is None:
        return []
    # Not the row itself: who goes on to change it reads it under its lock.
    row = (await session.execute(_OPEN_INCIDENT, {"number": last.incident_id})).one_or_none()
    if row is None:
        return []
    root = last.root_id or last.id
    return [Candidate(last.incident_id, row.service, root, row.declared_at, last.last_at, group=group)]


async def incidents_around(
    session: AsyncSession, service: str | None, config: Config, *, joins_declared: bool
) -> list[Candidate]:
    """The open incidents of the services that this one stands on and of those that stand on it, and those that people
    declared for itself; never a private one, nor a drill.
    """
    if service is None:
        return []
    around = {service, *dependencies(config, service), *dependents(config, service)}
    rows = await session.execute(
        _OPEN_AROUND, {"around": list(around), "service": service, "joins_declared": joins_declared}
    )
    return [
        Candidate(number, of, root_id, declared_at, worked_at or declared_at, declared=bool(declared))
        for number, of, root_id, declared_at, worked_at, declared in rows
    ]


async def alerts_of(session: AsyncSession, incident_id: int) -> Sequence[Alert]:
    """All of an incident, in their order."""
    return (
        await session.scalars(select(Alert).where(Alert.incident_id == incident_id).order_by(Alert.id))
    ).all()


_COUNTS_OF = (
    select(Alert.state, func.count()).where(Alert.incident_id == bindparam("incident")).group_by(Alert.state)
)


async def counts_of(session: AsyncSession, incident_id: int) -> dict[str, int]:
    """How many of an incident's alerts are in each state."""
    return dict(iter(await session.execute(_COUNTS_OF, {"incident": incident_id})))


_STANDING = (
    func.count(),
    func.count(Alert.resolved_at),
    func.count().filter(Alert.outcome == "symptom"),
    func.count().filter(Alert.reason.startswith("flapping"), Alert.resolved_at.is_(None)),
    func.count().filter(Alert.state == ACKNOWLEDGED, Alert.resolved_at.is_(None)),
    func.count().filter(Alert.integration == OWN_CHECKS),
    func.sum(Alert.count),
    func.max(Alert.last_at),
)
_STANDING_OF = select(*_STANDING).where(Alert.incident_id == bindparam("incident"))


async def with_alerts(session: AsyncSession, around: Situation) -> Situation:
    """The same with how the incident's alerts stand, if it has any."""
    row = (await session.execute(_STANDING_OF, {"incident": around.incident.id})).one()
    if not row[0]:
        return around
    now = AlertsNow(*row)
    failing = await _failing_checks(session, around.incident.id) if now.checks else ()
    newest = await _newest(session, Alert.incident_id == around.incident.id) if _came_again(now) else None
    return replace(around, alerts=replace(now, failing=failing, newest=newest))


def _came_again(now: AlertsNow) -> bool:
    return now.deliveries > now.count and now.resolved < now.count


async def _newest(session: AsyncSession, of: ColumnElement[bool]) -> SaidNow | None:
    """What the one of these says that came again last and is not over. What checks see is told apart."""
    found = await session.scalar(
        select(Alert)
        .where(of, Alert.resolved_at.is_(None), Alert.count > 1, Alert.integration != OWN_CHECKS)
        # By `resolved_at` first, which is empty: else Postgres may walk through all alerts by their last moment.
        .order_by(Alert.resolved_at, Alert.last_at.desc(), Alert.id.desc())
        .limit(1)
    )
    if found is None:
        return None
    return SaidNow(found.title, short_details(found.details), href_of(found.links))


async def _failing_checks(session: AsyncSession, incident_id: int) -> tuple[FailingCheck, ...]:
    """The first alerts of an incident's checks that are not over."""
    found = await session.scalars(
        select(Alert)
        .where(Alert.incident_id == incident_id, Alert.integration == OWN_CHECKS, Alert.resolved_at.is_(None))
        .order_by(Alert.id)
        .limit(FAILING_SHOWN)
    )
    return tuple(
        FailingCheck(alert.source, str(alert.details.get("expected", "")), str(alert.details.get("seen", "")))
        for alert in found
    )


async def pages_with_alerts(session: AsyncSession, shown: Sequence[PageStatus]) -> list[PageStatus]:
    """The same with how the alerts of each page stand that belongs to no incident, if it has any."""
    alone = [one.page.id for one in shown if one.page.incident_id is None and one.page.created_by is None]
    if not alone:
        return list(shown)
    rows = await session.execute(
        select(Alert.page_id, *_STANDING).where(Alert.page_id.in_(alone)).group_by(Alert.page_id)
    )
    found = {row[0]: AlertsNow(*row[1:]) for row in rows}
    for page_id, now in found.items():
        if _came_again(now):
            found[page_id] = replace(now, newest=await _newest(session, Alert.page_id == page_id))
    return [replace(one, alerts=found.get(one.page.id)) for one in shown]


@dataclass(frozen=True)
class Gathered:
    """The alerts of one message: how many are in which state, how often they came, and those that are shown."""

    count: int
    resolved: int
    deliveries: int
    last_at: datetime
    shown: Sequence[Alert]


async def gathered(session: AsyncSession, root: Alert, *, limit: int) -> Gathered:
    """The alerts that the message of this one tells of; the open ones are shown first, and the newest of them."""
    of = (Alert.group == root.group, Alert.id >= root.id, or_(Alert.id == root.id, Alert.root_id == root.id))
    row = (
        await session.execute(
            select(
                func.count(), func.count(Alert.resolved_at), func.sum(Alert.count), func.max(Alert.last_at)
            ).where(*of)
        )
    ).one()
    shown = await session.scalars(
        select(Alert).where(*of).order_by(Alert.resolved_at.is_not(None), Alert.id.desc()).limit(limit)
    )
    return Gathered(row[0], row[1], int(row[2] or 0), row[3] or root.last_at, shown.all())


async def hand_message_on(session: AsyncSession, root: Alert, group: str) -> int | None:
    """The message of an alert that leaves this group is that of the next one that it tells of; returns which one."""
    others = (Alert.group == group, Alert.root_id == root.id)
    heir: Alert | None = await session.scalar(
        select(Alert).where(*others).order_by(Alert.id).limit(1).with_for_update()
    )
    if heir is None:
        return None
    await session.execute(update(Alert).where(*others, Alert.id != heir.id).values(root_id=heir.id))
    heir.root_id, heir.channel_id, heir.message_ts = None, root.channel_id, root.message_ts
    root.channel_id = root.message_ts = None
    return heir.id


async def untold(
    session: AsyncSession, incident: Incident, *, limit: int
) -> tuple[Sequence[Alert], int, int]:
    """The alerts that joined an incident and that its thread does not tell of yet: the first of them, how many there
    are, and the number of the last. The alert that it was declared for stands on the card.
    """
    of = [Alert.incident_id == incident.id, Alert.message_ts.is_(None)]
    if not incident.declared_by:
        first = select(func.min(Alert.id)).where(Alert.incident_id == incident.id).scalar_subquery()
        of.append(Alert.id > first)
    count, last = (await session.execute(select(func.count(), func.max(Alert.id)).where(*of))).one()
    shown = await session.scalars(select(Alert).where(*of).order_by(Alert.id).limit(limit))
    return shown.all(), count, last or 0


async def note_told(
    session: AsyncSession, incident_id: int, last: int, *, channel_id: str, message_ts: str
) -> None:
    """The thread tells of an incident's alerts up to this one."""
    await session.execute(
        update(Alert)
        .where(Alert.incident_id == incident_id, Alert.id <= last, Alert.message_ts.is_(None))
        .values(channel_id=channel_id, message_ts=message_ts)
        .execution_options(synchronize_session=False)
    )


async def open_in_group(session: AsyncSession, group: str, *, at_most: int) -> int:
    """How many of a group are not over; counting ends at `at_most`."""
    return await session.scalar(_OPEN_IN_GROUP, {"group": group, "at_most": at_most}) or 0


async def has_joined_of_kind(session: AsyncSession, alert: Alert) -> bool:
    """Whether another alert of its incident, or of its page, has its service, severity and kind."""
    of, query = ("page_id", _PAGED_OF_KIND) if alert.incident_id is None else ("incident_id", _JOINED_OF_KIND)
    about = {name: getattr(alert, name) for name in (of, "severity", "kind", "service", "id")}
    return await session.scalar(query, about) is not None


_OF_KIND = (
    select(Alert.id)
    .where(
        Alert.severity == bindparam("severity"),
        Alert.kind == bindparam("kind"),
        Alert.service.is_not_distinct_from(bindparam("service")),
        Alert.id != bindparam("id"),
    )
    .limit(1)
)
_JOINED_OF_KIND = _OF_KIND.where(Alert.incident_id == bindparam("incident_id"))
_PAGED_OF_KIND = _OF_KIND.where(Alert.page_id == bindparam("page_id"))


async def over_since(session: AsyncSession, alert: Alert) -> datetime | None:
    """When people ended the incident or the page of an alert; None: it goes on, or there is none."""
    for number, query in ((alert.incident_id, _INCIDENT_OVER), (alert.page_id, _PAGE_OVER)):
        if number is not None:
            found: datetime | None = await session.scalar(query, {"number": number})
            return found
    return None


_INCIDENT_OVER = select(Incident.resolved_at).where(Incident.id == bindparam("number"))
_PAGE_OVER = select(Page.resolved_at).where(Page.id == bindparam("number"))


async def open_of_page(session: AsyncSession, page_id: int) -> bool:
    """Whether an alert of this page is not over."""
    return bool(
        await session.scalar(select(exists().where(Alert.page_id == page_id, Alert.resolved_at.is_(None))))
    )
