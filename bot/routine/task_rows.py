"""The rows of routine tasks: each occurrence, the message that shows it, and the evidence of what was done."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base, RowId, only

# Under what the cadences of routine tasks are kept.
KIND = "routine task"
# What a title has room for in app.yaml, in a message and in the evidence.
LONGEST_TASK = 60
# Where an occurrence stands. One that nobody did before the next one came was missed.
OPEN, DONE, SKIPPED, MISSED = STATES = ("open", "done", "skipped", "missed")
# How it is known to be done.
CONFIRMED, BY_CHECK, BY_COMMAND = ("confirmation", "check", "command")
# What the evidence tells of.
EVIDENCE = (
    "opened",
    "ticked",
    "unticked",
    "handed_over",
    "owner_left",
    "overdue",
    "failed",
    "ran",
    "broken_off",
    "drill",
    "done",
    "skipped",
    "missed",
    "passed_over",
)


class RoutineOccurrence(Base):
    """One time that a routine task is due. Its id is the number that people say.

    Title, description and checklist are as they were when it came. A point of the checklist is {"text", "by", "at"}, the
    last two empty until it is ticked. `owner` is a name of app.yaml or a Slack user id; None: whoever comes first. `turn` is
    the one of app.yaml whose turn it was, whoever it was handed to.
    `seen` and `output` are what the check or command found last. `missed_since` is the first occurrence that was due
    while the bot did not run, and that this one stands for.
    """

    __tablename__ = "routine_occurrence"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    task: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(60))
    description: Mapped[str] = mapped_column(Text, default="")
    checklist: Mapped[list[Any]]
    owner: Mapped[str | None] = mapped_column(String(80))
    turn: Mapped[str | None] = mapped_column(String(80))
    occurs_at: Mapped[datetime]
    due_at: Mapped[datetime]
    missed_since: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    message_id: Mapped[int | None] = mapped_column(RowId, index=True)

    status: Mapped[str] = mapped_column(String(10))
    how: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    closed_at: Mapped[datetime | None] = mapped_column(index=True)
    closed_by: Mapped[str | None] = mapped_column(String(40))

    seen: Mapped[str] = mapped_column(String(300))
    output: Mapped[str] = mapped_column(Text)
    incident_id: Mapped[int | None] = mapped_column(RowId)

    # When the tick acts on it: reminds, looks at the check, runs the command.
    remind_at: Mapped[datetime | None]
    reminded: Mapped[int] = mapped_column(Integer)
    look_at: Mapped[datetime | None]
    run_at: Mapped[datetime | None]
    run_by: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (
        UniqueConstraint("task", "occurs_at"),
        Index("ix_routine_occurrence_open", "due_at", **only("closed_at IS NULL")),
        # Figures are those of a span of time.
        Index("ix_routine_occurrence_due_at", "due_at"),
        Index("ix_routine_occurrence_remind_at", "remind_at", **only("remind_at IS NOT NULL")),
        Index("ix_routine_occurrence_look_at", "look_at", **only("look_at IS NOT NULL")),
        Index("ix_routine_occurrence_run_at", "run_at", **only("run_at IS NOT NULL")),
    )

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    def is_overdue(self, now: datetime) -> bool:
        return self.is_open and self.due_at <= now


class RoutineMessage(Base):
    """A message in the routine's channel: what came at one moment, `part` by part where it is too much for one."""

    __tablename__ = "routine_message"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    occurs_at: Mapped[datetime]
    part: Mapped[int] = mapped_column(Integer)
    channel_id: Mapped[str | None] = mapped_column(String(40))
    message_ts: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (UniqueConstraint("occurs_at", "part"),)


class EvidenceChain(Base):
    """The head of a task's evidence, locked by whoever adds to it."""

    __tablename__ = "evidence_chain"

    task: Mapped[str] = mapped_column(String(40), primary_key=True)
    length: Mapped[int] = mapped_column(Integer)
    head: Mapped[str] = mapped_column(String(64))


class Evidence(Base):
    """Something that happened to an occurrence: only added, numbered per task and chained by hashes.

    `by` is a Slack user id, None for Tocsin itself.
    """

    __tablename__ = "evidence"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    task: Mapped[str] = mapped_column(String(40))
    number: Mapped[int] = mapped_column(Integer)
    occurrence_id: Mapped[int] = mapped_column(RowId)
    kind: Mapped[str] = mapped_column(String(20))
    occurs_at: Mapped[datetime]
    due_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(index=True)
    by: Mapped[str | None] = mapped_column(String(40))
    data: Mapped[dict[str, Any]]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    __table_args__ = (UniqueConstraint("task", "number"),)
