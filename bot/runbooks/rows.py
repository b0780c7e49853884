"""The rows of runbooks."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base, RowId, only

# How a run of a command stands.
ASKED, QUEUED, RUNNING, DONE, FAILED, UNKNOWN, DECLINED = STATES = (
    "asked",
    "queued",
    "running",
    "done",
    "failed",
    "unknown",
    "declined",
)


class RunbookRow(Base):
    """A runbook: the last good copy of its Markdown, and what stands in it.

    `digest` names the text and the rules that it was read by; `problem` is why the newest cannot be used. `tested_on`
    is the day that its file tells, or that a person told after it. At `remind_at` somebody is told that it is stale.
    """

    __tablename__ = "runbook"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    source: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str | None] = mapped_column(String(64))
    etag: Mapped[str | None] = mapped_column(String(200))
    text: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str] = mapped_column(String(200), default="")
    owner: Mapped[str | None] = mapped_column(String(80))
    services: Mapped[list[str]]
    checks: Mapped[list[str]]
    severities: Mapped[list[str]]
    link: Mapped[str | None] = mapped_column(String(2000))
    steps: Mapped[list[Any]]

    known_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    next_read_at: Mapped[datetime] = mapped_column(index=True)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    problem: Mapped[str | None] = mapped_column(Text)

    tested_on: Mapped[date | None] = mapped_column(Date)
    tested_by: Mapped[str | None] = mapped_column(String(40))
    remind_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_runbook_remind_at", "remind_at", **only("remind_at IS NOT NULL")),)


class Checklist(Base):
    """A runbook's steps in an incident's channel, as they were when it was posted.

    `steps` are mappings with `text` and perhaps `command`; `ticks` has who ticked which of them (its number, counted
    from 0, as text) and when.
    """

    __tablename__ = "runbook_checklist"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    incident_id: Mapped[int] = mapped_column(RowId)
    name: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    link: Mapped[str | None] = mapped_column(String(2000))
    steps: Mapped[list[Any]]
    ticks: Mapped[dict[str, Any]]
    posted_at: Mapped[datetime]
    posted_by: Mapped[str] = mapped_column(String(40))
    message_ts: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (Index("ix_runbook_checklist_incident_id", "incident_id", "name"),)


class CommandRun(Base):
    """A command that somebody asked for, and what became of it.

    `argv` is what was shown and agreed to. `busy` is the command's name while it waits to run or runs: of each there is
    one at a time. A run whose process is gone before its end was written is `unknown`, and never begun again.
    """

    __tablename__ = "command_run"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    incident_id: Mapped[int] = mapped_column(RowId)
    checklist_id: Mapped[int] = mapped_column(RowId)
    step: Mapped[int] = mapped_column(Integer)
    command: Mapped[str] = mapped_column(String(40))
    argv: Mapped[list[str]]
    state: Mapped[str] = mapped_column(String(10))
    busy: Mapped[str | None] = mapped_column(String(40), unique=True)
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(40))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(40))
    due_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    began_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    status: Mapped[int | None] = mapped_column(Integer)
    outcome: Mapped[str] = mapped_column(String(300), default="")
    output: Mapped[str] = mapped_column(Text, default="")
    message_ts: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (
        Index("ix_command_run_due_at", "due_at", **only("due_at IS NOT NULL")),
        Index("ix_command_run_claimed_until", "claimed_until", **only("claimed_until IS NOT NULL")),
        Index("ix_command_run_checklist_id", "checklist_id"),
    )
