"""Looking for alerts and signals: what is due, what belongs together, how an incident's alerts stand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Integer, bindparam, exists, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.alerts.grouping import Candidate, dependencies, dependents
from bot.alerts.rows import RESOLVED, Alert, AlertStorm, MaintenanceWindow, Signal
from bot.config import Config
from bot.core.db import UtcDateTime
from bot.incidents.queries import AlertsNow, Situation, is_open
from bot.incidents.rows import Incident
from bot.paging.rows import Page

# Any number that no other program on the same Postgres uses: alerts are taken in one after the other.
IN_TURN = 0x70C52


async def in_turn(session: AsyncSession) -> None:
    """Has other replicas wait until this transaction ends. What alerts join depends on those before them.

    It comes before the locks of incidents, pages and the outbox, which nobody takes who then waits for this.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": IN_TURN})


@dataclass(frozen=True)
class Claimed:
    """A signal in work, with as much of it as its turn depends on."""

    id: int
    key: tuple[str, str]
    is_critical: bool


async def claim_signals(
    session: AsyncSession, *, now: datetime, lease: timedelta, worker: str, limit: int
) -> list[Claimed]:
    """Takes up to `limit` due signals, the oldest first; none while another worker has some.

    What one key says must be carried out in its order, or an alert that is over would stay open.
    """
    await in_turn(session)
    other = aliased(Signal)
    taken = exists().where(other.due_at.is_not(None), other.claimed_until > now, other.claimed_by != worker)
    ready = (
        select(Signal.id)
        .where(Signal.due_at <= now, ~taken)
        .order_by(Signal.due_at, Signal.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = await session.execute(
        update(Signal)
        .where(Signal.id.in_(ready.scalar_subquery()))
        .values(claimed_until=now + lease, claimed_by=worker)
        .returning(Signal.id, Signal.integration, Signal.event)
        .execution_options(synchronize_session=False)
    )
    return sorted(
        (
            Claimed(
                number,
                (integration, str(event.get("key"))),
                (event.get("action"), event.get("level")) == ("trigger", "critical"),
            )
            for number, integration, event in rows
        ),
        key=lambda one: one.id,
    )


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
    for kind in (Signal, Alert):
        await session.execute(
            update(kind)
            .where(kind.due_at.is_not(None), kind.claimed_until.is_not(None))
            .values(claimed_until=None, claimed_by=None)
            .execution_options(synchronize_session=False)
        )


async def anything_due(session: AsyncSession, *, now: datetime) -> tuple[bool, bool, bool]:
    """Whether a signal is due, whether an alert is, and whether maintenance begins, ends or must be reminded of."""
    row = (await session.execute(_ANYTHING_DUE, {"now": now})).one()
    return row[0] is not None, row[1] is not None, row[2] is not None


_NOW = bindparam("now", type_=UtcDateTime)
# By their order rather than by `exists`, for the reason that bot.core.outbox gives.
_ANYTHING_DUE = select(
    select(Signal.id)
    .where(Signal.due_at <= _NOW)
    .order_by(Signal.due_at, Signal.id)
    .limit(1)
    .scalar_subquery(),
    select(Alert.id)
    .where(Alert.due_at <= _NOW, or_(Alert.claimed_until.is_(None), Alert.claimed_until <= _NOW))
    .order_by(Alert.due_at)
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
    found: Alert | None = await session.scalar(_OPEN, {"integration": integration, "key": key})
    return found


_OPEN = (
    select(Alert)
    .where(
        Alert.integration == bindparam("integration"),
        Alert.key == bindparam("key"),
        Alert.resolved_at.is_(None),
    )
    .with_for_update()
)


async def last_of_key(session: AsyncSession, integration: str, key: str) -> Alert | None:
    """The newest of this key, over or not."""
    found: Alert | None = await session.scalar(
        select(Alert)
        .where(Alert.integration == integration, Alert.key == key)
        .order_by(Alert.id.desc())
        .limit(1)
    )
    return found


async def last_of_group(session: AsyncSession, group: str) -> Alert | None:
    """The newest of this group that belongs to something, over or not."""
    found: Alert | None = await session.scalar(
        select(Alert)
        .where(Alert.group == group, or_(Alert.incident_id.is_not(None), Alert.page_id.is_not(None)))
        .order_by(Alert.id.desc())
        .limit(1)
    )
    return found


async def open_message_of(session: AsyncSession, group: str) -> Alert | None:
    """An open alert of this group that a message tells of."""
    found: Alert | None = await session.scalar(
        select(Alert)
        .where(Alert.group == group, Alert.resolved_at.is_(None), Alert.outcome == "message")
        .limit(1)
    )
    return found


async def candidates(
    session: AsyncSession, group: str, service: str | None, config: Config
) -> list[Candidate]:
    """The open incidents that an alert of this group and service may belong to."""
    found: list[Candidate] = []
    last = await last_of_group(session, group)
    if last is not None and last.incident_id is not None:
        incident = await session.get(Incident, last.incident_id)
        if incident is not None and incident.is_open:
            found.append(
                Candidate(
                    incident.id,
                    incident.service,
                    last.root_id or last.id,
                    incident.declared_at,
                    last.last_at,
                    group=group,
                )
            )
    around = dependencies(config, service) | dependents(config, service) if service is not None else None
    if not around:
        return found
    root = (
        select(func.min(Alert.id))
        .where(Alert.incident_id == Incident.id, Alert.root_id.is_(None))
        .correlate(Incident)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(Incident.id, Incident.service, root, Incident.declared_at).where(
            is_open(), Incident.service.in_(around), Incident.private.is_(False), Incident.drill.is_(False)
        )
    )
    return found + [
        Candidate(number, of, root_id, declared_at, declared_at) for number, of, root_id, declared_at in rows
    ]


async def alerts_of(session: AsyncSession, incident_id: int) -> Sequence[Alert]:
    """All of an incident, in their order."""
    return (
        await session.scalars(select(Alert).where(Alert.incident_id == incident_id).order_by(Alert.id))
    ).all()


async def counts_of(session: AsyncSession, incident_id: int) -> dict[str, int]:
    """How many of an incident's alerts are in each state."""
    rows = await session.execute(
        select(Alert.state, func.count()).where(Alert.incident_id == incident_id).group_by(Alert.state)
    )
    return dict(iter(rows))


async def with_alerts(session: AsyncSession, around: Situation) -> Situation:
    """The same with how the incident's alerts stand, if it has any."""
    row = (
        await session.execute(
            select(
                func.count(),
                func.count(Alert.resolved_at),
                func.count(Alert.root_id).filter(Alert.outcome == "symptom"),
                func.count().filter(Alert.reason.startswith("flapping"), Alert.resolved_at.is_(None)),
            ).where(Alert.incident_id == around.incident.id)
        )
    ).one()
    return replace(around, alerts=AlertsNow(*row)) if row[0] else around


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


async def held_back_now(session: AsyncSession, row: AlertStorm) -> tuple[int, Sequence[Alert]]:
    """How many of those that a storm held back are not over, and the newest of them."""
    of = (
        Alert.service == row.service if row.service else Alert.service.is_(None),
        Alert.resolved_at.is_(None),
        Alert.outcome == "held_back",
    )
    count = await session.scalar(select(func.count()).select_from(Alert).where(*of)) or 0
    shown = await session.scalars(select(Alert).where(*of).order_by(Alert.id.desc()).limit(5))
    return count, shown.all()


async def open_in_group(session: AsyncSession, group: str, *, at_most: int) -> int:
    """How many of a group are not over; counting ends at `at_most`."""
    some = (
        select(Alert.id)
        .where(Alert.group == group, Alert.resolved_at.is_(None))
        .limit(bindparam("at_most", at_most, type_=Integer))
        .subquery()
    )
    return await session.scalar(select(func.count()).select_from(some)) or 0


async def open_roots(session: AsyncSession, service: str | None) -> Sequence[Alert]:
    """The alerts of a service that opened an incident or a page, and are not over."""
    found = await session.scalars(
        select(Alert).where(
            Alert.service == service if service is not None else Alert.service.is_(None),
            Alert.resolved_at.is_(None),
            Alert.outcome.in_(("incident", "page")),
        )
    )
    return found.all()


async def over_since(session: AsyncSession, alert: Alert) -> datetime | None:
    """When people ended the incident or the page of an alert; None: it goes on, or there is none."""
    if alert.incident_id is not None:
        incident = await session.get(Incident, alert.incident_id)
        return incident.resolved_at if incident is not None else None
    if alert.page_id is not None:
        page = await session.get(Page, alert.page_id)
        return page.resolved_at if page is not None else None
    return None


async def storm_of(session: AsyncSession, service: str | None) -> AlertStorm | None:
    """What the alerts of this service have opened lately, locked."""
    found: AlertStorm | None = await session.scalar(
        select(AlertStorm).where(AlertStorm.service == (service or "")).with_for_update()
    )
    return found


async def open_of_page(session: AsyncSession, page_id: int, group: str) -> bool:
    """Whether an alert of this page is not over."""
    return bool(
        await session.scalar(
            select(
                exists().where(
                    Alert.group == group,
                    Alert.page_id == page_id,
                    Alert.state != RESOLVED,
                    Alert.resolved_at.is_(None),
                )
            )
        )
    )
