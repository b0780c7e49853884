"""The row of risks."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base, RowId, only

# What it is a risk of.
TECHNICAL, RESOURCE, SCHEDULE, QUALITY = KINDS = ("technical", "resource", "schedule", "quality")
# Where it stands.
OPEN, ACCEPTED, MITIGATED, CLOSED = STATUSES = ("open", "accepted", "mitigated", "closed")


class Risk(Base):
    """Something that may go wrong. Its id is the number that people say.

    `likelihood` and `impact` are high, medium or low. It is to be looked at again at `review_at`; from then on its owner
    is reminded at `remind_at`, again and again, until somebody has reviewed it. Of a closed one both are empty.
    """

    __tablename__ = "risk"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    likelihood: Mapped[str] = mapped_column(String(10))
    impact: Mapped[str] = mapped_column(String(10))
    mitigation: Mapped[str] = mapped_column(Text, default="")
    owner: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(20))

    review_at: Mapped[datetime | None]
    remind_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str | None] = mapped_column(String(40))

    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(40))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(40))
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_risk_unfinished", "id", **only("closed_at IS NULL")),
        Index("ix_risk_remind_at", "remind_at", **only("remind_at IS NOT NULL")),
        # An id is never given out twice: people remember numbers.
        {"sqlite_autoincrement": True},
    )
