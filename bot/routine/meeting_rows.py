"""The rows of recurring reviews: each meeting, and what people said before and in it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base, RowId, only

# Where a meeting stands. Over: its time is, but nobody has closed it yet.
ANNOUNCED, POSTPONED, RUNNING, OVER, HELD, MISSED = STATES = (
    "announced",
    "postponed",
    "running",
    "over",
    "held",
    "missed",
)
# What people say.
FEEDBACK, NOTE, DECISION = KINDS = ("feedback", "note", "decision")


class Meeting(Base):
    """One time that a recurring review of app.yaml is held. Its id is the number that people say.

    Title, people, agenda and questions are as app.yaml had them when it was announced; people are names of app.yaml, and who leads
    it may be a Slack user id. `turn` is the one of app.yaml whose turn it was to lead it. Its figures begin at
    `since_at`. `planned_at` is when it should have been, before anybody postponed it. `act_at` is when the tick acts on
    it: begins it, asks for its end, gives it up. `missed_since` is the first one that was due while the bot did not run.
    """

    __tablename__ = "meeting"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    review: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(60))
    facilitator: Mapped[str | None] = mapped_column(String(80))
    turn: Mapped[str | None] = mapped_column(String(80))
    participants: Mapped[list[str]]
    agenda: Mapped[list[Any]]
    questions: Mapped[list[str]] = mapped_column(JSON, default=list)
    planned_at: Mapped[datetime]
    since_at: Mapped[datetime]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    missed_since: Mapped[datetime | None]

    status: Mapped[str] = mapped_column(String(10))
    postponed: Mapped[int] = mapped_column(Integer)  # how often
    postponed_by: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text)  # why, the last time
    act_at: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(40))

    channel_id: Mapped[str | None] = mapped_column(String(40))
    message_ts: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (
        UniqueConstraint("review", "planned_at"),
        Index("ix_meeting_open", "starts_at", **only("closed_at IS NULL")),
        Index("ix_meeting_act_at", "act_at", **only("act_at IS NOT NULL")),
    )

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def has_begun(self) -> bool:
        return self.status in (RUNNING, OVER)


class MeetingWord(Base):
    """Feedback, a note or a decision. Without `by` it was given without a name, and nobody knows whose it is. `question`
    is what feedback answers.
    """

    __tablename__ = "meeting_word"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(RowId, index=True)
    kind: Mapped[str] = mapped_column(String(10))
    question: Mapped[str | None] = mapped_column(String(150))
    text: Mapped[str] = mapped_column(Text)
    by: Mapped[str | None] = mapped_column(String(40))
    said_at: Mapped[datetime]
