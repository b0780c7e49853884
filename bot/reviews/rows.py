"""The rows of reviews."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base, RowId, only

# Where a review stands.
OPEN, HELD, DONE, WAIVED = STATES = ("open", "held", "done", "waived")
# Where a step stands.
TO_DO, STEP_DONE, SKIPPED = STEP_STATES = ("to_do", "done", "skipped")
# Where the improvement of a wording stands.
ASKED, RUNNING, READY, FAILED, TAKEN, LEFT = WORDING_STATES = (
    "asked",
    "running",
    "ready",
    "failed",
    "taken",
    "left",
)


class Review(Base):
    """The review of an incident; an incident has one at most. Who may see the incident may see it.

    `owner` is a Slack user id, or a name of app.yaml whose account is not known; empty: nobody was there. `required`
    is what the severity says; one that is not was asked for. While the incident is open again it is HELD. `due_at` is
    when the report is due, `remind_at` when somebody is reminded next, and `reminders` counts how often that was.
    `versions` counts the documents that were kept (ReviewVersion); without any, the draft stands for it.
    """

    __tablename__ = "review"

    incident_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(20))
    required: Mapped[bool]
    owner: Mapped[str | None] = mapped_column(String(40))
    began_at: Mapped[datetime]
    asked_by: Mapped[str | None] = mapped_column(String(40))
    due_at: Mapped[datetime]
    remind_at: Mapped[datetime | None]
    reminders: Mapped[int] = mapped_column(Integer, default=0)
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text, default="")  # why it was waived

    versions: Mapped[int] = mapped_column(Integer, default=0)
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None] = mapped_column(String(40))
    published_version: Mapped[int | None] = mapped_column(Integer)
    channel_id: Mapped[str | None] = mapped_column(String(40))
    message_ts: Mapped[str | None] = mapped_column(String(40))
    # The card in the incident's channel.
    card_channel_id: Mapped[str | None] = mapped_column(String(40))
    card_ts: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (
        # The unfinished ones are few among many: lists and Homes ask for them by their due date.
        Index("ix_review_unfinished", "due_at", **only("ended_at IS NULL")),
        Index("ix_review_remind_at", "remind_at", **only("remind_at IS NOT NULL")),
        # Figures are those of a span of time.
        Index("ix_review_due_at", "due_at"),
    )

    @property
    def is_unfinished(self) -> bool:
        return self.ended_at is None


class ReviewTask(Base):
    """A step of a review, as app.yaml had it when the review began. `owner` is as the review's."""

    __tablename__ = "review_task"

    incident_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    place: Mapped[int] = mapped_column(SmallInteger)
    title: Mapped[str] = mapped_column(String(60))
    owner: Mapped[str | None] = mapped_column(String(40))
    required: Mapped[bool]
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(20))
    changed_at: Mapped[datetime | None]
    changed_by: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text, default="")  # why it was skipped

    @property
    def is_open(self) -> bool:
        return self.state == TO_DO


class ReviewVersion(Base):
    """The document as it was kept once. `sections` are Markdown by their keys (bot.reviews.document).

    Without an author it is what Tocsin drafted, before somebody changed it for the first time.
    """

    __tablename__ = "review_version"

    incident_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    sections: Mapped[dict[str, Any]]
    author: Mapped[str | None] = mapped_column(String(40))
    kept_at: Mapped[datetime]
    what: Mapped[str] = mapped_column(String(200), default="")  # what was changed


class ReviewWording(Base):
    """Another wording of a document that somebody asked for, and what became of it.

    `made_from` is the version that it was made from (0: the draft), `sections` are that document and `answer` the
    proposed one, by their keys; both are emptied once nobody can take it any more. `changes` are [key, before, after],
    `kept` counts by reason the sentences that were left as they were. `due_at` until a process has taken it, which
    says so by `claimed_until`.
    """

    __tablename__ = "review_wording"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    incident_id: Mapped[int] = mapped_column(RowId)
    state: Mapped[str] = mapped_column(String(10))
    model: Mapped[str] = mapped_column(String(200))
    asked_by: Mapped[str] = mapped_column(String(40))
    asked_at: Mapped[datetime]
    made_from: Mapped[int] = mapped_column(Integer)
    sections: Mapped[dict[str, Any]]
    answer: Mapped[dict[str, Any]]
    changes: Mapped[list[Any]]
    kept: Mapped[dict[str, Any]]
    problem: Mapped[str] = mapped_column(Text, default="")
    due_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    ended_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (
        Index("ix_review_wording_incident_id", "incident_id", "id"),
        Index("ix_review_wording_due_at", "due_at", **only("due_at IS NOT NULL")),
        Index("ix_review_wording_claimed_until", "claimed_until", **only("claimed_until IS NOT NULL")),
        # A message about one is never about another that came later.
        {"sqlite_autoincrement": True},
    )
