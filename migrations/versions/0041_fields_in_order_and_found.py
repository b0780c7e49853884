"""Numbers of fields stand in their order, and what is filled in is found by its words"""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

AT_ONCE = 2000
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?")
_ACCOUNT = re.compile(r"[UW][A-Z0-9]{6,}")
_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_incident = sa.table(
    "incident", sa.column("id", _id), sa.column("summary", sa.Text()), sa.column("fields", sa.JSON())
)
_value = sa.table(
    "field_value",
    sa.column("incident_id", _id),
    sa.column("name", sa.String()),
    sa.column("value", sa.String()),
)
_text = sa.table(
    "search_text", sa.column("incident_id", _id), sa.column("kind", sa.String()), sa.column("body", sa.Text())
)


def upgrade() -> None:
    """Rewritten for each incident in which something is filled in."""
    for incident in _with_fields():
        for name, value in incident["fields"].items():
            _set(incident["id"], name, _in_order(value))
        filled = [value for value in incident["fields"].values() if not _ACCOUNT.fullmatch(value)]
        _say(incident["id"], "\n".join([incident["summary"], *filled]))


def downgrade() -> None:
    for incident in _with_fields():
        for name, value in incident["fields"].items():
            _set(incident["id"], name, " ".join(value.casefold().split())[:400])
        _say(incident["id"], incident["summary"])


def _with_fields() -> Iterator[dict[str, Any]]:
    """In the order of their numbers, a part at a time."""
    last = 0
    while True:
        query = sa.select(_incident).where(_incident.c.id > last, _incident.c.fields.is_not(None))
        rows = [
            dict(row)
            for row in op.get_bind().execute(query.order_by(_incident.c.id).limit(AT_ONCE)).mappings()
        ]
        yield from (row for row in rows if row["fields"])
        if len(rows) < AT_ONCE:
            return
        last = rows[-1]["id"]


def _set(number: int, name: str, value: str) -> None:
    of_field = sa.and_(_value.c.incident_id == number, _value.c.name == name)
    op.execute(sa.update(_value).where(of_field).values(value=value))


def _say(number: int, words: str) -> None:
    of_incident = sa.and_(_text.c.incident_id == number, _text.c.kind == "incident")
    op.execute(sa.update(_text).where(of_incident).values(body=_folded(words)))


def _in_order(value: str) -> str:
    """As bot.incidents.field_values does it; written out, so that old databases are brought up to date for ever."""
    if _NUMBER.fullmatch(value) and f"{Decimal(value).normalize() + 0:f}" == value:
        millionths = int(Decimal(value).scaleb(6))
        return f"#1{millionths:021d}" if millionths >= 0 else f"#0{10**21 + millionths:021d}"
    return " ".join(value.casefold().split())[:400]


def _folded(text: str) -> str:
    """As bot.core.search_words does it."""
    text = text[:100_000]
    if text.isascii():
        text = text.lower()
    else:
        apart = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(letter for letter in apart if not unicodedata.combining(letter)).casefold()
    return " ".join(word[:64] for word in _WORD.findall(text))
