"""Finding texts by their words (bot.core.search_text), the newest first, and no more of them than are asked for.

A word that millions of texts have must cost no more than another. SQLite's index gives its rows the newest first, so
that one can stop. That of Postgres gives all or nothing; so it is asked for a stretch of rows at a time, the newest ones
first and each longer than the one before, by the names of stretches that each text has among its words; and no
beginning of a word is looked up there that so many texts have (bot.incidents.frequent).
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
from bot.incidents.frequent import rare_part
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
    parts: dict[int, Question] = {}
    for n, one in enumerate(asked):
        if one.entries and not sqlite and (part := await rare_part(session, one.question)) is not None:
            parts[n] = part
    before = _BEHIND_ALL
    async for name, first in _the_whole() if sqlite else _stretches(session):
        given = parameters if sqlite else parameters | {"before": before}
        given = given | ({"stretch": name} if name else {})
        arms = []
        for n, one in enumerate(asked):
            if len(found[n]) >= one.limit:
                continue
            arms.append(_Arm(n, one.entries, in_part=n in parts))
            of_index = parts.get(n, one.question)
            given |= {f"asked_{n}": of_index.fts5 if sqlite else of_index.tsquery}
            given |= {f"whole_{n}": one.question.tsquery} if n in parts else {}
            given |= {f"limit_{n}": one.limit - len(found[n])}
        if not arms:
            break
        rows = await session.execute(_statement(sqlite, tuple(arms), among, name is not None), given)
        for which, *hit in sorted(rows, key=lambda row: row.id, reverse=True):
            found[which].append(Hit(*hit))
        before = min(before, first)
    return found


@dataclass(frozen=True)
class _Arm:
    """What of a statement answers one question, by its number. `in_part`: the index is not asked for all of it."""

    which: int
    entries: bool
    in_part: bool


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
def _statement(sqlite: bool, arms: tuple[_Arm, ...], among: Among, in_stretch: bool) -> CompoundSelect[Any]:
    """The answers to several questions."""
    parts = []
    for arm in arms:
        answers = _of_sqlite(arm) if sqlite else _of_postgres(arm, in_stretch)
        answers = answers.where(_condition(among, arm.entries))
        parts.append(select(answers.limit(bindparam(f"limit_{arm.which}", type_=BigInteger)).subquery()))
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


def _of_sqlite(arm: _Arm) -> Select[Any]:
    name = "search_entries" if arm.entries else "search_subjects"
    index = table(name, column("rowid"))
    # The sign keeps SQLite from asking the index about each text, in the place of each text that the index names.
    of_index: ColumnElement[int] = literal_column(f"+{name}.rowid")
    query: Select[Any] = (
        _selected(arm.which)
        .select_from(index)
        .join(SearchText, SearchText.id == of_index)
        .where(text(f"{name} MATCH :asked_{arm.which}"))
        .order_by(index.c.rowid.desc())
    )
    return query


def _of_postgres(arm: _Arm, in_stretch: bool) -> Select[Any]:
    asked = f"to_tsquery('simple', :asked_{arm.which})"
    # The function, not the operator: that one would be the index's again.
    whole = f"ts_match_vq(search_text.words, (SELECT to_tsquery('simple', :whole_{arm.which})))"
    stretch = " && CAST(CAST(:stretch AS text) AS tsquery)" if in_stretch else ""
    query: Select[Any] = (
        _selected(arm.which)
        .where(
            text(f"search_text.kind {'=' if arm.entries else '<>'} 'entry'"),
            text(f"search_text.words @@ ({asked}{stretch})"),
            text(whole if arm.in_part else "true"),
            text(f"numnode({asked}) > 0"),  # it may know none of the letters of a word
            SearchText.id < bindparam("before", type_=BigInteger),
        )
        # Not the key itself: Postgres would walk along it, and look at every text.
        .order_by((SearchText.id + literal_column("0")).desc())
    )
    return query
