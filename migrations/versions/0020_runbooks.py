"""Runbooks"""

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "command_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("incident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("checklist_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("command", sa.String(length=40), nullable=False),
        sa.Column("argv", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("busy", sa.String(length=40), nullable=True),
        sa.Column("asked_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("decided_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("due_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("began_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=300), nullable=False),
        sa.Column("output", sa.Text(), nullable=False),
        sa.Column("message_ts", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_command_run")),
        sa.UniqueConstraint("busy", name=op.f("uq_command_run_busy")),
    )
    with op.batch_alter_table("command_run", schema=None) as batch_op:
        batch_op.create_index("ix_command_run_checklist_id", ["checklist_id"], unique=False)
        batch_op.create_index(
            "ix_command_run_claimed_until",
            ["claimed_until"],
            unique=False,
            sqlite_where=sa.text("claimed_until IS NOT NULL"),
            postgresql_where=sa.text("claimed_until IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_command_run_due_at",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )

    op.create_table(
        "runbook",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("etag", sa.String(length=200), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("services", sa.JSON(), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("severities", sa.JSON(), nullable=False),
        sa.Column("link", sa.String(length=2000), nullable=True),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("known_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("read_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("next_read_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("tested_on", sa.Date(), nullable=True),
        sa.Column("tested_by", sa.String(length=40), nullable=True),
        sa.Column("remind_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_runbook")),
    )
    with op.batch_alter_table("runbook", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_runbook_next_read_at"), ["next_read_at"], unique=False)
        batch_op.create_index(
            "ix_runbook_remind_at",
            ["remind_at"],
            unique=False,
            sqlite_where=sa.text("remind_at IS NOT NULL"),
            postgresql_where=sa.text("remind_at IS NOT NULL"),
        )

    op.create_table(
        "runbook_checklist",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("incident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("link", sa.String(length=2000), nullable=True),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("ticks", sa.JSON(), nullable=False),
        sa.Column("posted_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("posted_by", sa.String(length=40), nullable=False),
        sa.Column("message_ts", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runbook_checklist")),
    )
    with op.batch_alter_table("runbook_checklist", schema=None) as batch_op:
        batch_op.create_index("ix_runbook_checklist_incident_id", ["incident_id", "name"], unique=False)


def downgrade() -> None:

    with op.batch_alter_table("runbook_checklist", schema=None) as batch_op:
        batch_op.drop_index("ix_runbook_checklist_incident_id")

    op.drop_table("runbook_checklist")
    with op.batch_alter_table("runbook", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_runbook_remind_at",
            sqlite_where=sa.text("remind_at IS NOT NULL"),
            postgresql_where=sa.text("remind_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_runbook_next_read_at"))

    op.drop_table("runbook")
    with op.batch_alter_table("command_run", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_command_run_due_at",
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_command_run_claimed_until",
            sqlite_where=sa.text("claimed_until IS NOT NULL"),
            postgresql_where=sa.text("claimed_until IS NOT NULL"),
        )
        batch_op.drop_index("ix_command_run_checklist_id")

    op.drop_table("command_run")
