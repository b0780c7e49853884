"""Storms as they are kept: what the alerts of a service have opened in this minute, what the brake held back, and what
joins in the end. The rule is bot.alerts.storm, and what follows when one is over bot.alerts.aftermath.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, case, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import storm
from bot.alerts.rows import Alert, AlertStorm
from bot.alerts.signals import in_turn
from bot.config import Config
from bot.core.db import insert_row
from bot.core.outbox import Priority, enqueue


async def storm_of(session: AsyncSession, service: str | None) -> AlertStorm | None:
    """What the alerts of this service have opened lately, locked."""
    found: AlertStorm | None = await session.scalar(
        select(AlertStorm).where(AlertStorm.service == (service or "")).with_for_update()
    )
    return found


async def due_storm(session: AsyncSession, *, now: datetime) -> AlertStorm | None:
    """A storm that is to be looked at, locked."""
    await in_turn(session)
    found: AlertStorm | None = await session.scalar(
        select(AlertStorm)
        .where(AlertStorm.due_at <= now)
        .order_by(AlertStorm.due_at)
        .limit(1)
        .with_for_update()
    )
    return found


# -- the brake ----------------------------------------------------------------------------------------------


async def may_open(session: AsyncSession, alert: Alert, *, config: Config, now: datetime) -> bool:
    """Whether it may open an incident or a page, by its service's budget. If not, it is held back and counted."""
    row = await storm_of(session, alert.service)
    if row is None:
        row = await insert_row(
            session, AlertStorm, service=alert.service or "", minute_at=now, pages=0, held_back=0
        )
    decided = storm.brake(
        storm.Spent(row.minute_at, row.pages),
        now,
        budget=config.alerts.budget_of(alert.service),
        highest=await _is_new_of_highest(session, alert, config),
    )
    row.minute_at, row.pages = decided.spent.since, decided.spent.pages
    if decided.opens:
        return True
    alert.outcome, alert.reason = "held_back", f"{decided.reason}; {alert.reason}"[:300]
    if row.last_at is None or now - row.last_at >= storm.OVER_AFTER:
        row.began_at, row.held_back, row.message_ts = now, 0, None
        row.rest, row.incident_id, row.page_id = 0, None, None
    row.last_at, row.due_at = now, now + storm.OVER_AFTER
    row.held_back += 1
    show_storm(session, row, now=now)
    return False


async def _is_new_of_highest(session: AsyncSession, alert: Alert, config: Config) -> bool:
    """Whether it has the highest severity, and its service has nothing open yet for a failure of this kind."""
    if alert.severity != config.severities[0].name:
        return False
    return not await has_open_root_of_kind(session, alert)


def show_storm(session: AsyncSession, row: AlertStorm, *, now: datetime) -> None:
    """Has the storm's message brought up to date."""
    enqueue(
        session,
        "alert.storm",
        now=now,
        about={"storm": row.id},
        fold=f"storm:{row.id}",
        delay=storm.refresh_after(row.held_back),
        priority=Priority.CARD,
    )


async def has_open_root_of_kind(session: AsyncSession, alert: Alert) -> bool:
    """Whether another alert of its service, severity and kind opened an incident or a page, and is not over."""
    found = await session.scalar(
        select(Alert.id)
        .where(
            Alert.service == alert.service if alert.service is not None else Alert.service.is_(None),
            Alert.resolved_at.is_(None),
            Alert.outcome.in_(("incident", "page")),
            Alert.severity == alert.severity,
            Alert.kind == alert.kind,
            Alert.id != (alert.id or 0),
        )
        .limit(1)
    )
    return found is not None


# -- what it holds back -------------------------------------------------------------------------------------


def _held_back(row: AlertStorm) -> tuple[ColumnElement[bool], ...]:
    return (
        Alert.service == row.service if row.service else Alert.service.is_(None),
        Alert.resolved_at.is_(None),
        Alert.outcome == "held_back",
    )


async def held_back_worst_first(
    session: AsyncSession, row: AlertStorm, config: Config, *, limit: int
) -> Sequence[Alert]:
    """Those that a storm held back and that are not over, by their severity and age."""
    ranks = {severity.name: rank for rank, severity in enumerate(config.severities)}
    found = await session.scalars(
        select(Alert)
        .where(*_held_back(row))
        .order_by(case(ranks, value=Alert.severity, else_=len(ranks)), Alert.id)
        .limit(limit)
        .with_for_update()
    )
    return found.all()


async def join_rest(session: AsyncSession, row: AlertStorm, root: Alert, reason: str) -> int:
    """All that a storm still holds back joins what this alert belongs to; returns how many."""
    joined = await session.execute(
        update(Alert)
        .where(*_held_back(row))
        .values(
            outcome="joined",
            incident_id=root.incident_id,
            page_id=root.page_id,
            root_id=root.root_id or root.id,
            reason=func.substr(literal(f"{reason}; ").concat(Alert.reason), 1, 300),
        )
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", joined).rowcount


async def held_back_now(session: AsyncSession, row: AlertStorm) -> tuple[int, Sequence[Alert]]:
    """How many of those that a storm held back are not over, and the newest of them."""
    of = _held_back(row)
    count = await session.scalar(select(func.count()).select_from(Alert).where(*of)) or 0
    shown = await session.scalars(select(Alert).where(*of).order_by(Alert.id.desc()).limit(5))
    return count, shown.all()
