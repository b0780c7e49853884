"""Questions that app.yaml asks once"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_NAMED = sa.text("name IS NOT NULL")


def upgrade() -> None:
    op.add_column("decision", sa.Column("name", sa.String(length=40), nullable=True))
    op.create_index(
        "uq_decision_name", "decision", ["name"], unique=True, sqlite_where=_NAMED, postgresql_where=_NAMED
    )


def downgrade() -> None:
    op.drop_index("uq_decision_name", table_name="decision")
    op.drop_column("decision", "name")
