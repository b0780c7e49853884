"""Messages about pages that ring nobody"""

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "page_notice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("page_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("to", sa.String(length=120), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("created_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=True),
        sa.Column("channel_id", sa.String(length=40), nullable=True),
        sa.Column("message_ts", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_notice")),
    )
    with op.batch_alter_table("page_notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_page_notice_page_id"), ["page_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("page_notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_page_notice_page_id"))

    op.drop_table("page_notice")
