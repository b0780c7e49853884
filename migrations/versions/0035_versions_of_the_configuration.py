"""Versions of the configuration, and what was refused"""

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = bot.core.db.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "config_version",
        sa.Column("number", _ID, autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("activated_at", _MOMENT, nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("how", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_config_version")),
    )
    op.create_table(
        "config_trouble",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("found_at", _MOMENT, nullable=False),
        sa.Column("mended_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_config_trouble")),
    )


def downgrade() -> None:
    op.drop_table("config_trouble")
    op.drop_table("config_version")
