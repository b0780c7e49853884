"""The rows of alerts."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base, RowId, only

# Where an alert stands.
FIRING, ACKNOWLEDGED, RESOLVED = "firing", "acknowledged", "resolved"


class Signal(Base):
    """An event as it was accepted: written before the sender is answered, and carried out by the tick.

    `due_at` is set until it was carried out. What came of it stands in `outcome` and `alert_id`; the rows stay as
    the history of their alert. `key` and `can_wait` are the event's: what cannot wait overtakes what others say, but
    nothing that was said of its own alert.
    """

    __tablename__ = "signal"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    integration: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(255))
    can_wait: Mapped[bool]
    event: Mapped[dict[str, Any]]  # bot.alerts.event
    received_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    stumbles: Mapped[int] = mapped_column(SmallInteger, default=0)
    alert_id: Mapped[int | None] = mapped_column(RowId)
    outcome: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (
        Index("ix_signal_due_at", "can_wait", "due_at", "id", **only("due_at IS NOT NULL")),
        Index("ix_signal_key", "key", **only("due_at IS NOT NULL")),
        Index("ix_signal_alert_id", "alert_id", "id", **only("alert_id IS NOT NULL")),
        Index("ix_signal_received_at", "received_at"),
    )


class Alert(Base):
    """Something that a monitoring tool says is wrong, from its first event to its end.

    Of one integration and key one at most is open. `route` and `reason` say why it went where it did. `due_at` is when
    the tick must look at it: the end of a wait before it rings, or of flapping.
    """

    __tablename__ = "alert"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    integration: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(255))
    title: Mapped[str] = mapped_column(String(1024))
    level: Mapped[str | None] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(String(255), default="")
    service: Mapped[str | None] = mapped_column(String(80))
    severity: Mapped[str | None] = mapped_column(String(40))
    # What kind of failure it is, whichever machine has it (bot.alerts.storm): the review counts by it.
    kind: Mapped[str] = mapped_column(String(255), default="")
    labels: Mapped[dict[str, Any]]
    details: Mapped[dict[str, Any]]
    links: Mapped[list[Any]]

    state: Mapped[str] = mapped_column(String(20))
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    count: Mapped[int] = mapped_column(Integer, default=1)
    # How often it was resolved and came back lately.
    flaps: Mapped[int] = mapped_column(Integer, default=0)

    # When it rang last: it opened an incident or a page, or had the people of one paged again.
    rang_at: Mapped[datetime | None]

    # What became of it: incident, page, message, backlog, nowhere, symptom, silenced, held_back, waiting.
    outcome: Mapped[str] = mapped_column(String(20))
    route: Mapped[str | None] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(300), default="")
    group: Mapped[str | None] = mapped_column(String(200))
    incident_id: Mapped[int | None] = mapped_column(RowId)
    page_id: Mapped[int | None] = mapped_column(RowId)
    root_id: Mapped[int | None] = mapped_column(RowId)  # the alert that it is a symptom of
    backlog_item_id: Mapped[int | None] = mapped_column(RowId)
    due_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    stumbles: Mapped[int] = mapped_column(SmallInteger, default=0)

    channel_id: Mapped[str | None] = mapped_column(String(40))
    message_ts: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (
        Index("uq_alert_open", "integration", "key", unique=True, **only("resolved_at IS NULL")),
        Index("ix_alert_due_at", "due_at", **only("due_at IS NOT NULL")),
        Index("ix_alert_incident_id", "incident_id", **only("incident_id IS NOT NULL")),
        Index("ix_alert_page_id", "page_id", **only("page_id IS NOT NULL")),
        Index("ix_alert_service_open", "service", **only("resolved_at IS NULL")),
        Index("ix_alert_group_open", "group", **only("resolved_at IS NULL")),
        Index("ix_alert_last_at", "last_at"),
        Index("ix_alert_first_at", "first_at"),
        Index("ix_alert_backlog_item_id", "backlog_item_id", **only("backlog_item_id IS NOT NULL")),
        # Whether it came back, and what an earlier one of its group has become.
        Index("ix_alert_key", "integration", "key", "id"),
        Index("ix_alert_group", "group", "id"),
    )

    @property
    def is_open(self) -> bool:
        return self.state != RESOLVED


class Deployment(Base):
    """A deployment as GitHub told of it, or a commit that a workflow has run for: what figures of delivery are made of.

    Of a `deployment` `at` is when it ended with `state`; `production` says that it was one. Of a `run` only the commit
    counts: `committed_at` is when it was made, and GitHub says so nowhere else.
    """

    __tablename__ = "deployment"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    integration: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(20))
    service: Mapped[str | None] = mapped_column(String(80))
    environment: Mapped[str] = mapped_column(String(255), default="")
    production: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(40), default="")
    sha: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime]
    committed_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("integration", "key"),
        Index("ix_deployment_at", "at"),
        Index("ix_deployment_sha", "sha"),
    )


class AlertStorm(Base):
    """What the alerts of one service have opened in the minute that runs, and the storm that was held back last.

    `service` is empty for alerts of none. The storm's message is edited in place; it is over when nothing more is
    held back for a while, and the next one has a message of its own. `due_at` is when the tick looks whether it is
    over: what still fires then, `rest` alerts, has become an incident or a page.
    """

    __tablename__ = "alert_storm"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    service: Mapped[str] = mapped_column(String(80), unique=True)
    minute_at: Mapped[datetime]
    pages: Mapped[int] = mapped_column(Integer, default=0)
    began_at: Mapped[datetime | None]
    last_at: Mapped[datetime | None]
    held_back: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime | None]
    rest: Mapped[int] = mapped_column(Integer, default=0)
    incident_id: Mapped[int | None] = mapped_column(RowId)
    page_id: Mapped[int | None] = mapped_column(RowId)
    channel_id: Mapped[str | None] = mapped_column(String(40))
    message_ts: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (Index("ix_alert_storm_due_at", "due_at", **only("due_at IS NOT NULL")),)


class MaintenanceWindow(Base):
    """Maintenance that somebody started in Slack; the windows of app.yaml have no rows.

    `services` are names of app.yaml, none for all. It lasts from `starts_at` to `ends_at`, or to `ended_at` where somebody
    ended it. `due_at` is when the tick must look at it: its beginning, the reminder, its end.
    """

    __tablename__ = "maintenance_window"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    services: Mapped[list[Any]]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200), default="")
    made_by: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime]
    began_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(40))
    silenced: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime | None]
    channel_id: Mapped[str | None] = mapped_column(String(40))
    message_ts: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (
        Index("ix_maintenance_window_due_at", "due_at", **only("due_at IS NOT NULL")),
        Index("ix_maintenance_window_open", "ends_at", **only("ended_at IS NULL")),
        Index("ix_maintenance_window_ends_at", "ends_at"),
    )

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None

    @property
    def end(self) -> datetime:
        """When it ends, or did."""
        return self.ends_at if self.ended_at is None else self.ended_at
