"""What is planned: the backlog judged and gone through, risks, decisions, plans"""

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "grooming",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("occurs_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("opened_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("channel_id", sa.String(length=40), nullable=True),
        sa.Column("message_ts", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grooming")),
    )
    with op.batch_alter_table("backlog_item", schema=None) as batch_op:
        batch_op.add_column(sa.Column("judged_at", bot.core.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("judged_by", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("owner", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("place", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("looked_at", bot.core.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("part_of", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index(
            "ix_backlog_item_closed_at",
            ["closed_at"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NOT NULL"),
            postgresql_where=sa.text("closed_at IS NOT NULL"),
        )

    op.create_table(
        "decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("question", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("due_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("remind_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("created_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(
            "ix_decision_pending",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        )
        batch_op.create_index(
            "ix_decision_remind_at",
            ["remind_at"],
            unique=False,
            sqlite_where=sa.text("remind_at IS NOT NULL"),
            postgresql_where=sa.text("remind_at IS NOT NULL"),
        )

    op.create_table(
        "risk",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("likelihood", sa.String(length=10), nullable=False),
        sa.Column("impact", sa.String(length=10), nullable=False),
        sa.Column("mitigation", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("review_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("remind_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("reviewed_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.String(length=40), nullable=True),
        sa.Column("created_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.Column("changed_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=40), nullable=False),
        sa.Column("closed_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("risk", schema=None) as batch_op:
        batch_op.create_index(
            "ix_risk_remind_at",
            ["remind_at"],
            unique=False,
            sqlite_where=sa.text("remind_at IS NOT NULL"),
            postgresql_where=sa.text("remind_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_risk_unfinished",
            ["id"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "maintenance_plan",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("refining", sa.Boolean(), nullable=False),
        sa.Column("paused_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("made", sa.JSON(), nullable=False),
        sa.Column("channel_id", sa.String(length=40), nullable=True),
        sa.Column("message_ts", sa.String(length=40), nullable=True),
        sa.Column("created_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("completed_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance_plan")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("maintenance_plan", schema=None) as batch_op:
        batch_op.create_index(
            "uq_maintenance_plan_running",
            ["user_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("maintenance_plan", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_maintenance_plan_running",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("maintenance_plan")

    with op.batch_alter_table("risk", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_risk_unfinished",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_risk_remind_at",
            sqlite_where=sa.text("remind_at IS NOT NULL"),
            postgresql_where=sa.text("remind_at IS NOT NULL"),
        )

    op.drop_table("risk")
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_decision_remind_at",
            sqlite_where=sa.text("remind_at IS NOT NULL"),
            postgresql_where=sa.text("remind_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_decision_pending",
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        )

    op.drop_table("decision")

    with op.batch_alter_table("backlog_item", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_backlog_item_closed_at",
            sqlite_where=sa.text("closed_at IS NOT NULL"),
            postgresql_where=sa.text("closed_at IS NOT NULL"),
        )
        batch_op.drop_column("part_of")
        batch_op.drop_column("looked_at")
        batch_op.drop_column("place")
        batch_op.drop_column("owner")
        batch_op.drop_column("judged_by")
        batch_op.drop_column("judged_at")

    op.drop_table("grooming")
