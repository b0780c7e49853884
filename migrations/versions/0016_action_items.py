"""Action items"""

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "action_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("service", sa.String(length=80), nullable=True),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("impact", sa.String(length=10), nullable=True),
        sa.Column("effort", sa.String(length=10), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("drill", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("incident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("review_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("meeting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=True),
        sa.Column("changed_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=40), nullable=True),
        sa.Column("closed_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=40), nullable=True),
        sa.Column("remind_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("issue_wanted", sa.Boolean(), nullable=False),
        sa.Column("issue_repository", sa.String(length=140), nullable=True),
        sa.Column("issue_number", sa.Integer(), nullable=True),
        sa.Column("issue_state", sa.String(length=10), nullable=True),
        sa.Column("issue_seen_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("issue_problem", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_item")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("action_item", schema=None) as batch_op:
        batch_op.create_index(
            "ix_action_item_incident_id",
            ["incident_id"],
            unique=False,
            sqlite_where=sa.text("incident_id IS NOT NULL"),
            postgresql_where=sa.text("incident_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_action_item_meeting_id",
            ["meeting_id"],
            unique=False,
            sqlite_where=sa.text("meeting_id IS NOT NULL"),
            postgresql_where=sa.text("meeting_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_action_item_owner",
            ["owner", "due_on", "id"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index(
            "ix_action_item_remind_at",
            ["remind_at"],
            unique=False,
            sqlite_where=sa.text("remind_at IS NOT NULL"),
            postgresql_where=sa.text("remind_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_action_item_unfinished",
            ["due_on", "id"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index(
            "uq_action_item_issue",
            ["issue_repository", "issue_number"],
            unique=True,
            sqlite_where=sa.text("issue_number IS NOT NULL"),
            postgresql_where=sa.text("issue_number IS NOT NULL"),
        )

    op.create_table(
        "issue_poll",
        sa.Column("repository", sa.String(length=140), nullable=False),
        sa.Column("poll_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("since_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("etag", sa.String(length=200), nullable=True),
        sa.Column("answered_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("repository", name=op.f("pk_issue_poll")),
    )
    with op.batch_alter_table("issue_poll", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_issue_poll_poll_at"), ["poll_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("issue_poll", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issue_poll_poll_at"))

    op.drop_table("issue_poll")
    with op.batch_alter_table("action_item", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_action_item_issue",
            sqlite_where=sa.text("issue_number IS NOT NULL"),
            postgresql_where=sa.text("issue_number IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_action_item_unfinished",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_action_item_remind_at",
            sqlite_where=sa.text("remind_at IS NOT NULL"),
            postgresql_where=sa.text("remind_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_action_item_owner",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_action_item_meeting_id",
            sqlite_where=sa.text("meeting_id IS NOT NULL"),
            postgresql_where=sa.text("meeting_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_action_item_incident_id",
            sqlite_where=sa.text("incident_id IS NOT NULL"),
            postgresql_where=sa.text("incident_id IS NOT NULL"),
        )

    op.drop_table("action_item")
