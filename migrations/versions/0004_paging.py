"""Paging"""

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ack_link",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("page_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bundle", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ack_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_ack_link_token_hash")),
    )
    with op.batch_alter_table("ack_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ack_link_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_ack_link_page_id"), ["page_id"], unique=False)

    op.create_table(
        "contact_method",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("verified_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("code_expires_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("code_tries", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_method")),
    )
    with op.batch_alter_table("contact_method", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_method_user_id"), ["user_id"], unique=False)

    op.create_table(
        "notification",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("page_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=True),
        sa.Column("user_id", sa.String(length=40), nullable=True),
        sa.Column("via", sa.String(length=120), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("life", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("contact_method_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("channel", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("bundle", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("created_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("leaves_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("seen_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("failed_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("stale_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(length=300), nullable=True),
        sa.Column("problem", sa.String(length=300), nullable=True),
        sa.Column("channel_id", sa.String(length=40), nullable=True),
        sa.Column("message_ts", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
    )
    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.create_index("ix_notification_bundle", ["bundle"], unique=False)
        batch_op.create_index(
            "ix_notification_due_at",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_notification_page_id"), ["page_id"], unique=False)
        batch_op.create_index("ix_notification_person", ["person", "created_at"], unique=False)

    op.create_table(
        "notification_rule",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("urgency", sa.String(length=10), nullable=False),
        sa.Column("delay_seconds", sa.Integer(), nullable=False),
        sa.Column("contact_method_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_rule")),
    )
    with op.batch_alter_table("notification_rule", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notification_rule_user_id"), ["user_id"], unique=False)

    op.create_table(
        "page",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("incident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("what", sa.String(length=300), nullable=False),
        sa.Column("policy", sa.String(length=120), nullable=False),
        sa.Column("service", sa.String(length=80), nullable=True),
        sa.Column("severity", sa.String(length=40), nullable=True),
        sa.Column("urgency", sa.String(length=10), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("drill", sa.Boolean(), nullable=False),
        sa.Column("created_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("life", sa.Integer(), nullable=False),
        sa.Column("due_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("escalate_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_resort_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("snoozed_until", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ask_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("asked_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ask_after", sa.Integer(), nullable=False),
        sa.Column("again_after", sa.Integer(), nullable=False),
        sa.Column("claimed_until", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("stumbles", sa.SmallInteger(), nullable=False),
        sa.Column("acknowledged_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=40), nullable=True),
        sa.Column("resolved_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(length=40), nullable=True),
        sa.Column("nobody_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("timeline_length", sa.Integer(), nullable=False),
        sa.Column("timeline_head", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.create_index(
            "ix_page_due_at",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_page_incident_id"), ["incident_id"], unique=False)
        batch_op.create_index(
            "ix_page_open",
            ["id"],
            unique=False,
            sqlite_where=sa.text("resolved_at IS NULL"),
            postgresql_where=sa.text("resolved_at IS NULL"),
        )

    op.create_table(
        "quiet_hours",
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("begins", sa.SmallInteger(), nullable=False),
        sa.Column("ends", sa.SmallInteger(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_quiet_hours")),
    )
    op.create_table(
        "turn",
        sa.Column("policy", sa.String(length=120), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("policy", "step", name=op.f("pk_turn")),
    )
    with op.batch_alter_table("timeline_entry", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("page_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.alter_column(
            "incident_id", existing_type=sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_timeline_entry_page_id_number"), ["page_id", "number"]
        )


def downgrade() -> None:
    # What belongs to no incident has no place in the tables of before.
    op.execute("DELETE FROM timeline_entry WHERE incident_id IS NULL")
    with op.batch_alter_table("timeline_entry", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_timeline_entry_page_id_number"), type_="unique")
        batch_op.alter_column(
            "incident_id", existing_type=sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        )
        batch_op.drop_column("page_id")

    op.drop_table("turn")
    op.drop_table("quiet_hours")
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_page_open",
            sqlite_where=sa.text("resolved_at IS NULL"),
            postgresql_where=sa.text("resolved_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_page_incident_id"))
        batch_op.drop_index(
            "ix_page_due_at",
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )

    op.drop_table("page")
    with op.batch_alter_table("notification_rule", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notification_rule_user_id"))

    op.drop_table("notification_rule")
    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.drop_index("ix_notification_person")
        batch_op.drop_index(batch_op.f("ix_notification_page_id"))
        batch_op.drop_index(
            "ix_notification_due_at",
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )
        batch_op.drop_index("ix_notification_bundle")

    op.drop_table("notification")
    with op.batch_alter_table("contact_method", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_method_user_id"))

    op.drop_table("contact_method")
    with op.batch_alter_table("ack_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ack_link_page_id"))
        batch_op.drop_index(batch_op.f("ix_ack_link_expires_at"))

    op.drop_table("ack_link")
