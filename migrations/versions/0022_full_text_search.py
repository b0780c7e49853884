"""Full-text search, and the incidents that were like one"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

AT_ONCE = 2000
# What people write on a timeline, as it was when this was written.
WRITTEN = ("note", "update", "message", "status", "reopened", "resolved", "closed", "severity")
LESSONS = ("summary", "impact", "factors", "well", "actions")
_WORD = re.compile(r"[^\W_]+")
_CITED = re.compile(r"\[\^\d{1,6}\]")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?\n---[ \t]*(?:\n|\Z)", re.DOTALL)

_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.add_column(sa.Column("similar", sa.JSON(), nullable=True))
    table = op.create_table(
        "search_text",
        sa.Column("id", _id, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("incident_id", _id, nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_text")),
    )
    op.create_index("ix_search_text_of", "search_text", ["incident_id", "kind", "number", "name"])
    sqlite = op.get_bind().dialect.name == "sqlite"
    # Indexed as they come, or at the end: either is the quicker one there.
    for statement in _FOR_SQLITE if sqlite else ():
        op.execute(statement)
    _fill(table)
    for statement in () if sqlite else _FOR_POSTGRES:
        op.execute(statement)


# The texts are folded already: every letter is one of a word. Nothing is kept twice, so each change says what stood there.
_FOR_SQLITE = [
    """
    CREATE VIRTUAL TABLE search_subjects
    USING fts5(title, body, content='', columnsize=0, tokenize='ascii', prefix='3')
    """,
    """
    CREATE TRIGGER search_subjects_added AFTER INSERT ON search_text WHEN new.kind <> 'entry' BEGIN
        INSERT INTO search_subjects(rowid, title, body) VALUES (new.id, new.title, new.body);
    END
    """,
    """
    CREATE TRIGGER search_subjects_removed AFTER DELETE ON search_text WHEN old.kind <> 'entry' BEGIN
        INSERT INTO search_subjects(search_subjects, rowid, title, body)
        VALUES ('delete', old.id, old.title, old.body);
    END
    """,
    """
    CREATE TRIGGER search_subjects_changed AFTER UPDATE OF title, body ON search_text WHEN new.kind <> 'entry' BEGIN
        INSERT INTO search_subjects(search_subjects, rowid, title, body)
        VALUES ('delete', old.id, old.title, old.body);
        INSERT INTO search_subjects(rowid, title, body) VALUES (new.id, new.title, new.body);
    END
    """,
    """
    CREATE VIRTUAL TABLE search_entries
    USING fts5(body, content='', columnsize=0, tokenize='ascii', prefix='3')
    """,
    """
    CREATE TRIGGER search_entries_added AFTER INSERT ON search_text WHEN new.kind = 'entry' BEGIN
        INSERT INTO search_entries(rowid, body) VALUES (new.id, new.body);
    END
    """,
    """
    CREATE TRIGGER search_entries_removed AFTER DELETE ON search_text WHEN old.kind = 'entry' BEGIN
        INSERT INTO search_entries(search_entries, rowid, body) VALUES ('delete', old.id, old.body);
    END
    """,
    """
    CREATE TRIGGER search_entries_changed AFTER UPDATE OF body ON search_text WHEN new.kind = 'entry' BEGIN
        INSERT INTO search_entries(search_entries, rowid, body) VALUES ('delete', old.id, old.body);
        INSERT INTO search_entries(rowid, body) VALUES (new.id, new.body);
    END
    """,
]
# Beside its words each text has the names of the stretches of rows that it belongs to (bot.incidents.texts).
_FOR_POSTGRES = [
    "ALTER TABLE search_text ADD COLUMN words tsvector GENERATED ALWAYS AS ("
    "setweight(to_tsvector('simple'::regconfig, title), 'A') || to_tsvector('simple'::regconfig, body)"
    " || array_to_tsvector(ARRAY['#14.' || (id >> 14), '#18.' || (id >> 18), '#22.' || (id >> 22), '#26.' || (id >> 26)])"
    ") STORED",
    *(
        f"CREATE INDEX ix_search_text_{what} ON search_text USING gin (words) WITH (fastupdate = off) WHERE kind {condition}"
        for what, condition in (("subjects", "<> 'entry'"), ("entries", "= 'entry'"))
    ),
]


# -- what there is already ------------------------------------------------------------------------------------


def _fill(table: sa.Table) -> None:
    for rows in (_incidents, _reviews, _decisions, _runbooks, _entries):
        waiting: list[dict[str, Any]] = []
        for row in rows():
            row["title"], row["body"] = _folded(row.get("title", "")), _folded(row.get("body", ""))
            if row["title"] or row["body"]:
                waiting.append({"incident_id": None, "number": 0, "name": "", **row})
            if len(waiting) >= AT_ONCE:
                op.get_bind().execute(table.insert().inline(), waiting)
                waiting = []
        if waiting:
            op.get_bind().execute(table.insert().inline(), waiting)


def _folded(text: str) -> str:
    """As bot.core.search_words does it; written out, so that old databases are brought up to date for ever."""
    text = text[:100_000]
    if text.isascii():
        text = text.lower()
    else:
        apart = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(letter for letter in apart if not unicodedata.combining(letter)).casefold()
    return " ".join(word[:64] for word in _WORD.findall(text))


def _read(
    name: str, columns: dict[str, Any], condition: str = "1 = 1", key: str = "id"
) -> Iterator[dict[str, Any]]:
    """All rows in the order of their key, a part at a time."""
    table = sa.table(name, *(sa.column(column, kind) for column, kind in columns.items()))
    last = None
    while True:
        query = sa.select(table).where(sa.text(condition)).order_by(table.c[key]).limit(AT_ONCE)
        if last is not None:
            query = query.where(table.c[key] > last)
        rows = [dict(row) for row in op.get_bind().execute(query).mappings()]
        yield from rows
        if len(rows) < AT_ONCE:
            return
        last = rows[-1][key]


def _incidents() -> Iterator[dict[str, Any]]:
    for row in _read("incident", {"id": _id, "title": sa.Text(), "summary": sa.Text()}):
        yield {"kind": "incident", "incident_id": row["id"], "title": row["title"], "body": row["summary"]}


def _reviews() -> Iterator[dict[str, Any]]:
    version = sa.table(
        "review_version",
        sa.column("incident_id", _id),
        sa.column("number", sa.Integer()),
        sa.column("sections", sa.JSON()),
    )
    published = "published_version IS NOT NULL"
    columns = {"incident_id": _id, "published_version": sa.Integer()}
    for row in _read("review", columns, published, key="incident_id"):
        query = sa.select(version.c.sections).where(
            version.c.incident_id == row["incident_id"], version.c.number == row["published_version"]
        )
        sections = op.get_bind().scalar(query) or {}
        body = _CITED.sub("", "\n".join(str(sections.get(key, "")) for key in LESSONS))
        yield {"kind": "review", "incident_id": row["incident_id"], "body": body}


def _decisions() -> Iterator[dict[str, Any]]:
    texts = ("question", "description", "answer")
    for row in _read("decision", {"id": _id, **dict.fromkeys(texts, sa.Text())}):
        body = "\n".join([row["description"], row["answer"]])
        yield {"kind": "decision", "number": row["id"], "title": row["question"], "body": body}


def _runbooks() -> Iterator[dict[str, Any]]:
    columns = dict.fromkeys(("name", "title", "text"), sa.Text())
    for row in _read("runbook", columns, "text IS NOT NULL", key="name"):
        text = _FRONT_MATTER.sub("", row["text"].replace("\r\n", "\n"), count=1)
        yield {"kind": "runbook", "name": row["name"], "title": row["title"], "body": text}


def _entries() -> Iterator[dict[str, Any]]:
    kinds = ", ".join(f"'{kind}'" for kind in WRITTEN)
    condition = f"incident_id IS NOT NULL AND kind IN ({kinds}) AND (author IS NOT NULL OR kind = 'message')"
    columns = {"id": _id, "incident_id": _id, "number": sa.Integer(), "data": sa.JSON()}
    for row in _read("timeline_entry", columns, condition):
        texts = (row["data"].get("text"), row["data"].get("impact"))
        body = "\n".join(str(text) for text in texts if text)
        yield {"kind": "entry", "incident_id": row["incident_id"], "number": row["number"], "body": body}


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_entries")
        op.execute("DROP TABLE search_subjects")
    op.drop_table("search_text")
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_column("similar")
