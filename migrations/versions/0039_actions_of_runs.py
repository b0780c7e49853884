"""The actions that a rule had when it was set off"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("automation_run", sa.Column("actions", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("automation_run", "actions")
