"""The rows of on-call: what changes without app.yaml."""

from datetime import datetime

from sqlalchemy import Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base, RowId, only
from bot.oncall.schedule import Override


class OverrideRow(Base):
    """Somebody stands in for whoever would be on call. `schedule` and `person` are names from app.yaml.

    `person` is empty where nobody is to be on call. `made_by` is a Slack user id, None for the program.
    """

    __tablename__ = "override"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    schedule: Mapped[str] = mapped_column(String(40))
    person: Mapped[str | None] = mapped_column(String(40))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    made_by: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(200), default="")
    made_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (
        # Those of the past grow with the years; asked for are the ones that are not over.
        Index("ix_override_of_schedule", "schedule", "ends_at", **only("cancelled_at IS NULL")),
        Index("ix_override_of_person", "person", "ends_at", **only("cancelled_at IS NULL")),
    )

    def plain(self) -> Override:
        """As the pure rules take it."""
        return Override(self.id, self.schedule, self.person, self.starts_at, self.ends_at)


class ImportedCalendarRow(Base):
    """The last good copy of a calendar that is kept elsewhere, and how the last attempt to renew it went.

    `source` is a digest of where it comes from: a copy from elsewhere is no copy of this one.
    """

    __tablename__ = "imported_calendar"

    schedule: Mapped[str] = mapped_column(String(40), primary_key=True)
    layer: Mapped[str] = mapped_column(String(40), primary_key=True)
    source: Mapped[str] = mapped_column(String(64))
    text: Mapped[str | None] = mapped_column(Text)
    etag: Mapped[str | None] = mapped_column(String(200))
    fetched_at: Mapped[datetime | None]
    # Why the last attempt failed, in words; empty when it succeeded.
    problem: Mapped[str | None] = mapped_column(String(300))
    failures: Mapped[int] = mapped_column(Integer, default=0)
    # When the schedule's owner was told that it fails; empty when it does not, or when they were not.
    told_at: Mapped[datetime | None]
    # The names in it that nobody has, as the owner was told.
    unknown: Mapped[str | None] = mapped_column(String(300))
    next_fetch_at: Mapped[datetime] = mapped_column(index=True)


class FeedLink(Base):
    """A secret link to a calendar of shifts: of a person, or of a schedule. The token itself is not kept."""

    __tablename__ = "feed_link"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person: Mapped[str | None] = mapped_column(String(40))
    schedule: Mapped[str | None] = mapped_column(String(40))
    made_by: Mapped[str | None] = mapped_column(String(40), index=True)
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ScheduleWatch(Base):
    """What the tick knows of a schedule: who was on call when it looked last, and when it must look again."""

    __tablename__ = "schedule_watch"

    schedule: Mapped[str] = mapped_column(String(40), primary_key=True)
    person: Mapped[str | None] = mapped_column(String(40))
    seen_at: Mapped[datetime]
    next_at: Mapped[datetime] = mapped_column(index=True)
    # Everybody whose shift begins up to this moment was reminded.
    reminded_to_at: Mapped[datetime]
    # Why Slack refused to change the user group, as its owner was told; empty when it did not.
    group_problem: Mapped[str | None] = mapped_column(String(100))


# What somebody asks of colleagues, and where that stands.
COVER, SWAP = "cover", "swap"
OPEN, TAKEN, WITHDRAWN, DECLINED, EXPIRED = "open", "taken", "withdrawn", "declined", "expired"


class ShiftRequest(Base):
    """Somebody asks to be covered from `starts_at` to `ends_at`, or to exchange that shift for another's.

    `asker`, `other` and `taker` are names of app.yaml, `asked_by` is a Slack user id. A swap names the `other`
    and their shift. It is open until somebody takes it, or until `expires_at`.
    """

    __tablename__ = "shift_request"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    schedule: Mapped[str] = mapped_column(String(40))
    asker: Mapped[str] = mapped_column(String(40))
    asked_by: Mapped[str] = mapped_column(String(40), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    other: Mapped[str | None] = mapped_column(String(40))
    other_starts_at: Mapped[datetime | None]
    other_ends_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(20))
    taker: Mapped[str | None] = mapped_column(String(40))
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_shift_request_open", "expires_at", **only("state = 'open'")),)

    @property
    def is_open(self) -> bool:
        return self.state == OPEN


class ShiftRequestMessage(Base):
    """Where a request was told: to a person of app.yaml, or in a channel ("#name" or an id). Kept current there."""

    __tablename__ = "shift_request_message"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    request_id: Mapped[int] = mapped_column(RowId)
    person: Mapped[str | None] = mapped_column(String(40))
    channel: Mapped[str | None] = mapped_column(String(100))
    channel_id: Mapped[str | None] = mapped_column(String(40))
    message_ts: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (UniqueConstraint("request_id", "person", "channel"),)
