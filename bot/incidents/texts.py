"""Finding texts by their words (bot.core.search_text), the newest first, and no more of them than are asked for.

A word that millions of texts have must cost no more than another. SQLite's index gives its rows the newest first, so
that one can stop. That of Postgres gives all or nothing. So the newest entries are read there without it, which tells
how many there are to expect: where they are few, all the others are asked at once; where they are many, a stretch of rows
at a time, each longer than the one before, by the names of stretches that each text has among its words. And no
beginning of a word is looked up there that so many texts have (bot.incidents.frequent).
"""

from collections.abc import Iterable, Sequence
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
# Where no more answers than these are expected, nothing is gained by asking for some of them first.
FEW = 5_000
# Postgres' index knows of no phrases: it names many times as many that have the words somewhere, and each is read.
FEW_PHRASES = 250
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
    if session.get_bind().dialect.name == "sqlite":
        arms = [_Arm(n, one.entries) for n, one in enumerate(asked)]
        given = parameters | {f"asked_{n}": one.question.fts5 for n, one in enumerate(asked)}
        given |= {f"limit_{n}": one.limit for n, one in enumerate(asked)}
        return _sorted(await session.execute(_statement(True, tuple(arms), among), given), len(asked))
    return await _found_by_stretches(session, asked, among, parameters)


async def _found_by_stretches(
    session: AsyncSession, asked: Sequence[Asked], among: Among, parameters: dict[str, Any]
) -> list[list[Hit]]:
    found: list[list[Hit]] = [[] for _ in asked]
    parts: dict[int, Question] | None = None
    newest = await session.scalar(_OWN if among is Among.EARLIER else _NEWEST, parameters) or 0
    stretch, before = _Stretch.of(newest, STRETCHES[0]), _BEHIND_ALL
    missing = [*range(len(asked))]
    while True:
        walks = stretch.size == STRETCHES[0]
        if not walks and parts is None:
            parts = await _rare_parts(session, {n: asked[n].question for n in missing if asked[n].entries})
        given = parameters | {"before": before, "first": stretch.first, "stretch": stretch.names}
        arms = []
        for n in missing:
            part = (parts or {}).get(n)
            arms.append(_Arm(n, asked[n].entries, walks=walks and asked[n].entries, in_part=part is not None))
            given |= {
                f"asked_{n}": (part or asked[n].question).tsquery,
                f"whole_{n}": asked[n].question.tsquery,
            }
            given |= {f"limit_{n}": asked[n].limit - len(found[n])}
        rows = await session.execute(_statement(False, tuple(arms), among, stretch.names is not None), given)
        for of_one, new in zip(found, _sorted(rows, len(asked)), strict=True):
            of_one.extend(new)
        missing = [n for n in missing if len(found[n]) < asked[n].limit]
        if not missing or not stretch.first:
            return found
        before = stretch.first
        few = FEW_PHRASES if any(asked[n].question.has_phrase for n in missing) else FEW
        stretch = stretch.next(newest, sum(len(found[n]) for n in missing), few)


async def _rare_parts(session: AsyncSession, questions: dict[int, Question]) -> dict[int, Question]:
    parts = {n: await rare_part(session, question) for n, question in questions.items()}
    return {n: part for n, part in parts.items() if part is not None}


def _sorted(rows: Iterable[Any], questions: int) -> list[list[Hit]]:
    found: list[list[Hit]] = [[] for _ in range(questions)]
    for which, *hit in sorted(rows, key=lambda row: row.id, reverse=True):
        found[which].append(Hit(*hit))
    return found


@dataclass(frozen=True)
class _Arm:
    """What of a statement answers one question, by its number.

    `walks`: along the rows, without the index; `in_part`: the index is not asked for all of it.
    """

    which: int
    entries: bool
    walks: bool = False
    in_part: bool = False


@dataclass(frozen=True)
class _Stretch:
    """The rows from `first` on, which have one of these `names` among their words; without names all there are."""

    size: int
    first: int = 0
    names: str | None = None

    @classmethod
    def of(cls, newest: int, size: int) -> "_Stretch":
        """The newest one of this size, which may have just begun, and the one before it."""
        last = newest >> size
        if last <= 1:
            return cls(size)
        return cls(size, (last - 1) << size, f"'#{size}.{last}' | '#{size}.{last - 1}'")

    def next(self, newest: int, found: int, few: int) -> "_Stretch":
        """Where to look on, when this one had so many of what is still missing; all the rest, where `few` are expected."""
        expected = (found + 1) * self.first / (newest - self.first + 1)
        longer = STRETCHES[STRETCHES.index(self.size) + 1 :]
        return _Stretch.of(newest, longer[0]) if longer and expected > few else _Stretch(STRETCHES[-1])


# -- the statements, each built once: to put one together takes longer than most of them run -------------------

_NEWEST = select(func.max(SearchText.id))
# Earlier incidents were written down before.
_OWN = select(SearchText.id).where(
    SearchText.kind == INCIDENT, SearchText.incident_id == bindparam("incident", type_=BigInteger)
)


@cache
def _statement(
    sqlite: bool, arms: tuple[_Arm, ...], among: Among, in_stretch: bool = False
) -> CompoundSelect[Any]:
    """The answers to several questions."""
    parts = []
    for arm in arms:
        answers = _of_sqlite(arm) if sqlite else _walked(arm) if arm.walks else _of_postgres(arm, in_stretch)
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


def _walked(arm: _Arm) -> Select[Any]:
    """Of the newest entries each is looked at: a thousand in the time that the index takes for one beginning of a word."""
    return (
        _selected(arm.which)
        .where(
            SearchText.kind == literal_column("'entry'"),
            SearchText.id >= bindparam("first", type_=BigInteger),
            text(_has(f"whole_{arm.which}")),
        )
        .order_by(SearchText.id.desc())
    )


def _has(question: str) -> str:
    # The function, not the operator: that one would be the index's.
    return f"ts_match_vq(search_text.words, (SELECT to_tsquery('simple', :{question})))"


def _of_postgres(arm: _Arm, in_stretch: bool) -> Select[Any]:
    asked = f"to_tsquery('simple', :asked_{arm.which})"
    stretch = " && CAST(CAST(:stretch AS text) AS tsquery)" if in_stretch else ""
    query: Select[Any] = (
        _selected(arm.which)
        .where(
            text(f"search_text.kind {'=' if arm.entries else '<>'} 'entry'"),
            text(f"search_text.words @@ ({asked}{stretch})"),
            text(_has(f"whole_{arm.which}") if arm.in_part else "true"),
            text(f"numnode({asked}) > 0"),  # it may know none of the letters of a word
            SearchText.id < bindparam("before", type_=BigInteger),
        )
        # Not the key itself: Postgres would walk along it, and look at every text.
        .order_by((SearchText.id + literal_column("0")).desc())
    )
    return query
