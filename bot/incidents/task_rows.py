"""The rows of what is worked on during an incident: its tasks, and the links that people need for them."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base, RowId, only


class Task(Base):
    """What somebody is to do while the incident lasts; what is to be done after it is an action item.

    Its id is the number that people say. `owner` is a Slack user id, or nobody yet. `given_by` gave it to them at
    `given_at`, and at `told_at` Slack had told them; both are empty where they took it themselves. `source` is the
    message that it was made from, "C123/1732159876.000100". Without `created_by` Tocsin made it.
    """

    __tablename__ = "incident_task"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    incident_id: Mapped[int] = mapped_column(RowId)
    title: Mapped[str] = mapped_column(String(200))
    owner: Mapped[str | None] = mapped_column(String(40))
    given_by: Mapped[str | None] = mapped_column(String(40))
    given_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(String(40))
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None] = mapped_column(String(40))
    source: Mapped[str | None] = mapped_column(String(80))

    __table_args__ = (
        Index("ix_incident_task_incident_id", "incident_id", "id"),
        # Home asks for what is somebody's and open, among all that ever was.
        Index("ix_incident_task_owner", "owner", "id", **only("done_at IS NULL")),
        # An id is never given out twice, not even after its row was deleted: people remember numbers.
        {"sqlite_autoincrement": True},
    )

    @property
    def is_open(self) -> bool:
        return self.done_at is None


class Link(Base):
    """An address that belongs to an incident: a dashboard, a document, a call. `name` is "" where nobody gave one."""

    __tablename__ = "incident_link"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    incident_id: Mapped[int] = mapped_column(RowId)
    url: Mapped[str] = mapped_column(String(1000))
    name: Mapped[str] = mapped_column(String(100))
    added_at: Mapped[datetime]
    added_by: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (
        Index("ix_incident_link_incident_id", "incident_id", "id"),
        {"sqlite_autoincrement": True},
    )
