"""The rows of an incident."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base, RowId, only


class Incident(Base):
    """An incident. Its id is the number that people say.

    `severity`, `status` and `service` are names from app.yaml. `began_at` is when the harm began, where somebody said so. `channel_id` is empty until Slack has made
    the channel; `card_ts` and `announcement_ts` are the messages that are edited in place. `topic` is what
    the channel's topic was set to last.
    """

    __tablename__ = "incident"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    summary: Mapped[str] = mapped_column(Text, default="")
    severity: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(40))
    service: Mapped[str | None] = mapped_column(String(80))
    # A name from app.yaml. What is filled in, by the names of its fields, as bot.incidents.field_values writes it; None: nothing.
    type: Mapped[str | None] = mapped_column(String(40))
    fields: Mapped[dict[str, Any] | None]
    private: Mapped[bool] = mapped_column(default=False)
    drill: Mapped[bool] = mapped_column(default=False)

    began_at: Mapped[datetime | None]
    declared_at: Mapped[datetime]
    declared_by: Mapped[str] = mapped_column(String(40))
    changed_at: Mapped[datetime]
    updated_at: Mapped[datetime | None]  # the last update that people were given
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    # When the tick looks whether a review follows: set by what may begin one, hold it up, or have it go on.
    review_at: Mapped[datetime | None]

    # Why it was closed, a name from app.yaml or MERGED; empty where it simply was over.
    close_reason: Mapped[str | None] = mapped_column(String(40))
    # Whether figures count it: not where it was none, or where another one tells of the same harm.
    counted: Mapped[bool] = mapped_column(default=True)
    merged_into: Mapped[int | None] = mapped_column(RowId)
    # It was over when it was written down: nobody was told, paged or reminded. `declared_at` is then when it began, and
    # `resolved_at` the same where nobody knows when it ended.
    retrospective: Mapped[bool] = mapped_column(default=False)
    # When the tick archives its channel, and since when the channel is archived.
    archive_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    # When the tick brings the cards of others up to date that say how it stands.
    other_cards_at: Mapped[datetime | None]

    channel_id: Mapped[str | None] = mapped_column(String(40), index=True)
    channel_name: Mapped[str | None] = mapped_column(String(80))
    topic: Mapped[str | None] = mapped_column(String(300))
    card_ts: Mapped[str | None] = mapped_column(String(40))
    announcement_channel_id: Mapped[str | None] = mapped_column(String(40))
    announcement_ts: Mapped[str | None] = mapped_column(String(40))
    # The numbers of earlier ones that were like it, the most alike first; None: nobody has looked since it has this title.
    similar: Mapped[list[Any] | None]
    # The message that it was declared from, "C123/1732159876.000100".
    source: Mapped[str | None] = mapped_column(String(80))

    timeline_length: Mapped[int] = mapped_column(Integer, default=0)
    timeline_head: Mapped[str] = mapped_column(String(64), default="")

    __table_args__ = (
        # The open ones are few among many, and every Home, list and form asks for them.
        Index("ix_incident_open", "id", **only("resolved_at IS NULL")),
        Index("ix_incident_review_at", "review_at", **only("review_at IS NOT NULL")),
        Index("ix_incident_archive_at", "archive_at", **only("archive_at IS NOT NULL")),
        Index("ix_incident_other_cards_at", "other_cards_at", **only("other_cards_at IS NOT NULL")),
        # Figures are those of a span of time; lists begin with the newest.
        Index("ix_incident_declared_at", "declared_at"),
        Index("ix_incident_status", "status", "declared_at"),
        Index("ix_incident_severity", "severity", "declared_at"),
        Index("ix_incident_service", "service", "declared_at"),
        Index("ix_incident_type", "type", "declared_at"),
        # An id is never given out twice, not even after its row was deleted: people remember numbers.
        {"sqlite_autoincrement": True},
    )

    @property
    def is_resolved(self) -> bool:
        return self.status == "resolved"

    @property
    def is_closed(self) -> bool:
        return self.status == "closed"

    @property
    def is_open(self) -> bool:
        """Whether there is still something to respond to."""
        return not (self.is_resolved or self.is_closed)

    @property
    def has_known_end(self) -> bool:
        """Of what was written down afterwards: whether somebody said when it was over."""
        return self.resolved_at is not None and self.resolved_at > self.declared_at

    @property
    def is_announced(self) -> bool:
        """Whether the announcement channel tells of it: nothing private, and nothing that was over before it was known."""
        return not (self.private or self.retrospective)


class Relation(Base):
    """Two incidents that belong together: one row, seen from both sides.

    Where `kind` has a direction – merged, duplicate – `incident_id` is the one that went into `other_id`.
    """

    __tablename__ = "incident_relation"

    incident_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    other_id: Mapped[int] = mapped_column(RowId, primary_key=True, index=True)
    kind: Mapped[str] = mapped_column(String(20))
    made_by: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime]


class Nudge(Base):
    """What an open incident asks its people for when the time has come: an update, a lead, whether it is over.

    `due_at` is when it asks next. `asked` counts how often it did since anybody answered; the newest question stands in
    the message `message_ts`, and what became of it in `answer` and `answered_by`. `stopped` lasts until an update
    names the time of the next one.
    """

    __tablename__ = "nudge"

    incident_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    due_at: Mapped[datetime | None]
    asked: Mapped[int] = mapped_column(Integer, default=0)
    stopped: Mapped[bool] = mapped_column(default=False)
    answer: Mapped[str | None] = mapped_column(String(20))
    answered_by: Mapped[str | None] = mapped_column(String(40))
    message_ts: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (Index("ix_nudge_due_at", "due_at", **only("due_at IS NOT NULL")),)


class FieldValue(Base):
    """What is filled in, once more, for lists to be narrowed down by: `value` is folded for the comparison."""

    __tablename__ = "field_value"

    incident_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(400))

    __table_args__ = (Index("ix_field_value_of", "name", "value", "incident_id"),)


class RoleAssignment(Base):
    """Who holds a role now. Who held it before stands on the timeline."""

    __tablename__ = "role_assignment"

    incident_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    role: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(40))
    assigned_by: Mapped[str] = mapped_column(String(40))
    assigned_at: Mapped[datetime]


class Responder(Base):
    """Somebody who takes part. Of a private incident only responders may see anything.

    `invited_at` is when Slack was told; those without it are still to be invited to the channel. `service` is
    the one that brought them by way of app.yaml, until their invitation stands on the timeline.
    """

    __tablename__ = "responder"

    incident_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    user_id: Mapped[str] = mapped_column(String(40), primary_key=True, index=True)
    joined_at: Mapped[datetime]
    invited_at: Mapped[datetime | None]
    service: Mapped[str | None] = mapped_column(String(80))


class Post(Base):
    """A message in Slack that says what an entry of the timeline says: in the incident's channel, or under the announcement.
    It is brought up to date when the entry is amended.
    """

    __tablename__ = "incident_post"

    incident_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    entry: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    channel_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    ts: Mapped[str] = mapped_column(String(40))


class AutomationRun(Base):
    """A rule of app.yaml that a change of an incident has set off: once for each change, which its key sees to.

    `entry` is the number of the change on the timeline. `because` is the reason in words. `actions` are those that the
    rule had then, each its kind and key; None: noted before that was kept. `due_at` is empty once it was carried out.
    """

    __tablename__ = "automation_run"

    incident_id: Mapped[int] = mapped_column(RowId, primary_key=True)
    entry: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    rule: Mapped[str] = mapped_column(String(40), primary_key=True)
    because: Mapped[str] = mapped_column(String(300))
    actions: Mapped[list[Any] | None]
    due_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_automation_run_due_at", "due_at", **only("due_at IS NOT NULL")),)
