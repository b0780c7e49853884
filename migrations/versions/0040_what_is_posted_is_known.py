"""What was posted of an entry is known, so that it can be brought up to date"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "incident_post",
        sa.Column("incident_id", ROW_ID, nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.String(length=40), nullable=False),
        sa.Column("ts", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "entry", "channel_id", name=op.f("pk_incident_post")),
    )


def downgrade() -> None:
    op.drop_table("incident_post")
