"""Items of the backlog, action items and risks are found by their words"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

AT_ONCE = 2000
_WORD = re.compile(r"[^\W_]+")
_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Whose words these are: the columns of its title and of its body, in this order.
WHOSE = {
    "backlog": ("backlog_item", "title", "description", "reason"),
    "action": ("action_item", "title", "description", "reason"),
    "risk": ("risk", "title", "description", "mitigation"),
}
_search_text = sa.table(
    "search_text",
    sa.column("kind", sa.String()),
    sa.column("incident_id", _id),
    sa.column("number", sa.Integer()),
    sa.column("name", sa.String()),
    sa.column("title", sa.Text()),
    sa.column("body", sa.Text()),
)


def upgrade() -> None:
    for kind in WHOSE:
        waiting: list[dict[str, Any]] = []
        for row in _texts(kind):
            waiting.append(row)
            if len(waiting) >= AT_ONCE:
                op.get_bind().execute(_search_text.insert(), waiting)
                waiting = []
        if waiting:
            op.get_bind().execute(_search_text.insert(), waiting)


def _texts(kind: str) -> Iterator[dict[str, Any]]:
    for row in _rows(kind):
        title, *body = (row[name] for name in WHOSE[kind][1:])
        if kind == "backlog" and row["status"] != "declined":
            body = body[:1]  # of one that was split the reason names its parts
        text = {"title": _folded(title), "body": _folded("\n".join(body))}
        if text["title"] or text["body"]:
            incident = row["incident_id"] if row.get("private") else None
            yield {"kind": kind, "incident_id": incident, "number": row["id"], "name": "", **text}


def _rows(kind: str) -> Iterator[dict[str, Any]]:
    """All of them in the order of their numbers, a part at a time."""
    name, *texts = WHOSE[kind]
    columns: list[sa.ColumnClause[Any]] = [sa.column("id", _id), sa.column("status", sa.String())]
    columns += [sa.column(text, sa.Text()) for text in texts]
    if kind != "risk":
        columns += [sa.column("incident_id", _id), sa.column("private", sa.Boolean())]
    table = sa.table(name, *columns)
    last = 0
    while True:
        query = sa.select(table).where(table.c.id > last).order_by(table.c.id).limit(AT_ONCE)
        rows = [dict(row) for row in op.get_bind().execute(query).mappings()]
        yield from rows
        if len(rows) < AT_ONCE:
            return
        last = rows[-1]["id"]


def _folded(text: str) -> str:
    """As bot.core.search_words does it; written out, so that old databases are brought up to date for ever."""
    text = text[:100_000]
    if text.isascii():
        text = text.lower()
    else:
        apart = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(letter for letter in apart if not unicodedata.combining(letter)).casefold()
    return " ".join(word[:64] for word in _WORD.findall(text))


def downgrade() -> None:
    op.execute(sa.delete(_search_text).where(_search_text.c.kind.in_(list(WHOSE))))
