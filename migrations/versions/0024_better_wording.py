"""Another wording of a review, by an endpoint that somebody asked"""

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "review_wording",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("incident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("asked_by", sa.String(length=40), nullable=False),
        sa.Column("asked_at", bot.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_from", sa.Integer(), nullable=False),
        sa.Column("sections", sa.JSON(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("kept", sa.JSON(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("due_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("ended_at", bot.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_wording")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("review_wording", schema=None) as batch_op:
        batch_op.create_index("ix_review_wording_incident_id", ["incident_id", "id"], unique=False)
        for name in ("due_at", "claimed_until"):
            batch_op.create_index(
                f"ix_review_wording_{name}",
                [name],
                unique=False,
                sqlite_where=sa.text(f"{name} IS NOT NULL"),
                postgresql_where=sa.text(f"{name} IS NOT NULL"),
            )


def downgrade() -> None:
    op.drop_table("review_wording")
