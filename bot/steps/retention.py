"""What piles up and may go: for each kind how long app.yaml keeps it, and which rows are older."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.administration.configuration import old_versions
from bot.alerts.deployments import old_deployments
from bot.alerts.retention import old_alerts, old_signals
from bot.checks.thinning import old_results
from bot.config.sections.retention import Retention
from bot.core.audit import audit, old_lines
from bot.core.outbox import old_items

# In one transaction: nobody who writes meanwhile is to notice.
AT_MOST = 1_000


@dataclass(frozen=True)
class Kind:
    """`old` selects the keys of what is from before a moment and may go, the oldest first."""

    name: str
    kept_for: Callable[[Retention], timedelta | None]
    old: Callable[[datetime], Select[Any]]


KINDS = (
    Kind("signals", lambda kept: kept.signals, old_signals),
    Kind("alerts", lambda kept: kept.alerts, old_alerts),
    Kind("deployments", lambda kept: kept.alerts, old_deployments),
    Kind("messages", lambda kept: kept.messages, old_items),
    Kind("check_results", lambda kept: kept.check_results, old_results),
    Kind("audit_log", lambda kept: kept.audit_log, old_lines),
    Kind("config_versions", lambda kept: kept.config_versions, old_versions),
)


async def forget(session: AsyncSession, kind: Kind, kept: Retention, *, now: datetime) -> int:
    """Deletes the oldest that may go, `AT_MOST` of them; returns how many."""
    kept_for = kind.kept_for(kept)
    if kept_for is None:
        return 0
    old = kind.old(now - kept_for)
    (key,) = old.selected_columns
    gone = await session.execute(
        delete(key.table).where(key.in_(old.limit(AT_MOST))).returning(key),
        execution_options={"synchronize_session": False},
    )
    rows = len(gone.all())
    if rows:
        audit(session, "retention", by=None, now=now, kind=kind.name, rows=rows)
    return rows


async def count(session: AsyncSession, kind: Kind, kept: Retention, *, now: datetime) -> tuple[int, int]:
    """How many may go now, and how many there are."""
    (key,) = kind.old(now).selected_columns
    there = await session.scalar(select(func.count()).select_from(key.table)) or 0
    kept_for = kind.kept_for(kept)
    if kept_for is None:
        return 0, there
    old = kind.old(now - kept_for).order_by(None).subquery()
    return await session.scalar(select(func.count()).select_from(old)) or 0, there
