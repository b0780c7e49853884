"""Types and fields of incidents"""

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incident", sa.Column("type", sa.String(40), nullable=True))
    op.add_column("incident", sa.Column("fields", sa.JSON(), nullable=True))
    op.create_index("ix_incident_type", "incident", ["type", "declared_at"])
    op.create_table(
        "field_value",
        sa.Column("incident_id", bot.core.db.RowId, nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("value", sa.String(400), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "name", name="pk_field_value"),
    )
    op.create_index("ix_field_value_of", "field_value", ["name", "value", "incident_id"])


def downgrade() -> None:
    op.drop_index("ix_field_value_of", "field_value")
    op.drop_table("field_value")
    op.drop_index("ix_incident_type", "incident")
    op.drop_column("incident", "fields")
    op.drop_column("incident", "type")
