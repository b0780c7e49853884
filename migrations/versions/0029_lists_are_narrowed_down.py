"""Lists are narrowed down by indexes"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

COLUMNS = ("status", "severity", "service")


def upgrade() -> None:
    for column in COLUMNS:
        op.create_index(f"ix_incident_{column}", "incident", [column, "declared_at"])


def downgrade() -> None:
    for column in COLUMNS:
        op.drop_index(f"ix_incident_{column}", "incident")
