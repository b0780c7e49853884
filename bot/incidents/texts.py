"""Finding texts by their words (bot.core.search_text), the newest first, and no more of them than are asked for.

A word that millions of texts have must cost no more than another. SQLite's index gives its rows the newest first, so
that one can stop. That of Postgres gives all or nothing; so it is asked for a stretch of rows at a time, the newest ones
first and each longer than the one before, by the names of stretches that each text has among its words.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Select,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
    text,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.search_text import SearchText
from bot.core.search_words import Question
from bot.incidents.rows import Incident

# Each stretch is of 2 to the power of one of these rows, as the migration has it.
STRETCHES = (13, 17, 21, 25)


@dataclass(frozen=True)
class Hit:
    """A text that was found, by its key."""

    id: int
    kind: str
    incident_id: int | None
    number: int
    name: str


async def found_texts(
    session: AsyncSession,
    questions: Sequence[Question],
    *,
    entries: bool,
    where: ColumnElement[bool],
    limit: int,
) -> list[list[Hit]]:
    """For each question the newest texts that answer it, among the entries of timelines or among all the others.

    `where` is who may see their incident; rows of no incident have none (bot.incidents.queries.visible_to).
    """
    found: list[list[Hit]] = [[] for _ in questions]
    every = range(len(questions))
    if session.get_bind().dialect.name == "sqlite":
        asked = {f"asked_{n}": questions[n].fts5 for n in every}
        await _ask(session, [_of_sqlite(n, entries, where) for n in every], asked, found, limit)
        return found
    asked = {f"asked_{n}": questions[n].tsquery for n in every}
    before: int | None = None
    async for name, first in _stretches(session):
        arms = [_of_postgres(n, entries, where, name, before) for n in every]
        await _ask(session, arms, asked | ({"stretch": name} if name else {}), found, limit)
        if all(len(hits) >= limit for hits in found):
            break
        before = first if before is None else min(before, first)
    return found


async def _ask(
    session: AsyncSession,
    arms: Sequence[Select[int, int, str, int | None, int, str]],
    asked: Mapping[str, str],
    found: Sequence[list[Hit]],
    limit: int,
) -> None:
    """In one statement, of those of whose answers there may be more."""
    open_ones = [n for n, hits in enumerate(found) if len(hits) < limit]
    parts = [select(arms[n].limit(limit - len(found[n])).subquery()) for n in open_ones]
    rows = await session.execute(union_all(*parts), dict(asked))
    for which, *hit in sorted(rows, key=lambda row: row.id, reverse=True):
        found[which].append(Hit(*hit))


def _selected(which: int) -> Select[int, int, str, int | None, int, str]:
    row = SearchText
    return select(literal(which).label("which"), row.id, row.kind, row.incident_id, row.number, row.name)


def _of_sqlite(
    which: int, entries: bool, where: ColumnElement[bool]
) -> Select[int, int, str, int | None, int, str]:
    name = "search_entries" if entries else "search_subjects"
    index = table(name, column("rowid"))
    # The sign keeps SQLite from asking the index about each text, in the place of each text that the index names.
    of_index: ColumnElement[int] = literal_column(f"+{name}.rowid")
    return (
        _selected(which)
        .select_from(index)
        .join(SearchText, SearchText.id == of_index)
        .outerjoin(Incident, Incident.id == SearchText.incident_id)
        .where(text(f"{name} MATCH :asked_{which}"), _may_be_seen(where))
        .order_by(index.c.rowid.desc())
    )


def _of_postgres(
    which: int, entries: bool, where: ColumnElement[bool], stretch: str | None, before: int | None
) -> Select[int, int, str, int | None, int, str]:
    asked = f"to_tsquery('simple', :asked_{which})"
    query = (
        _selected(which)
        .outerjoin(Incident, Incident.id == SearchText.incident_id)
        .where(
            text(f"search_text.kind {'=' if entries else '<>'} 'entry'"),
            text(f"search_text.words @@ ({asked} && CAST(CAST(:stretch AS text) AS tsquery))")
            if stretch is not None
            else text(f"search_text.words @@ {asked}"),
            text(f"numnode({asked}) > 0"),  # it may know none of the letters of a word
            _may_be_seen(where),
        )
        # Not the key itself: Postgres would walk along it, and look at every text.
        .order_by((SearchText.id + 0).desc())
    )
    return query if before is None else query.where(SearchText.id < before)


def _may_be_seen(where: ColumnElement[bool]) -> ColumnElement[bool]:
    return SearchText.incident_id.is_(None) | where


async def _stretches(session: AsyncSession) -> AsyncIterator[tuple[str | None, int]]:
    """The names of stretches and their first rows, the newest ahead; the last one reaches back to the beginning.

    None is all that there is: behind tens of millions of rows.
    """
    newest = await session.scalar(select(func.max(SearchText.id))) or 0
    for size in STRETCHES:
        last = newest >> size
        for number in (last, last - 1):
            if number >= 0:
                yield f"'#{size}.{number}'", number << size
        if last <= 1:
            return
    yield None, 0
