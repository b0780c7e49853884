"""Routine tasks that plans made"""

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_STANDS = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "planned_task",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("cadence", sa.String(length=20), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.Column("changed_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=40), nullable=False),
        sa.Column("ended_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_task")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_planned_task_name",
        "planned_task",
        ["name"],
        unique=True,
        sqlite_where=_STANDS,
        postgresql_where=_STANDS,
    )
    # What came before this has its description in app.yaml, where it is looked for first.
    op.add_column(
        "routine_occurrence", sa.Column("description", sa.Text(), nullable=False, server_default="")
    )


def downgrade() -> None:
    op.drop_column("routine_occurrence", "description")
    op.drop_index("uq_planned_task_name", table_name="planned_task")
    op.drop_table("planned_task")
