"""The topic as it was set last, and who was brought by a service"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incident", sa.Column("topic", sa.String(length=300), nullable=True))
    op.add_column("responder", sa.Column("service", sa.String(length=80), nullable=True))


def downgrade() -> None:
    op.drop_column("responder", "service")
    op.drop_column("incident", "topic")
