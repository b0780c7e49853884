"""The topic as it was set last, who was brought by a service, and what failed, in words beside its mend"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incident", sa.Column("topic", sa.String(length=300), nullable=True))
    op.add_column("responder", sa.Column("service", sa.String(length=80), nullable=True))
    op.add_column("outbox", sa.Column("what", sa.String(length=200), nullable=True))


def downgrade() -> None:
    op.drop_column("outbox", "what")
    op.drop_column("responder", "service")
    op.drop_column("incident", "topic")
