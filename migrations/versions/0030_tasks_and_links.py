"""Tasks and links of incidents"""

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_OPEN = sa.text("done_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "incident_task",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("incident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=True),
        sa.Column("given_by", sa.String(length=40), nullable=True),
        sa.Column("given_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("told_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=True),
        sa.Column("done_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(length=40), nullable=True),
        sa.Column("source", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_task")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_incident_task_incident_id", "incident_task", ["incident_id", "id"])
    op.create_index(
        "ix_incident_task_owner",
        "incident_task",
        ["owner", "id"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_table(
        "incident_link",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("incident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("added_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_link")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_incident_link_incident_id", "incident_link", ["incident_id", "id"])


def downgrade() -> None:
    op.drop_table("incident_link")
    op.drop_table("incident_task")
