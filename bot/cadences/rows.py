"""The row of what comes again."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base, only


class Recurrence(Base):
    """Something that app.yaml wants again and again: a digest, a review, a routine task.

    `next_at` is when the tick carries it out next (None: never again), for the occurrence `occurs_at`: what is
    announced ahead is carried out before its time. `rule` is what both were computed from; another rule in app.yaml
    computes them anew. `last_at` is the occurrence that was carried out last.
    """

    __tablename__ = "recurrence"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    rule: Mapped[str] = mapped_column(String(300))
    next_at: Mapped[datetime | None]
    occurs_at: Mapped[datetime | None]
    last_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_recurrence_next_at", "next_at", **only("next_at IS NOT NULL")),)
