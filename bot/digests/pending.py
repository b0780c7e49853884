"""What is due or overdue: each kind has its function here, which reads the rows of its feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.digests.spans import Span


@dataclass(frozen=True)
class Item:
    """Something that somebody has to do: what it is, in words; its owner's name, as people read it; when it is due."""

    what: str
    owner: str | None = None
    due_at: datetime | None = None

    def is_overdue(self, now: datetime) -> bool:
        return self.due_at is not None and self.due_at < now


@dataclass(frozen=True)
class ActionItemHealth:
    """Of the action items of reviews: how many are open and overdue, how many were opened and done in the span."""

    open: int
    overdue: int
    opened: int
    done: int


async def reviews_due(session: AsyncSession, config: Config, *, until: datetime) -> Sequence[Item]:
    """The reviews of incidents that are due by then and not done, the longest due first; none of a private incident.

    There are no reviews yet.
    """
    return ()


async def tasks_overdue(session: AsyncSession, config: Config, *, now: datetime) -> Sequence[Item]:
    """Action items and routine tasks that should be done by now, the longest due first; none of a private incident.

    There are neither yet.
    """
    return ()


async def action_items(session: AsyncSession, span: Span, *, now: datetime) -> ActionItemHealth | None:
    """How action items stand; None while there are none. There are no action items yet."""
    return None
