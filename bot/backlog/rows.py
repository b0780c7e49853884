"""The rows of the backlog."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base, RowId, only

# What it is.
FEATURE, DEBT, BUG, PROCESS = KINDS = ("feature", "debt", "bug", "process")
# Where it stands.
OPEN, PLANNED, DONE, DECLINED, SPLIT = STATUSES = ("open", "planned", "done", "declined", "split")
# Where it came from.
PERSON, INCIDENT, ALERT, ALERT_RULE, GROOMING, PLANNING = ORIGINS = (
    "person",
    "incident",
    "alert",
    "alert_rule",
    "grooming",
    "planning",
)


class BacklogItem(Base):
    """Something that should be done, and that rings nobody. Its id is the number that people say.

    `impact` and `effort` are high, medium or low, or not judged yet; from them follows the priority
    (bot.backlog.priority). Of one priority the least `place` comes first, then the oldest. `looked_at` is when somebody
    last decided about it: grooming goes by it. `milestone` is the release, or whatever else people plan by, that it is
    planned for. `part_of` is the item that it was split from. `cause` names the one thing that it was made for (the
    key of an alert, the kind of alerts to tune): of one cause one item at most is unfinished. `incident_id` is the
    incident that it was made for; an item of a private one is `private`, and for its responders only.
    Without `created_by` Tocsin made it.
    """

    __tablename__ = "backlog_item"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    service: Mapped[str | None] = mapped_column(String(80))
    impact: Mapped[str | None] = mapped_column(String(10))
    effort: Mapped[str | None] = mapped_column(String(10))
    judged_at: Mapped[datetime | None]
    judged_by: Mapped[str | None] = mapped_column(String(40))
    owner: Mapped[str | None] = mapped_column(String(40))
    milestone: Mapped[str | None] = mapped_column(String(60))
    place: Mapped[int] = mapped_column(default=0)
    looked_at: Mapped[datetime | None]
    part_of: Mapped[int | None] = mapped_column(RowId)
    status: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text, default="")  # why it was declined
    private: Mapped[bool] = mapped_column(default=False)

    origin: Mapped[str] = mapped_column(String(20))
    cause: Mapped[str | None] = mapped_column(String(64))
    incident_id: Mapped[int | None] = mapped_column(RowId)

    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(String(40))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str | None] = mapped_column(String(40))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (
        # The unfinished ones are few among many, and every list begins with the oldest of them.
        Index("ix_backlog_item_unfinished", "id", **only("closed_at IS NULL")),
        Index("ix_backlog_item_service", "service", "id", **only("closed_at IS NULL")),
        Index("uq_backlog_item_cause", "cause", unique=True, **only("closed_at IS NULL")),
        Index("ix_backlog_item_incident_id", "incident_id", **only("incident_id IS NOT NULL")),
        Index("ix_backlog_item_closed_at", "closed_at", **only("closed_at IS NOT NULL")),
        # An id is never given out twice, not even after its row was deleted: people remember numbers.
        {"sqlite_autoincrement": True},
    )

    @property
    def is_unfinished(self) -> bool:
        return self.closed_at is None


class Grooming(Base):
    """One time that the backlog is gone through, in a message that is kept current.

    It goes through what was unfinished at `opened_at`. The newest one alone is kept current.
    """

    __tablename__ = "grooming"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    occurs_at: Mapped[datetime]
    opened_at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(String(80))  # its name in app.yaml
    channel_id: Mapped[str | None] = mapped_column(String(40))
    message_ts: Mapped[str | None] = mapped_column(String(40))
