"""Looking for recurring reviews, and what was said in them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.db import numbered
from bot.core.errors import NotFound
from bot.reviews.action_rows import ActionItem
from bot.routine.meeting_rows import DECISION, FEEDBACK, NOTE, Meeting, MeetingWord


@dataclass(frozen=True)
class Said:
    """What was said of a meeting, in its order, and the items that came of it."""

    words: Sequence[MeetingWord] = ()
    items: Sequence[ActionItem] = ()

    def of(self, kind: str) -> list[MeetingWord]:
        return [word for word in self.words if word.kind == kind]

    @property
    def feedback(self) -> list[MeetingWord]:
        return self.of(FEEDBACK)

    @property
    def notes(self) -> list[MeetingWord]:
        return self.of(NOTE)

    @property
    def decisions(self) -> list[MeetingWord]:
        return self.of(DECISION)


async def by_number(session: AsyncSession, number: int, *, lock: bool = False) -> Meeting:
    """The row is locked if it is to be changed. Raises NotFound."""
    row = await numbered(session, Meeting, number, lock=lock)
    if row is None:
        raise NotFound(f"There is no recurring review #{number}.", "`/ops meetings` shows them.")
    return row


async def said_in(session: AsyncSession, meeting_id: int) -> Said:
    words = await session.scalars(
        select(MeetingWord).where(MeetingWord.meeting_id == meeting_id).order_by(MeetingWord.id)
    )
    items = await session.scalars(
        select(ActionItem).where(ActionItem.meeting_id == meeting_id).order_by(ActionItem.id)
    )
    return Said(words.all(), items.all())


async def open_meetings(session: AsyncSession, *, limit: int = 10) -> Sequence[Meeting]:
    """Those to come, running and not closed yet, the next first."""
    query = select(Meeting).where(Meeting.closed_at.is_(None)).order_by(Meeting.starts_at, Meeting.id)
    return (await session.scalars(query.limit(limit))).all()


async def count_open(session: AsyncSession) -> int:
    query = select(func.count()).select_from(Meeting).where(Meeting.closed_at.is_(None))
    return await session.scalar(query) or 0


async def past_meetings(session: AsyncSession, *, limit: int, offset: int = 0) -> Sequence[Meeting]:
    """Those that were held or missed, the newest first."""
    query = select(Meeting).where(Meeting.closed_at.is_not(None)).order_by(Meeting.id.desc())
    return (await session.scalars(query.limit(limit).offset(offset))).all()


async def count_past(session: AsyncSession) -> int:
    query = select(func.count()).select_from(Meeting).where(Meeting.closed_at.is_not(None))
    return await session.scalar(query) or 0
