"""Who may do what: user groups as Slack told them last, and who has left"""

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "user_group",
        sa.Column("handle", sa.String(length=40), nullable=False),
        sa.Column("group_id", sa.String(length=40), nullable=True),
        sa.Column("users", sa.JSON(), nullable=False),
        sa.Column("read_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("handle", name=op.f("pk_user_group")),
    )
    op.add_column("person", sa.Column("has_left", sa.Boolean(), nullable=False, server_default=sa.false()))
    # Whoever had left was kept as somebody from outside; the daily reading of the members tells them apart again.
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.alter_column("has_left", server_default=None)


def downgrade() -> None:
    op.execute(sa.text("UPDATE person SET is_outside = true WHERE has_left"))
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("has_left")
    op.drop_table("user_group")
