"""The row of an action item."""

from datetime import date, datetime

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base, RowId, only

# Where it stands.
OPEN, IN_PROGRESS, DONE, DROPPED = STATUSES = ("open", "in progress", "done", "dropped")
# Where it came from: somebody wrote it down, an incident's channel, an incident's review, a recurring review.
PERSON, INCIDENT, REVIEW, MEETING = ORIGINS = ("person", "incident", "review", "meeting")


class ActionItem(Base):
    """What somebody has promised to do by a day. Its id is the number that people say.

    `owner` is one Slack user id, for what everybody is to do nobody does. `due_on` is a day of the organization's
    timezone: until its end it is in time. `impact` and `effort` are high, medium or low, or not judged yet; from them
    follows the priority (bot.backlog.priority). `incident_id` is the incident that it came of, itself or by its
    review (`review_id`); an item of a private one is `private` and for its responders only. `meeting_id` is the
    recurring review that it came of. Without `created_by` Tocsin made it, without `closed_by` GitHub closed it.

    `remind_at` is when its owner is reminded next; empty, once it is closed. `issue_…` is its issue on GitHub:
    `issue_wanted` when it is to have one, `issue_state` and `issue_seen_at` what both sides knew last, `issue_title` the title
    that it was given from here last: somebody may have named it otherwise there.
    """

    __tablename__ = "action_item"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    service: Mapped[str | None] = mapped_column(String(80))
    owner: Mapped[str] = mapped_column(String(40))
    due_on: Mapped[date]
    impact: Mapped[str | None] = mapped_column(String(10))
    effort: Mapped[str | None] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text, default="")  # why it was dropped
    private: Mapped[bool] = mapped_column(default=False)
    drill: Mapped[bool] = mapped_column(default=False)

    origin: Mapped[str] = mapped_column(String(20))
    incident_id: Mapped[int | None] = mapped_column(RowId)
    review_id: Mapped[int | None] = mapped_column(RowId)
    meeting_id: Mapped[int | None] = mapped_column(RowId)

    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(String(40))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str | None] = mapped_column(String(40))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(40))

    remind_at: Mapped[datetime | None]

    issue_wanted: Mapped[bool] = mapped_column(default=False)
    issue_repository: Mapped[str | None] = mapped_column(String(140))
    issue_number: Mapped[int | None] = mapped_column(Integer)
    issue_state: Mapped[str | None] = mapped_column(String(10))
    issue_seen_at: Mapped[datetime | None]
    issue_title: Mapped[str | None] = mapped_column(String(256))
    issue_problem: Mapped[str | None] = mapped_column(String(500))

    __table_args__ = (
        # The unfinished ones are few among many, and every list begins with the first that is due.
        Index("ix_action_item_unfinished", "due_on", "id", **only("closed_at IS NULL")),
        Index("ix_action_item_owner", "owner", "due_on", "id", **only("closed_at IS NULL")),
        Index("ix_action_item_remind_at", "remind_at", **only("remind_at IS NOT NULL")),
        Index("ix_action_item_incident_id", "incident_id", **only("incident_id IS NOT NULL")),
        Index("ix_action_item_meeting_id", "meeting_id", **only("meeting_id IS NOT NULL")),
        Index(
            "uq_action_item_issue",
            "issue_repository",
            "issue_number",
            unique=True,
            **only("issue_number IS NOT NULL"),
        ),
        # Figures are those of a span of time.
        Index("ix_action_item_due_on", "due_on"),
        Index("ix_action_item_created_at", "created_at"),
        Index("ix_action_item_closed_at", "closed_at", **only("closed_at IS NOT NULL")),
        # An id is never given out twice, not even after its row was deleted: people remember numbers.
        {"sqlite_autoincrement": True},
    )

    @property
    def is_unfinished(self) -> bool:
        return self.closed_at is None


class IssuePoll(Base):
    """When a repository on GitHub is asked next for issues that changed there, and what it was asked last.

    `since_at` is the newest change that was seen; `etag` is the answer's to the question of that moment.
    """

    __tablename__ = "issue_poll"

    repository: Mapped[str] = mapped_column(String(140), primary_key=True)
    poll_at: Mapped[datetime] = mapped_column(index=True)
    since_at: Mapped[datetime]
    etag: Mapped[str | None] = mapped_column(String(200))
    answered_at: Mapped[datetime | None]
    problem: Mapped[str | None] = mapped_column(String(500))
