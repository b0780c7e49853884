"""Alerts as they come in"""

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("integration", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("title", sa.String(length=1024), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=True),
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("service", sa.String(length=80), nullable=True),
        sa.Column("severity", sa.String(length=40), nullable=True),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("first_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("flaps", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("route", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("group", sa.String(length=200), nullable=True),
        sa.Column("incident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("page_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("root_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("due_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("stumbles", sa.SmallInteger(), nullable=False),
        sa.Column("channel_id", sa.String(length=40), nullable=True),
        sa.Column("message_ts", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index(
            "ix_alert_due_at",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_alert_group_open",
            ["group"],
            unique=False,
            sqlite_where=sa.text("resolved_at IS NULL"),
            postgresql_where=sa.text("resolved_at IS NULL"),
        )
        batch_op.create_index(
            "ix_alert_incident_id",
            ["incident_id"],
            unique=False,
            sqlite_where=sa.text("incident_id IS NOT NULL"),
            postgresql_where=sa.text("incident_id IS NOT NULL"),
        )
        batch_op.create_index("ix_alert_last_at", ["last_at"], unique=False)
        batch_op.create_index(
            "ix_alert_service_open",
            ["service"],
            unique=False,
            sqlite_where=sa.text("resolved_at IS NULL"),
            postgresql_where=sa.text("resolved_at IS NULL"),
        )
        batch_op.create_index(
            "uq_alert_open",
            ["integration", "key"],
            unique=True,
            sqlite_where=sa.text("resolved_at IS NULL"),
            postgresql_where=sa.text("resolved_at IS NULL"),
        )

    op.create_table(
        "signal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("integration", sa.String(length=80), nullable=False),
        sa.Column("event", sa.JSON(), nullable=False),
        sa.Column("received_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("stumbles", sa.SmallInteger(), nullable=False),
        sa.Column("alert_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal")),
    )
    with op.batch_alter_table("signal", schema=None) as batch_op:
        batch_op.create_index(
            "ix_signal_alert_id",
            ["alert_id", "id"],
            unique=False,
            sqlite_where=sa.text("alert_id IS NOT NULL"),
            postgresql_where=sa.text("alert_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_signal_due_at",
            ["due_at", "id"],
            unique=False,
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )
        batch_op.create_index("ix_signal_received_at", ["received_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("signal", schema=None) as batch_op:
        batch_op.drop_index("ix_signal_received_at")
        batch_op.drop_index(
            "ix_signal_due_at",
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_signal_alert_id",
            sqlite_where=sa.text("alert_id IS NOT NULL"),
            postgresql_where=sa.text("alert_id IS NOT NULL"),
        )

    op.drop_table("signal")
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_alert_open",
            sqlite_where=sa.text("resolved_at IS NULL"),
            postgresql_where=sa.text("resolved_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_alert_service_open",
            sqlite_where=sa.text("resolved_at IS NULL"),
            postgresql_where=sa.text("resolved_at IS NULL"),
        )
        batch_op.drop_index("ix_alert_last_at")
        batch_op.drop_index(
            "ix_alert_incident_id",
            sqlite_where=sa.text("incident_id IS NOT NULL"),
            postgresql_where=sa.text("incident_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_alert_group_open",
            sqlite_where=sa.text("resolved_at IS NULL"),
            postgresql_where=sa.text("resolved_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_alert_due_at",
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )

    op.drop_table("alert")
