"""The backlog"""

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "backlog_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("service", sa.String(length=80), nullable=True),
        sa.Column("impact", sa.String(length=10), nullable=True),
        sa.Column("effort", sa.String(length=10), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.Column("incident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=True),
        sa.Column("changed_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=40), nullable=True),
        sa.Column("closed_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backlog_item")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("backlog_item", schema=None) as batch_op:
        batch_op.create_index(
            "ix_backlog_item_incident_id",
            ["incident_id"],
            unique=False,
            sqlite_where=sa.text("incident_id IS NOT NULL"),
            postgresql_where=sa.text("incident_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_backlog_item_service",
            ["service", "id"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index(
            "ix_backlog_item_unfinished",
            ["id"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index(
            "uq_backlog_item_cause",
            ["cause"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rang_at", bot.core.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("backlog_item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index(
            "ix_alert_backlog_item_id",
            ["backlog_item_id"],
            unique=False,
            sqlite_where=sa.text("backlog_item_id IS NOT NULL"),
            postgresql_where=sa.text("backlog_item_id IS NOT NULL"),
        )
        batch_op.create_index("ix_alert_first_at", ["first_at"], unique=False)

    # What came before rang where it opened something.
    op.execute("UPDATE alert SET rang_at = first_at WHERE outcome IN ('incident', 'page')")


def downgrade() -> None:
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_index("ix_alert_first_at")
        batch_op.drop_index(
            "ix_alert_backlog_item_id",
            sqlite_where=sa.text("backlog_item_id IS NOT NULL"),
            postgresql_where=sa.text("backlog_item_id IS NOT NULL"),
        )
        batch_op.drop_column("backlog_item_id")
        batch_op.drop_column("rang_at")

    with op.batch_alter_table("backlog_item", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_backlog_item_cause",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_backlog_item_unfinished",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_backlog_item_service",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_backlog_item_incident_id",
            sqlite_where=sa.text("incident_id IS NOT NULL"),
            postgresql_where=sa.text("incident_id IS NOT NULL"),
        )

    op.drop_table("backlog_item")
