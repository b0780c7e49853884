"""The rows of paging."""

from datetime import datetime, time, timedelta
from typing import Any, ClassVar

from sqlalchemy import Index, Integer, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base, RowId, only

# Where a page stands.
WAITING, RINGING, ACKNOWLEDGED = "waiting", "ringing", "acknowledged"
SNOOZED, EXHAUSTED, RESOLVED = "snoozed", "exhausted", "resolved"

# Where a notification stands.
QUEUED, ACCEPTED, DELIVERED, SEEN = "queued", "accepted", "delivered", "seen"
ACKED, FAILED, STALE = "acknowledged", "failed", "stale"


# What a notice is about.
NOBODY, ASK, SHADOW = "nobody", "ask", "shadow"


class Page(Base):
    """A call for somebody. It rings by its policy until it is acknowledged, and goes on until it is resolved.

    `policy` names an escalation policy, or is a single target ("person:ada") for a page without one.
    `step` and `round` are those that rang last (-1: none); `life` counts how often it began anew, and only
    notifications of the present life still ring.

    `due_at` is when the tick must look at it: the earliest of the moments that its state has. It is empty
    only when the page is resolved.
    """

    __tablename__ = "page"

    # Its entries stand under this column of the timeline while it belongs to no incident.
    timeline_column: ClassVar[str] = "page_id"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    incident_id: Mapped[int | None] = mapped_column(RowId, index=True)
    what: Mapped[str] = mapped_column(String(300))
    policy: Mapped[str] = mapped_column(String(120))
    service: Mapped[str | None] = mapped_column(String(80))
    severity: Mapped[str | None] = mapped_column(String(40))
    urgency: Mapped[str] = mapped_column(String(10))
    private: Mapped[bool] = mapped_column(default=False)
    drill: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(String(40))

    state: Mapped[str] = mapped_column(String(20))
    # Why it stands as it does, in words: the last decision's.
    reason: Mapped[str] = mapped_column(String(300), default="")
    step: Mapped[int] = mapped_column(SmallInteger, default=-1)
    round: Mapped[int] = mapped_column(SmallInteger, default=0)
    life: Mapped[int] = mapped_column(Integer, default=0)

    due_at: Mapped[datetime | None]
    escalate_at: Mapped[datetime | None]  # the next step
    last_resort_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    ask_at: Mapped[datetime | None]  # when an acknowledged page without progress asks, or pages again
    asked_at: Mapped[datetime | None]
    ask_after: Mapped[int] = mapped_column(Integer)  # seconds, by severity
    again_after: Mapped[int] = mapped_column(Integer)  # seconds from the question to the next ring
    claimed_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    # Failures in a row of our own code on this page: it is put off for longer each time.
    stumbles: Mapped[int] = mapped_column(SmallInteger, default=0)

    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None] = mapped_column(String(40))
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None] = mapped_column(String(40))
    # When everybody was told that nobody was reached.
    nobody_at: Mapped[datetime | None]

    timeline_length: Mapped[int] = mapped_column(Integer, default=0)
    timeline_head: Mapped[str] = mapped_column(String(64), default="")

    __table_args__ = (
        Index("ix_page_due_at", "due_at", **only("due_at IS NOT NULL")),
        Index("ix_page_open", "id", **only("resolved_at IS NULL")),
        {"sqlite_autoincrement": True},
    )

    @property
    def is_open(self) -> bool:
        return self.state != RESOLVED

    def enter(self, state: str, reason: str) -> None:
        """Changes the state, and puts away the moments that belong to others. The caller sets those of this one."""
        self.state, self.reason = state, reason[:300]
        if state != ACKNOWLEDGED:
            self.ask_at = self.asked_at = None
        if state != SNOOZED:
            self.snoozed_until = None
        if state != RINGING:
            self.last_resort_at = None
        if state not in (WAITING, RINGING, EXHAUSTED):
            self.escalate_at = None

    def set_due(self) -> None:
        """Keeps `due_at` in step with the moments of the state."""
        moments = {
            WAITING: (self.escalate_at,),
            RINGING: (self.escalate_at, self.last_resort_at),
            EXHAUSTED: (self.escalate_at,),
            SNOOZED: (self.snoozed_until,),
            ACKNOWLEDGED: (self.ask_at,),
        }.get(self.state, ())
        self.due_at = min((moment for moment in moments if moment is not None), default=None)


