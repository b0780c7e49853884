"""Milestones of the backlog"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("backlog_item", sa.Column("milestone", sa.String(length=60), nullable=True))


def downgrade() -> None:
    op.drop_column("backlog_item", "milestone")
