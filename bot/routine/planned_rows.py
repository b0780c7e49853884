"""The row of routine tasks that a plan made."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base, RowId, only


class PlannedTask(Base):
    """A routine task that stands beside those of app.yaml: made from a plan, and done, skipped and shown as they are.

    `name` is what its evidence is kept under. `cadence` is one of routine.rhythms. `owner` is a Slack user id; None:
    whoever comes first. A task of this name in app.yaml takes its place for as long as it stands there.
    """

    __tablename__ = "planned_task"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(60))
    description: Mapped[str] = mapped_column(Text)
    cadence: Mapped[str] = mapped_column(String(20))
    owner: Mapped[str | None] = mapped_column(String(80))
    plan_id: Mapped[int | None] = mapped_column(RowId)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(40))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(40))
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_planned_task_name", "name", unique=True, **only("ended_at IS NULL")),
        {"sqlite_autoincrement": True},
    )
