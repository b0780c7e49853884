"""Slack's limits are kept"""

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "booking",
        sa.Column("gate", sa.String(length=120), nullable=False),
        sa.Column("booked_until", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("gate", name=op.f("pk_booking")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("slot_gate", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("slot_at", bot.core.db.UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_column("slot_at")
        batch_op.drop_column("slot_gate")
    op.drop_table("booking")
