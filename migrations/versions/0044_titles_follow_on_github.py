"""An issue on GitHub follows when its action item gets another title"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_item = sa.table("action_item", sa.column("title"), sa.column("issue_number"), sa.column("issue_title"))


def upgrade() -> None:
    """No title could be changed so far: each issue was given the one that its item has."""
    op.add_column("action_item", sa.Column("issue_title", sa.String(length=256), nullable=True))
    op.execute(sa.update(_item).where(_item.c.issue_number.is_not(None)).values(issue_title=_item.c.title))


def downgrade() -> None:
    op.drop_column("action_item", "issue_title")
