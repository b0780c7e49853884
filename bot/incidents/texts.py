"""Finding texts by their words (bot.core.search_text), the newest first, and no more of them than are asked for.

A word that millions of texts have must cost no more than another. SQLite's index gives its rows the newest first, so
that one can stop. That of Postgres gives all or nothing; so it is asked for a stretch of rows at a time, the newest ones
first and each longer than the one before, by the names of stretches that each text has among its words.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    column,
    func,
    literal_column,
    select,
    table,
    text,
    true,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.search_text import INCIDENT, SearchText
from bot.core.search_words import Question
from bot.core.viewer import Viewer
from bot.incidents.queries import visible_to_asker
from bot.incidents.rows import Incident

# Each stretch is of 2 to the power of one of these rows, as the migration has it.
STRETCHES = (14, 18, 22, 26)
_BEHIND_ALL = 2**62


class Among(Enum):
    """Of which texts: all, those that somebody may see, or earlier incidents that may stand on any card."""

    ALL = "all"
    SEEN = "seen"
    EARLIER = "earlier"


@dataclass(frozen=True)
class Asked:
    """A question, and how many answers are wanted: of the entries of timelines, or of everything else."""

    question: Question
    limit: int
    entries: bool = False


@dataclass(frozen=True)
class Hit:
    """A text that was found, by its key."""

    id: int
    kind: str
    incident_id: int | None
    number: int
    name: str


async def texts_seen(session: AsyncSession, asked: Sequence[Asked], viewer: Viewer) -> list[list[Hit]]:
    """For each question the newest texts that answer it and that this person may see."""
    if viewer.sees_everything:
        return await _found(session, asked, Among.ALL, {})
    return await _found(session, asked, Among.SEEN, {"viewer": viewer.user_id})


async def earlier_incidents(
    session: AsyncSession, asked: Sequence[Asked], incident: Incident
) -> list[list[Hit]]:
    """For each question the newest earlier incidents whose words answer it: no private ones, and no drills."""
    return await _found(session, asked, Among.EARLIER, {"incident": incident.id})


async def _found(
    session: AsyncSession, asked: Sequence[Asked], among: Among, parameters: dict[str, Any]
) -> list[list[Hit]]:
    found: list[list[Hit]] = [[] for _ in asked]
    sqlite = session.get_bind().dialect.name == "sqlite"
    before = _BEHIND_ALL
    async for name, first in _the_whole() if sqlite else _stretches(session):
        arms = tuple((n, one.entries) for n, one in enumerate(asked) if len(found[n]) < one.limit)
        if not arms:
            break
        given = parameters if sqlite else parameters | {"before": before}
        given = given | ({"stretch": name} if name else {})
        for n, _ in arms:
            question = asked[n].question
            given |= {f"asked_{n}": question.fts5 if sqlite else question.tsquery}
            given |= {f"limit_{n}": asked[n].limit - len(found[n])}
        rows = await session.execute(_statement(sqlite, arms, among, name is not None), given)
        for which, *hit in sorted(rows, key=lambda row: row.id, reverse=True):
            found[which].append(Hit(*hit))
        before = min(before, first)
    return found


async def _the_whole() -> AsyncIterator[tuple[str | None, int]]:
    yield None, 0


async def _stretches(session: AsyncSession) -> AsyncIterator[tuple[str | None, int]]:
    """The names of stretches and their first rows, the newest ahead; the last one reaches back to the beginning.

    None is all that there is: behind tens of millions of rows.
    """
    newest = await session.scalar(_NEWEST) or 0
    for size in STRETCHES:
        last = newest >> size
        for number in (last, last - 1):
            # Of the shortest ones the newest is enough: the next size has the one before it.
            if number >= 0 and (number == last or size > STRETCHES[0]):
                yield f"'#{size}.{number}'", number << size
        if last == 0 or (last == 1 and size > STRETCHES[0]):
            return
    yield None, 0


# -- the statements, each built once: to put one together takes longer than most of them run -------------------

_NEWEST = select(func.max(SearchText.id))


@cache
def _statement(
    sqlite: bool, arms: tuple[tuple[int, bool], ...], among: Among, in_stretch: bool
) -> CompoundSelect[Any]:
    """The answers to several questions, by their numbers; `arms` has these, and whether they are for entries."""
    parts = []
    for n, entries in arms:
        arm = _of_sqlite(n, entries) if sqlite else _of_postgres(n, entries, in_stretch)
        arm = arm.where(_condition(among, entries)).limit(bindparam(f"limit_{n}", type_=BigInteger))
        parts.append(select(arm.subquery()))
    return union_all(*parts)


def _condition(among: Among, entries: bool) -> ColumnElement[bool]:
    if among is Among.ALL:
        return true()
    if among is Among.SEEN:
        seen = _of_its_incident(visible_to_asker())
        return seen if entries else SearchText.incident_id.is_(None) | seen
    return and_(
        SearchText.kind == literal_column(f"'{INCIDENT}'"),
        SearchText.incident_id < bindparam("incident", type_=BigInteger),
        _of_its_incident(Incident.private.is_(False) & Incident.drill.is_(False)),
    )


def _of_its_incident(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Asked for each text that was found: for a join Postgres may read all incidents."""
    incident = select(condition).where(Incident.id == SearchText.incident_id)
    return incident.correlate(SearchText).scalar_subquery()


def _selected(which: int) -> Select[Any]:
    row = SearchText
    number: ColumnElement[int] = literal_column(str(which)).label("which")
    columns: list[ColumnElement[Any]] = [number, row.id, row.kind, row.incident_id, row.number, row.name]  # type: ignore[list-item]
    return select(*columns)


def _of_sqlite(which: int, entries: bool) -> Select[Any]:
    name = "search_entries" if entries else "search_subjects"
    index = table(name, column("rowid"))
    # The sign keeps SQLite from asking the index about each text, in the place of each text that the index names.
    of_index: ColumnElement[int] = literal_column(f"+{name}.rowid")
    query: Select[Any] = (
        _selected(which)
        .select_from(index)
        .join(SearchText, SearchText.id == of_index)
        .where(text(f"{name} MATCH :asked_{which}"))
        .order_by(index.c.rowid.desc())
    )
    return query


def _of_postgres(which: int, entries: bool, in_stretch: bool) -> Select[Any]:
    asked = f"to_tsquery('simple', :asked_{which})"
    stretch = " && CAST(CAST(:stretch AS text) AS tsquery)" if in_stretch else ""
    query: Select[Any] = (
        _selected(which)
        .where(
            text(f"search_text.kind {'=' if entries else '<>'} 'entry'"),
            text(f"search_text.words @@ ({asked}{stretch})"),
            text(f"numnode({asked}) > 0"),  # it may know none of the letters of a word
            SearchText.id < bindparam("before", type_=BigInteger),
        )
        # Not the key itself: Postgres would walk along it, and look at every text.
        .order_by((SearchText.id + literal_column("0")).desc())
    )
    return query
