"""How the backlog fares: how much there is, how old it is, and what nobody has judged."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.backlog.rows import DECLINED, DONE, BacklogItem

MONTH = timedelta(days=30)


@dataclass(frozen=True)
class Health:
    """`by_kind` counts the unfinished ones; `age` is their median, `oldest` the greatest of them (None: there are
    none). `unjudged` lack impact or effort. The last two count the 30 days before.
    """

    unfinished: int
    by_kind: Mapping[str, int]
    age: timedelta | None
    oldest: timedelta | None
    unjudged: int
    done: int
    declined: int


async def health(session: AsyncSession, *seen: ColumnElement[bool], now: datetime) -> Health:
    """Of those items that `seen` leaves."""
    rows: Sequence[tuple[str, datetime, str | None, str | None]] = [
        (kind, created_at, impact, effort)
        for kind, created_at, impact, effort in await session.execute(
            select(BacklogItem.kind, BacklogItem.created_at, BacklogItem.impact, BacklogItem.effort).where(
                BacklogItem.closed_at.is_(None), *seen
            )
        )
    ]
    closed_rows = await session.execute(
        select(BacklogItem.status, func.count())
        .where(BacklogItem.closed_at.is_not(None), BacklogItem.closed_at > now - MONTH, *seen)
        .group_by(BacklogItem.status)
    )
    closed: dict[str, int] = dict(iter(closed_rows))
    ages = [(now - created_at).total_seconds() for _, created_at, _, _ in rows]
    return Health(
        unfinished=len(rows),
        by_kind=dict(Counter(kind for kind, *_ in rows)),  # `asdict` spoils a Counter
        age=timedelta(seconds=median(ages)) if ages else None,
        oldest=timedelta(seconds=max(ages)) if ages else None,
        unjudged=sum(impact is None or effort is None for *_, impact, effort in rows),
        done=closed.get(DONE, 0),
        declined=closed.get(DECLINED, 0),
    )
