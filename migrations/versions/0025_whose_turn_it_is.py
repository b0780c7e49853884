"""Whose turn it was: of a routine task, and to lead a recurring review; what feedback is asked for"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("routine_occurrence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("turn", sa.String(length=80), nullable=True))
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.add_column(sa.Column("turn", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("questions", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("meeting_word", schema=None) as batch_op:
        batch_op.add_column(sa.Column("question", sa.String(length=150), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("meeting_word", schema=None) as batch_op:
        batch_op.drop_column("question")
    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.drop_column("questions")
        batch_op.drop_column("turn")
    with op.batch_alter_table("routine_occurrence", schema=None) as batch_op:
        batch_op.drop_column("turn")
