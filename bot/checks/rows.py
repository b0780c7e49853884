"""The rows of checks."""

from datetime import datetime
from typing import Any

from sqlalchemy import Float, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base, RowId


class CheckState(Base):
    """Where a check of app.yaml stands, and when it runs next. An objective has one too, named slo:NAME.

    `since_at` is when its state began; `alerting` says that a Signal told of its opening, and that one must tell of
    its end.
    """

    __tablename__ = "check_state"

    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    next_at: Mapped[datetime] = mapped_column(index=True)
    claimed_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    known_at: Mapped[datetime]

    state: Mapped[str] = mapped_column(String(10), default="unknown")
    severity: Mapped[str | None] = mapped_column(String(2))
    failures: Mapped[int] = mapped_column(Integer, default=0)
    successes: Mapped[int] = mapped_column(Integer, default=0)
    since_at: Mapped[datetime | None]
    alerting: Mapped[bool] = mapped_column(default=False)
    silenced_until: Mapped[datetime | None]
    silenced_by: Mapped[str | None] = mapped_column(String(40))

    ran_at: Mapped[datetime | None]
    ok: Mapped[bool | None]
    expected: Mapped[str] = mapped_column(String(300), default="")
    seen: Mapped[str] = mapped_column(String(300), default="")
    latency_ms: Mapped[float | None] = mapped_column(Float)
    value: Mapped[float | None] = mapped_column(Float)
    output: Mapped[str] = mapped_column(Text, default="")
    # Of an objective: what is left of its budget, and how fast it goes.
    figures: Mapped[dict[str, Any] | None]


class CheckResult(Base):
    """A run, or those of a span of time once they are old: `count` of them, `good` ones among them.

    `span` is the span's length in seconds, 0 for a single run. `latency_ms` is their mean.
    """

    __tablename__ = "check_result"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    at: Mapped[datetime]
    span: Mapped[int] = mapped_column(Integer, default=0)
    count: Mapped[int] = mapped_column(Integer, default=1)
    good: Mapped[int] = mapped_column(Integer)
    latency_ms: Mapped[float | None] = mapped_column(Float)
    p95_ms: Mapped[float | None] = mapped_column(Float)
    seen: Mapped[str | None] = mapped_column(String(300))

    __table_args__ = (
        Index("ix_check_result_name_at", "name", "at"),
        Index("ix_check_result_span_at", "span", "at"),
    )


class Heartbeat(Base):
    """What was heard of a heartbeat."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    started_at: Mapped[datetime | None]
    succeeded_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(String(2000), default="")