class Notification(Base):
    """One ring: a page told to one person by one method, or to a channel.

    `person` is a name of app.yaml, or the Slack user id of somebody who has none there; of a channel it is
    empty. `due_at` is the moment by which the provider should have accepted it: then the person's other
    methods take over. Notifications to one person by one method that leave together share a `bundle`:
    the id of the first.
    """

    __tablename__ = "notification"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    page_id: Mapped[int] = mapped_column(RowId, index=True)
    person: Mapped[str | None] = mapped_column(String(40))
    user_id: Mapped[str | None] = mapped_column(String(40))
    via: Mapped[str] = mapped_column(String(120))  # the target that led here
    step: Mapped[int] = mapped_column(SmallInteger)
    round: Mapped[int] = mapped_column(SmallInteger)
    life: Mapped[int] = mapped_column(Integer)
    method: Mapped[str] = mapped_column(String(20))  # slack, channel, email, sms, …
    contact_method_id: Mapped[int | None] = mapped_column(RowId)
    channel: Mapped[str | None] = mapped_column(String(80))  # its name, for the method "channel"
    reason: Mapped[str] = mapped_column(String(200), default="")
    bundle: Mapped[int | None] = mapped_column(RowId)

    state: Mapped[str] = mapped_column(String(20), default=QUEUED)
    created_at: Mapped[datetime]
    leaves_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    stale_at: Mapped[datetime | None]
    # What the provider said, and what was wrong.
    answer: Mapped[str | None] = mapped_column(String(300))
    problem: Mapped[str | None] = mapped_column(String(300))
    # The message in Slack that is edited in place.
    channel_id: Mapped[str | None] = mapped_column(String(40))
    message_ts: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (
        Index("ix_notification_due_at", "due_at", **only("due_at IS NOT NULL")),
        Index("ix_notification_person", "person", "created_at"),
        Index("ix_notification_bundle", "bundle"),
        # Figures: what has rung whom in a span of time.
        Index("ix_notification_accepted_at", "accepted_at", **only("accepted_at IS NOT NULL")),
    )


class PageNotice(Base):
    """A message in Slack about a page that rings nobody; edited in place like the ring itself.

    `kind` is NOBODY (whom to call), ASK (are you still on it?) or SHADOW (for whoever learns). `to` is a target,
    or the Slack user id of whoever is asked.
    """

    __tablename__ = "page_notice"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    page_id: Mapped[int] = mapped_column(RowId, index=True)
    kind: Mapped[str] = mapped_column(String(20))
    to: Mapped[str] = mapped_column(String(120))
    # Of NOBODY: who was tried. Of SHADOW: the schedule.
    about: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    # Whom it reached, if it is a person.
    user_id: Mapped[str | None] = mapped_column(String(40))
    channel_id: Mapped[str | None] = mapped_column(String(40))
    message_ts: Mapped[str | None] = mapped_column(String(40))


class ContactMethod(Base):
    """A way to reach a person beside Slack. The address is encrypted; it is used once it is verified."""

    __tablename__ = "contact_method"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    user_id: Mapped[str] = mapped_column(String(40), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    label: Mapped[str] = mapped_column(String(60))
    address: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    code_hash: Mapped[str | None] = mapped_column(String(64))
    code_expires_at: Mapped[datetime | None]
    code_tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    # When it was used last beside pages (a code, a test, a probe), and what was wrong then.
    tried_at: Mapped[datetime | None]
    problem: Mapped[str | None] = mapped_column(String(200))
    # When it was probed last: once before a shift is enough.
    probed_at: Mapped[datetime | None]


class NotificationRule(Base):
    """A person's wish: for pages of this urgency, after `delay` by this method (None: Slack)."""

    __tablename__ = "notification_rule"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    user_id: Mapped[str] = mapped_column(String(40), index=True)
    urgency: Mapped[str] = mapped_column(String(10))
    delay_seconds: Mapped[int] = mapped_column(Integer)
    contact_method_id: Mapped[int | None] = mapped_column(RowId)

    @property
    def delay(self) -> timedelta:
        return timedelta(seconds=self.delay_seconds)


class QuietHours(Base):
    """When a person's low-urgency pages wait; minutes of the day in the person's zone, perhaps over midnight."""

    __tablename__ = "quiet_hours"

    user_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    begins: Mapped[int] = mapped_column(SmallInteger)
    ends: Mapped[int] = mapped_column(SmallInteger)
    timezone: Mapped[str] = mapped_column(String(64))

    @property
    def begins_at_wall(self) -> time:
        return time(self.begins // 60, self.begins % 60)

    @property
    def ends_at_wall(self) -> time:
        return time(self.ends // 60, self.ends % 60)


class ProbeConsent(Base):
    """A person agreed that their contact methods are probed before their shifts."""

    __tablename__ = "probe_consent"

    user_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    agreed_at: Mapped[datetime]


class ShiftCheck(Base):
    """Of a schedule: when to look whether whoever has the next shift can be reached, and which was looked at last."""

    __tablename__ = "shift_check"

    schedule: Mapped[str] = mapped_column(String(80), primary_key=True)
    next_at: Mapped[datetime] = mapped_column(index=True)
    shift_starts_at: Mapped[datetime | None]
    person: Mapped[str | None] = mapped_column(String(40))


class Turn(Base):
    """Whose turn it is in a round-robin step: the number of pages that it has had."""

    __tablename__ = "turn"

    policy: Mapped[str] = mapped_column(String(120), primary_key=True)
    step: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    turn: Mapped[int] = mapped_column(Integer)


class AckLink(Base):
    """A link by which one person acknowledges one page, once, or all pages of a message: those of its `bundle`.

    Only its hash is kept.
    """

    __tablename__ = "ack_link"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    page_id: Mapped[int] = mapped_column(RowId, index=True)
    bundle: Mapped[int | None] = mapped_column(RowId)
    person: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[str | None] = mapped_column(String(40))
    token_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("token_hash"),)
