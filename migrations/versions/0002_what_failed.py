"""What failed, in words, beside its mend"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("what", sa.String(length=200), nullable=True))


def downgrade() -> None:
    op.drop_column("outbox", "what")
