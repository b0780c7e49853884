"""Storms are taken in together, and what they held back is taken up"""

import re
from typing import Any

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SIGNAL = sa.table(
    "signal", sa.column("id"), sa.column("key"), sa.column("event", sa.JSON), sa.column("due_at")
)
ALERT = sa.table(
    "alert",
    sa.column("id"),
    sa.column("title"),
    sa.column("labels", sa.JSON),
    sa.column("kind"),
    sa.column("resolved_at"),
)
# As bot.alerts.storm had it then.
NUMBERS = re.compile(r"[0-9][0-9a-f.:-]*")


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.drop_index("ix_signal_due_at", "signal")
    with op.batch_alter_table("signal", schema=None) as batch_op:
        batch_op.add_column(sa.Column("key", sa.String(length=255), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("can_wait", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.drop_column("claimed_until")
        batch_op.drop_column("claimed_by")
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=255), nullable=False, server_default=""))
    with op.batch_alter_table("alert_storm", schema=None) as batch_op:
        batch_op.add_column(sa.Column("due_at", bot.core.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("rest", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("incident_id", ROW_ID, nullable=True))
        batch_op.add_column(sa.Column("page_id", ROW_ID, nullable=True))
    _fill(op.get_bind())
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.alter_column("kind", server_default=None)
    with op.batch_alter_table("signal", schema=None) as batch_op:
        batch_op.alter_column("key", server_default=None)
        batch_op.alter_column("can_wait", server_default=None)
    with op.batch_alter_table("alert_storm", schema=None) as batch_op:
        batch_op.alter_column("rest", server_default=None)
    op.create_index(
        "ix_signal_due_at", "signal", ["can_wait", "due_at", "id"], **_where("due_at IS NOT NULL")
    )
    op.create_index("ix_signal_key", "signal", ["key"], **_where("due_at IS NOT NULL"))
    op.create_index("ix_alert_page_id", "alert", ["page_id"], **_where("page_id IS NOT NULL"))
    op.create_index("ix_alert_storm_due_at", "alert_storm", ["due_at"], **_where("due_at IS NOT NULL"))


def _fill(connection: sa.Connection) -> None:
    """What waits keeps its order, and what fires its kind; the storms that were are looked at."""
    waiting = connection.execute(sa.select(SIGNAL.c.id, SIGNAL.c.event).where(SIGNAL.c.due_at.is_not(None)))
    for number, event in waiting.all():
        key = str(event.get("key", ""))[:255]
        connection.execute(sa.update(SIGNAL).where(SIGNAL.c.id == number).values(key=key))
    firing = connection.execute(
        sa.select(ALERT.c.id, ALERT.c.title, ALERT.c.labels).where(ALERT.c.resolved_at.is_(None))
    )
    for number, title, labels in firing.all():
        name = (labels or {}).get("alertname")
        kind = str(name) if name else " ".join(NUMBERS.sub("#", title).split()).casefold()
        connection.execute(sa.update(ALERT).where(ALERT.c.id == number).values(kind=kind[:255]))
    connection.execute(sa.text("UPDATE alert SET kind = lower(substr(title, 1, 255)) WHERE kind = ''"))
    connection.execute(sa.text("UPDATE alert_storm SET due_at = last_at WHERE held_back > 0"))


def downgrade() -> None:
    op.drop_index("ix_alert_storm_due_at", "alert_storm")
    op.drop_index("ix_alert_page_id", "alert")
    op.drop_index("ix_signal_key", "signal")
    op.drop_index("ix_signal_due_at", "signal")
    with op.batch_alter_table("alert_storm", schema=None) as batch_op:
        batch_op.drop_column("page_id")
        batch_op.drop_column("incident_id")
        batch_op.drop_column("rest")
        batch_op.drop_column("due_at")
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_column("kind")
    with op.batch_alter_table("signal", schema=None) as batch_op:
        batch_op.drop_column("can_wait")
        batch_op.drop_column("key")
        batch_op.add_column(sa.Column("claimed_by", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("claimed_until", bot.core.db.UtcDateTime(timezone=True), nullable=True))
    op.create_index("ix_signal_due_at", "signal", ["due_at", "id"], **_where("due_at IS NOT NULL"))
