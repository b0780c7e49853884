"""The timeline is amended: what was recorded stays provable, also without the words that were redacted"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Each by itself: SQLite adds a column that may be empty at once, where a batch would copy the whole table.
    op.add_column("timeline_entry", sa.Column("salt", sa.String(length=32), nullable=True))
    op.add_column("timeline_entry", sa.Column("data_digest", sa.String(length=64), nullable=True))
    op.add_column("timeline_entry", sa.Column("amended", sa.JSON(), nullable=True))
    op.create_index(
        "ix_timeline_entry_source",
        "timeline_entry",
        ["source"],
        sqlite_where=sa.text("source IS NOT NULL"),
        postgresql_where=sa.text("source IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_timeline_entry_source", table_name="timeline_entry")
    op.drop_column("timeline_entry", "amended")
    op.drop_column("timeline_entry", "data_digest")
    op.drop_column("timeline_entry", "salt")
