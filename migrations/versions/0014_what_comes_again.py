"""What comes again"""

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recurrence",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("rule", sa.String(length=300), nullable=False),
        sa.Column("next_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("occurs_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kind", "name", name=op.f("pk_recurrence")),
    )
    with op.batch_alter_table("recurrence", schema=None) as batch_op:
        batch_op.create_index(
            "ix_recurrence_next_at",
            ["next_at"],
            unique=False,
            sqlite_where=sa.text("next_at IS NOT NULL"),
            postgresql_where=sa.text("next_at IS NOT NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("recurrence", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_recurrence_next_at",
            sqlite_where=sa.text("next_at IS NOT NULL"),
            postgresql_where=sa.text("next_at IS NOT NULL"),
        )

    op.drop_table("recurrence")
