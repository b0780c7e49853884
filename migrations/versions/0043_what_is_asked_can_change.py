"""A question that waits for a decision can be asked in other words"""

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("decision", sa.Column("changed_at", bot.core.db.UtcDateTime(timezone=True), nullable=True))
    op.add_column("decision", sa.Column("changed_by", sa.String(length=40), nullable=True))


def downgrade() -> None:
    op.drop_column("decision", "changed_by")
    op.drop_column("decision", "changed_at")
