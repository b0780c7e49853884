"""Rules of app.yaml are carried out"""

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_DUE = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "automation_run",
        sa.Column("incident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entry", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("because", sa.String(length=300), nullable=False),
        sa.Column("due_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("incident_id", "entry", "rule", name=op.f("pk_automation_run")),
    )
    op.create_index(
        "ix_automation_run_due_at", "automation_run", ["due_at"], sqlite_where=_DUE, postgresql_where=_DUE
    )


def downgrade() -> None:
    op.drop_index("ix_automation_run_due_at", table_name="automation_run")
    op.drop_table("automation_run")
