"""Alerts whose route leads to the backlog: an item for each key, and how often its alerts came."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.rows import Alert
from bot.backlog import items
from bot.backlog.rows import ALERT, BUG


async def item_for(
    session: AsyncSession, alert: Alert, *, title: str, description: str, now: datetime
) -> None:
    """Puts the alert into the backlog: into the unfinished item of its key, or else into a new one."""
    item, _ = await items.add(
        session,
        title=title,
        by=None,
        now=now,
        kind=BUG,
        description=description,
        service=alert.service,
        origin=ALERT,
        cause=items.cause(ALERT, alert.integration, alert.key),
    )
    alert.backlog_item_id = item.id


@dataclass(frozen=True)
class Behind:
    """What stands behind an item: how often its alerts were received, since when, and when the last was over
    (None: it still fires).
    """

    count: int
    first_at: datetime
    last_at: datetime
    over_at: datetime | None


async def behind(session: AsyncSession, numbers: Iterable[int]) -> Mapping[int, Behind]:
    """By the item's number, for those of these items that alerts made. Alerts are no secret: who sees the item may
    see this.
    """
    rows = await session.execute(
        select(
            Alert.backlog_item_id,
            func.sum(Alert.count),
            func.min(Alert.first_at),
            func.max(Alert.last_at),
            func.max(Alert.resolved_at),
            func.count() - func.count(Alert.resolved_at),
        )
        .where(Alert.backlog_item_id.in_(list(numbers)))
        .group_by(Alert.backlog_item_id)
    )
    return {
        number: Behind(int(count), first_at, last_at, None if firing else over_at)
        for number, count, first_at, last_at, over_at, firing in rows
        if number is not None
    }
