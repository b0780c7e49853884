"""Whose turn it was: of a routine task, and to lead a recurring review"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("routine_occurrence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("turn", sa.String(length=80), nullable=True))
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.add_column(sa.Column("turn", sa.String(length=80), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.drop_column("turn")
    with op.batch_alter_table("routine_occurrence", schema=None) as batch_op:
        batch_op.drop_column("turn")
