"""The cards that name an incident are brought up to date by the tick"""

from typing import Any

import sqlalchemy as sa
from alembic import op

import bot.core.db

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_incident = sa.table("incident", sa.column("id"), sa.column("changed_at"), sa.column("other_cards_at"))
_outbox = sa.table("outbox", sa.column("kind"), sa.column("incident_id"), sa.column("due_at"))


def upgrade() -> None:
    """What waits in the outbox for nothing that could be sent waits in its incident from now on."""
    where: dict[str, Any] = {
        name: sa.text("other_cards_at IS NOT NULL") for name in ("sqlite_where", "postgresql_where")
    }
    op.add_column(
        "incident", sa.Column("other_cards_at", bot.core.db.UtcDateTime(timezone=True), nullable=True)
    )
    op.create_index("ix_incident_other_cards_at", "incident", ["other_cards_at"], **where)
    waiting = (_outbox.c.kind == "incident.named", _outbox.c.due_at.is_not(None))
    named = sa.select(_outbox.c.incident_id).where(*waiting)
    op.execute(
        sa.update(_incident).where(_incident.c.id.in_(named)).values(other_cards_at=_incident.c.changed_at)
    )
    op.execute(sa.delete(_outbox).where(*waiting))


def downgrade() -> None:
    op.drop_index("ix_incident_other_cards_at", table_name="incident")
    op.drop_column("incident", "other_cards_at")
