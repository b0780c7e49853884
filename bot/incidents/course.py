"""The course of an incident in short: what whoever comes to it must know of its timeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.standing import is_hidden
from bot.core.timeline import TimelineEntry
from bot.core.viewer import Viewer

# What tells how it went. Kept messages, invitations, each alert and each ring do not,
# and neither does what somebody hid.
TELLING = (
    "alert_root",
    "alerts_over",
    "began",
    "change",
    "closed",
    "declared",
    "given_up",
    "handover",
    "note",
    "over",
    "page_acknowledged",
    "page_nobody",
    "reopened",
    "resolved",
    "severity",
    "status",
    "summary",
    "task",
    "update",
)
MOST = 60


@dataclass(frozen=True)
class Course:
    """The newest of what tells how it went, oldest first, and how much of that there is; `since` is when the reader did
    something about it last.
    """

    entries: Sequence[TimelineEntry]
    total: int
    since: datetime | None = None


async def course_of(session: AsyncSession, incident_id: int, viewer: Viewer) -> Course:
    """Of an incident that the caller was allowed to load."""
    telling = (TimelineEntry.incident_id == incident_id, TimelineEntry.kind.in_(TELLING))
    newest = select(TimelineEntry).where(*telling)
    newest = newest.order_by(TimelineEntry.occurred_at.desc(), TimelineEntry.number.desc()).limit(MOST)
    entries = [entry for entry in await session.scalars(newest) if not is_hidden(entry)]
    total = await session.scalar(select(func.count()).select_from(TimelineEntry).where(*telling)) or 0
    since: datetime | None = await session.scalar(
        select(func.max(TimelineEntry.recorded_at)).where(
            TimelineEntry.incident_id == incident_id, TimelineEntry.author == viewer.user_id
        )
    )
    return Course(tuple(reversed(entries)), total, since)
