"""Contact methods"""

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "probe_consent",
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("agreed_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_probe_consent")),
    )
    op.create_table(
        "shift_check",
        sa.Column("schedule", sa.String(length=80), nullable=False),
        sa.Column("next_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("shift_starts_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("person", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("schedule", name=op.f("pk_shift_check")),
    )
    with op.batch_alter_table("shift_check", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shift_check_next_at"), ["next_at"], unique=False)

    with op.batch_alter_table("contact_method", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tried_at", bot.core.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("problem", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("probed_at", bot.core.db.UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("contact_method", schema=None) as batch_op:
        batch_op.drop_column("probed_at")
        batch_op.drop_column("problem")
        batch_op.drop_column("tried_at")

    with op.batch_alter_table("shift_check", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shift_check_next_at"))

    op.drop_table("shift_check")
    op.drop_table("probe_consent")
