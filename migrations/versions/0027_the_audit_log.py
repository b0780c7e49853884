"""The audit log"""

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit_line",
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("act", sa.String(length=60), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=True),
        sa.Column("incident_id", _ID, nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_line")),
    )
    op.create_index("ix_audit_line_at", "audit_line", ["at", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_audit_line_at", table_name="audit_line")
    op.drop_table("audit_line")
