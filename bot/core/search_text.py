"""What can be searched: a row for each text that people wrote, kept in the transaction that changes the thing.

It holds words alone, folded for the comparison (bot.core.search_words); what is shown of a text is read where it stands.
The indexes over these rows are the migration's: on SQLite the FTS5 tables `search_subjects` and `search_entries`, kept by
triggers; on Postgres `words`, a generated column, with a GIN index for each. docs/search.md tells why there are two.
"""

from typing import Any, cast

from sqlalchemy import Connection, Index, Integer, String, Table, Text, bindparam, delete, insert, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.db import Base, RowId, at_commit
from bot.core.search_words import folded

# What a text belongs to. All but entries are subjects, which are few, and have titles.
INCIDENT, ENTRY, REVIEW, DECISION, RUNBOOK, BACKLOG, ACTION, RISK = KINDS = (
    "incident",
    "entry",
    "review",
    "decision",
    "runbook",
    "backlog",
    "action",
    "risk",
)
# More of one text is not searched.
LONGEST = 100_000


class SearchText(Base):
    """The words of a text. `kind`, `incident_id`, `number` and `name` say whose they are.

    `incident_id` is the incident's of which it tells: who may not see that one never finds it. `number` is an entry's on
    its timeline, or that of a decision, an item or a risk; `name` a runbook's. What came of an incident that everybody
    may see names none.
    """

    __tablename__ = "search_text"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    incident_id: Mapped[int | None] = mapped_column(RowId)
    number: Mapped[int] = mapped_column(Integer, default=0)
    name: Mapped[str] = mapped_column(String(40), default="")
    title: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (Index("ix_search_text_of", "incident_id", "kind", "number", "name"),)


def add_text(
    session: AsyncSession,
    kind: str,
    *,
    incident_id: int | None = None,
    number: int = 0,
    name: str = "",
    title: str = "",
    body: str = "",
) -> None:
    """Has a new thing's text found from the commit on; one without a word is not kept."""
    row = _key(kind, incident_id, number, name) | _text(title, body)
    if row["title"] or row["body"]:
        at_commit(session, _add, row)


def change_text(
    session: AsyncSession,
    kind: str,
    *,
    incident_id: int | None = None,
    number: int = 0,
    name: str = "",
    title: str = "",
    body: str = "",
) -> None:
    """Has the thing found by this text from the commit on, and no more by what stood there before."""
    at_commit(session, _change, _key(kind, incident_id, number, name) | _text(title, body))


def remove_text(
    session: AsyncSession, kind: str, *, incident_id: int | None = None, number: int = 0, name: str = ""
) -> None:
    """Has it found no more from the commit on."""
    at_commit(session, _remove, _key(kind, incident_id, number, name))


def _key(kind: str, incident_id: int | None, number: int, name: str) -> dict[str, Any]:
    return {"kind": kind, "incident_id": incident_id, "number": number, "name": name}


def _text(title: str, body: str) -> dict[str, Any]:
    return {"title": folded(title[:LONGEST]), "body": folded(body[:LONGEST])}


_TABLE = cast("Table", SearchText.__table__)
_INSERT = insert(_TABLE).inline()
_OF = (
    _TABLE.c.kind == bindparam("of_kind"),
    _TABLE.c.number == bindparam("of_number"),
    _TABLE.c.name == bindparam("of_name"),
)
# A comparison with a parameter that may be NULL would keep SQLite from the index.
_OF_INCIDENT = (_TABLE.c.incident_id == bindparam("of_incident"), *_OF)
_OF_NONE = (_TABLE.c.incident_id.is_(None), *_OF)
_TEXT: dict[str, Any] = {"title": bindparam("new_title"), "body": bindparam("new_body")}
_UPDATE = {
    True: update(_TABLE).where(*_OF_INCIDENT).values(_TEXT),
    False: update(_TABLE).where(*_OF_NONE).values(_TEXT),
}
_DELETE = {True: delete(_TABLE).where(*_OF_INCIDENT), False: delete(_TABLE).where(*_OF_NONE)}


def _add(connection: Connection, rows: list[dict[str, Any]]) -> None:
    connection.execute(_INSERT, rows)


def _change(connection: Connection, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        text = {"new_title": row["title"], "new_body": row["body"]}
        found = connection.execute(_UPDATE[row["incident_id"] is not None], _parameters(row) | text).rowcount
        if not found and (row["title"] or row["body"]):
            _add(connection, [row])


def _remove(connection: Connection, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        connection.execute(_DELETE[row["incident_id"] is not None], _parameters(row))


def _parameters(row: dict[str, Any]) -> dict[str, Any]:
    key = {"of_kind": row["kind"], "of_number": row["number"], "of_name": row["name"]}
    return key if row["incident_id"] is None else key | {"of_incident": row["incident_id"]}
