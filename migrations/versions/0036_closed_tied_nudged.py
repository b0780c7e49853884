"""Incidents that are closed for a reason, belong together, and ask in time"""

from typing import Any

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _moment(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, bot.core.db.UtcDateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "incident_relation",
        sa.Column("incident_id", ROW_ID, nullable=False),
        sa.Column("other_id", ROW_ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("made_by", sa.String(length=40), nullable=False),
        _moment("made_at", nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "other_id", name=op.f("pk_incident_relation")),
    )
    op.create_index(op.f("ix_incident_relation_other_id"), "incident_relation", ["other_id"])
    op.create_table(
        "nudge",
        sa.Column("incident_id", ROW_ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        _moment("due_at"),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=True),
        sa.Column("answered_by", sa.String(length=40), nullable=True),
        sa.Column("message_ts", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("incident_id", "kind", name=op.f("pk_nudge")),
    )
    op.create_index("ix_nudge_due_at", "nudge", ["due_at"], **_where("due_at IS NOT NULL"))
    # Each by itself: SQLite would copy a table of years of incidents otherwise, and forget its AUTOINCREMENT.
    op.add_column("incident", sa.Column("close_reason", sa.String(length=40), nullable=True))
    op.add_column("incident", sa.Column("counted", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("incident", sa.Column("merged_into", ROW_ID, nullable=True))
    op.add_column(
        "incident", sa.Column("retrospective", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("incident", _moment("archive_at"))
    op.add_column("incident", _moment("archived_at"))
    op.create_index("ix_incident_archive_at", "incident", ["archive_at"], **_where("archive_at IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("ix_incident_archive_at", table_name="incident")
    for name in ("archived_at", "archive_at", "retrospective", "merged_into", "counted", "close_reason"):
        op.drop_column("incident", name)
    op.drop_index("ix_nudge_due_at", table_name="nudge")
    op.drop_table("nudge")
    op.drop_index(op.f("ix_incident_relation_other_id"), table_name="incident_relation")
    op.drop_table("incident_relation")
