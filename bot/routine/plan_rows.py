"""The row of plans."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base, RowId, only

# Where the interview stands: a question is asked, all is summed up, the plan is made and what follows from it is
# proposed, it is over, or it was given up.
ASKING, SUMMARY, COMPLETE, OVER, DROPPED = STATUSES = ("asking", "summary", "complete", "over", "dropped")


class MaintenancePlan(Base):
    """A plan that comes of an interview, of one person in direct messages. Its id is the number that people say.

    `answers` has what was said, by area; an area that was passed over has an empty one. `position` counts the areas from
    0; with `refining` the answer leads back to the summary. `document` is the plan as Markdown, once it is complete.
    `made` tells what was made from it. A person has one interview at a time.
    """

    __tablename__ = "maintenance_plan"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    user_id: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(20))
    position: Mapped[int] = mapped_column(default=0)
    refining: Mapped[bool] = mapped_column(default=False)
    paused_at: Mapped[datetime | None]
    answers: Mapped[dict[str, Any]]
    document: Mapped[str] = mapped_column(Text, default="")
    made: Mapped[dict[str, Any]]
    channel_id: Mapped[str | None] = mapped_column(String(40))
    message_ts: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_maintenance_plan_running", "user_id", unique=True, **only("ended_at IS NULL")),
        {"sqlite_autoincrement": True},
    )
