"""Storms of alerts"""

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert_storm",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("service", sa.String(length=80), nullable=False),
        sa.Column("minute_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("began_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("held_back", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.String(length=40), nullable=True),
        sa.Column("message_ts", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_storm")),
        sa.UniqueConstraint("service", name=op.f("uq_alert_storm_service")),
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index("ix_alert_group", ["group", "id"], unique=False)
        batch_op.create_index("ix_alert_key", ["integration", "key", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_index("ix_alert_key")
        batch_op.drop_index("ix_alert_group")

    op.drop_table("alert_storm")
