"""Digests and figures"""

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deployment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("integration", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("service", sa.String(length=80), nullable=True),
        sa.Column("environment", sa.String(length=255), nullable=False),
        sa.Column("production", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("sha", sa.String(length=64), nullable=True),
        sa.Column("at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("committed_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployment")),
        sa.UniqueConstraint("integration", "key", name=op.f("uq_deployment_integration_key")),
    )
    with op.batch_alter_table("deployment", schema=None) as batch_op:
        batch_op.create_index("ix_deployment_at", ["at"], unique=False)
        batch_op.create_index("ix_deployment_sha", ["sha"], unique=False)

    op.create_table(
        "digest_message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("occurs_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("starts_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("missed_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("channel_id", sa.String(length=40), nullable=True),
        sa.Column("message_ts", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_message")),
        sa.UniqueConstraint("name", "occurs_at", name=op.f("uq_digest_message_name_occurs_at")),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.add_column(sa.Column("began_at", bot.core.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_incident_declared_at", ["declared_at"], unique=False)

    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.create_index(
            "ix_notification_accepted_at",
            ["accepted_at"],
            unique=False,
            sqlite_where=sa.text("accepted_at IS NOT NULL"),
            postgresql_where=sa.text("accepted_at IS NOT NULL"),
        )

    with op.batch_alter_table("timeline_entry", schema=None) as batch_op:
        batch_op.create_index(
            "ix_timeline_entry_at_work",
            ["incident_id", "author", "recorded_at"],
            unique=False,
            sqlite_where=sa.text(
                "kind IN ('page_acknowledged', 'role', 'status', 'update') AND author IS NOT NULL"
            ),
            postgresql_where=sa.text(
                "kind IN ('page_acknowledged', 'role', 'status', 'update') AND author IS NOT NULL"
            ),
        )


def downgrade() -> None:
    with op.batch_alter_table("timeline_entry", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_timeline_entry_at_work",
            sqlite_where=sa.text(
                "kind IN ('page_acknowledged', 'role', 'status', 'update') AND author IS NOT NULL"
            ),
            postgresql_where=sa.text(
                "kind IN ('page_acknowledged', 'role', 'status', 'update') AND author IS NOT NULL"
            ),
        )

    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_notification_accepted_at",
            sqlite_where=sa.text("accepted_at IS NOT NULL"),
            postgresql_where=sa.text("accepted_at IS NOT NULL"),
        )

    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_index("ix_incident_declared_at")
        batch_op.drop_column("began_at")

    op.drop_table("digest_message")
    with op.batch_alter_table("deployment", schema=None) as batch_op:
        batch_op.drop_index("ix_deployment_sha")
        batch_op.drop_index("ix_deployment_at")

    op.drop_table("deployment")
