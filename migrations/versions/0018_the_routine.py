"""The routine between incidents: tasks with their evidence, and recurring reviews"""

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("occurs_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("task", "number", name=op.f("uq_evidence_task_number")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_recorded_at"), ["recorded_at"], unique=False)

    op.create_table(
        "evidence_chain",
        sa.Column("task", sa.String(length=40), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("task", name=op.f("pk_evidence_chain")),
    )
    op.create_table(
        "meeting",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("review", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("facilitator", sa.String(length=80), nullable=True),
        sa.Column("participants", sa.JSON(), nullable=False),
        sa.Column("agenda", sa.JSON(), nullable=False),
        sa.Column("planned_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("since_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("starts_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("missed_since", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("postponed", sa.Integer(), nullable=False),
        sa.Column("postponed_by", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("act_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("opened_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=40), nullable=True),
        sa.Column("channel_id", sa.String(length=40), nullable=True),
        sa.Column("message_ts", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("review", "planned_at", name=op.f("uq_meeting_review_planned_at")),
    )
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.create_index(
            "ix_meeting_act_at",
            ["act_at"],
            unique=False,
            sqlite_where=sa.text("act_at IS NOT NULL"),
            postgresql_where=sa.text("act_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_meeting_open",
            ["starts_at"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "meeting_word",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("meeting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=True),
        sa.Column("said_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_word")),
    )
    with op.batch_alter_table("meeting_word", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meeting_word_meeting_id"), ["meeting_id"], unique=False)

    op.create_table(
        "routine_message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("occurs_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.String(length=40), nullable=True),
        sa.Column("message_ts", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routine_message")),
        sa.UniqueConstraint("occurs_at", "part", name=op.f("uq_routine_message_occurs_at_part")),
    )
    op.create_table(
        "routine_occurrence",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("checklist", sa.JSON(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("occurs_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("missed_since", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("opened_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("how", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("closed_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=40), nullable=True),
        sa.Column("seen", sa.String(length=300), nullable=False),
        sa.Column("output", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("remind_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.Column("look_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("run_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("run_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routine_occurrence")),
        sa.UniqueConstraint("task", "occurs_at", name=op.f("uq_routine_occurrence_task_occurs_at")),
    )
    with op.batch_alter_table("routine_occurrence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_routine_occurrence_closed_at"), ["closed_at"], unique=False)
        batch_op.create_index(
            "ix_routine_occurrence_look_at",
            ["look_at"],
            unique=False,
            sqlite_where=sa.text("look_at IS NOT NULL"),
            postgresql_where=sa.text("look_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_routine_occurrence_message_id"), ["message_id"], unique=False)
        batch_op.create_index(
            "ix_routine_occurrence_open",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index(
            "ix_routine_occurrence_remind_at",
            ["remind_at"],
            unique=False,
            sqlite_where=sa.text("remind_at IS NOT NULL"),
            postgresql_where=sa.text("remind_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_routine_occurrence_run_at",
            ["run_at"],
            unique=False,
            sqlite_where=sa.text("run_at IS NOT NULL"),
            postgresql_where=sa.text("run_at IS NOT NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("routine_occurrence", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_routine_occurrence_run_at",
            sqlite_where=sa.text("run_at IS NOT NULL"),
            postgresql_where=sa.text("run_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_routine_occurrence_remind_at",
            sqlite_where=sa.text("remind_at IS NOT NULL"),
            postgresql_where=sa.text("remind_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_routine_occurrence_open",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_routine_occurrence_message_id"))
        batch_op.drop_index(
            "ix_routine_occurrence_look_at",
            sqlite_where=sa.text("look_at IS NOT NULL"),
            postgresql_where=sa.text("look_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_routine_occurrence_closed_at"))

    op.drop_table("routine_occurrence")
    op.drop_table("routine_message")
    with op.batch_alter_table("meeting_word", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meeting_word_meeting_id"))

    op.drop_table("meeting_word")
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_meeting_open",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_meeting_act_at",
            sqlite_where=sa.text("act_at IS NOT NULL"),
            postgresql_where=sa.text("act_at IS NOT NULL"),
        )

    op.drop_table("meeting")
    op.drop_table("evidence_chain")
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evidence_recorded_at"))

    op.drop_table("evidence")
