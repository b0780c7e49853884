"""The row of decisions."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base, RowId, only

# Where it stands.
PENDING, DECIDED, DROPPED = STATUSES = ("pending", "decided", "dropped")


class Decision(Base):
    """A question that somebody is to decide by `due_at`. Its id is the number that people say.

    From `due_at` on its owner is reminded at `remind_at`, again and again. `answer` is what was decided, or why it was
    dropped; `decided_at` and `decided_by` are then set. What app.yaml asks has its `name` there, and no `created_by`.
    `changed_at` and `changed_by` are empty as long as it is what was asked, of whom and by when.
    """

    __tablename__ = "decision"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    question: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    owner: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(20))
    answer: Mapped[str] = mapped_column(Text, default="")
    due_at: Mapped[datetime]
    remind_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(40), default="")
    changed_at: Mapped[datetime | None]
    changed_by: Mapped[str | None] = mapped_column(String(40))
    name: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (
        Index("ix_decision_pending", "due_at", **only("decided_at IS NULL")),
        Index("ix_decision_remind_at", "remind_at", **only("remind_at IS NOT NULL")),
        Index("uq_decision_name", "name", unique=True, **only("name IS NOT NULL")),
        # An id is never given out twice: people remember numbers.
        {"sqlite_autoincrement": True},
    )

    @property
    def stands_since(self) -> datetime:
        """Since when it asks what it asks now."""
        return self.changed_at or self.created_at
