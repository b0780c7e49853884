"""Figures are read by indexes"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

ACTS = (
    "kind IN ('page_acknowledged', 'page_reassigned', 'page_snoozed', 'reopened', 'resolved', 'role', 'severity',"
    " 'status', 'update') AND author IS NOT NULL"
)
AT_WORK = "kind IN ('page_acknowledged', 'role', 'status', 'update') AND author IS NOT NULL"


def upgrade() -> None:
    op.drop_index("ix_timeline_entry_at_work", "timeline_entry")
    op.create_index(
        "ix_timeline_entry_acts",
        "timeline_entry",
        ["incident_id", "recorded_at", "author", "kind"],
        sqlite_where=sa.text(ACTS),
        postgresql_where=sa.text(ACTS),
    )
    op.create_index("ix_review_due_at", "review", ["due_at"])
    op.create_index("ix_action_item_due_on", "action_item", ["due_on"])
    op.create_index("ix_action_item_created_at", "action_item", ["created_at"])
    op.create_index(
        "ix_action_item_closed_at",
        "action_item",
        ["closed_at"],
        sqlite_where=sa.text("closed_at IS NOT NULL"),
        postgresql_where=sa.text("closed_at IS NOT NULL"),
    )
    op.create_index("ix_routine_occurrence_due_at", "routine_occurrence", ["due_at"])


def downgrade() -> None:
    op.drop_index("ix_routine_occurrence_due_at", "routine_occurrence")
    op.drop_index("ix_action_item_closed_at", "action_item")
    op.drop_index("ix_action_item_created_at", "action_item")
    op.drop_index("ix_action_item_due_on", "action_item")
    op.drop_index("ix_review_due_at", "review")
    op.drop_index("ix_timeline_entry_acts", "timeline_entry")
    op.create_index(
        "ix_timeline_entry_at_work",
        "timeline_entry",
        ["incident_id", "author", "recorded_at"],
        sqlite_where=sa.text(AT_WORK),
        postgresql_where=sa.text(AT_WORK),
    )
