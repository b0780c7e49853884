"""What somebody finds by the words that they type. Each query takes the viewer.

What has all the words in its title comes first, then what has them in its text, then what was said on a timeline; behind
these, where words only begin so. Among equals the newest comes first. Where nothing has all the words, what has some of
them is shown, and called so.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.backlog.rows import DECLINED, BacklogItem
from bot.core.search_text import ACTION, BACKLOG, DECISION, ENTRY, INCIDENT, REVIEW, RISK, RUNBOOK
from bot.core.search_words import Piece, Question, Term, excerpt, terms_of
from bot.core.timeline import TimelineEntry, written_text
from bot.core.viewer import Viewer
from bot.incidents.backlog import visible_items
from bot.incidents.field_values import searched_text
from bot.incidents.queries import visible_to
from bot.incidents.rows import Incident
from bot.incidents.texts import Asked, Hit, texts_seen
from bot.reviews import action_queries
from bot.reviews.action_rows import ActionItem
from bot.reviews.document import lessons
from bot.reviews.queries import kept_document
from bot.reviews.rows import Review, ReviewVersion
from bot.routine.decision_rows import Decision
from bot.routine.risk_rows import Risk
from bot.runbooks.page import body_of
from bot.runbooks.rows import RunbookRow

PAGE = 6
# Nobody turns more pages: more words find less.
MOST = 60
# So many texts are looked at for each way of finding; of an incident many entries may say the same.
OF_SUBJECTS = 60
OF_ENTRIES = 240
LONGEST_EXCERPT = 240


@dataclass(frozen=True)
class Found:
    """A thing that was found. `number` is what people call it by, `name` a runbook's, `at` when it began.

    `excerpt` is empty where only the title has the words; `times` counts the texts of an incident in which they stand.
    `status`, `private` and `drill` are those of what is no incident; an incident tells its own.
    """

    kind: str
    number: int
    name: str
    title: str
    at: datetime | None
    incident: Incident | None
    excerpt: Sequence[Piece]
    times: int
    status: str = ""
    private: bool = False
    drill: bool = False


@dataclass(frozen=True)
class Results:
    """A page of what was found, counted from 0. `is_more`: not all was counted. `of_some`: of some of the words only."""

    terms: tuple[Term, ...]
    total: int = 0
    is_more: bool = False
    of_some: bool = False
    page: int = 0
    found: Sequence[Found] = ()


_OF_INCIDENTS = (INCIDENT, ENTRY, REVIEW)


@dataclass
class _Thing:
    """What hits are of: an incident with its entries, or one of the others; the best hit first."""

    kind: str
    number: int
    name: str
    hits: list[Hit]


class _Things:
    """In the order in which they were found, each once."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[str, int, str], _Thing] = {}

    def __len__(self) -> int:
        return len(self._by_key)

    def add(self, hits: Iterable[Hit]) -> None:
        for hit in hits:
            kind = INCIDENT if hit.kind == ENTRY else hit.kind
            number = hit.incident_id or 0 if hit.kind in _OF_INCIDENTS else hit.number
            thing = self._by_key.setdefault((kind, number, hit.name), _Thing(kind, number, hit.name, []))
            if all(hit.id != known.id for known in thing.hits):
                thing.hits.append(hit)

    def first(self, count: int) -> list[_Thing]:
        return list(self._by_key.values())[:count]


async def search(session: AsyncSession, typed: str, viewer: Viewer, *, page: int = 0) -> Results:
    """A page of what this person may see and finds by these words."""
    terms = terms_of(typed)
    if not terms:
        return Results(terms)
    things = _Things()
    await _look(session, things, viewer, terms)
    if len(things) < MOST and any(term.may_begin for term in terms):
        await _look(session, things, viewer, terms, begins=True)
    of_some = not len(things) and len(terms) > 1
    if of_some:
        await _look(session, things, viewer, terms, every=False)
    shown = things.first(MOST)
    page = max(0, min(page, -(-len(shown) // PAGE) - 1))
    there = await _shown(session, shown[page * PAGE : (page + 1) * PAGE], viewer, terms)
    return Results(terms, len(shown), len(things) > MOST, of_some, page, there)


async def _look(
    session: AsyncSession,
    things: _Things,
    viewer: Viewer,
    terms: tuple[Term, ...],
    *,
    every: bool = True,
    begins: bool = False,
) -> None:
    titles = Question(terms, every, in_title=True, begins=begins)
    anywhere = Question(terms, every, begins=begins)
    asked = [
        Asked(titles, OF_SUBJECTS),
        Asked(anywhere, OF_SUBJECTS),
        Asked(anywhere, OF_ENTRIES, entries=True),
    ]
    for hits in await texts_seen(session, asked, viewer):
        things.add(hits)


# -- what is shown of it --------------------------------------------------------------------------------------


async def _shown(
    session: AsyncSession, things: Sequence[_Thing], viewer: Viewer, terms: tuple[Term, ...]
) -> list[Found]:
    """As it stands now; what went away meanwhile is left out."""
    of_incidents = [thing for thing in things if thing.kind in _OF_INCIDENTS]
    incidents = await _incidents(session, {thing.number for thing in of_incidents}, viewer)
    entries = await _entries(session, [hit for thing in of_incidents for hit in thing.hits[:1]])
    reviews = await _reviews(session, [thing.number for thing in of_incidents if thing.kind == REVIEW])
    found = []
    for thing in things:
        incident = incidents.get(thing.number) if thing in of_incidents else None
        if incident is not None:
            best = thing.hits[0]
            texts = [entries.get((thing.number, best.number), ""), searched_text(incident)]
            if thing.kind == REVIEW:
                texts = [reviews.get(thing.number, "")]
            said = _Said(incident.title, incident.declared_at, texts)
        elif thing in of_incidents:
            continue
        elif (other := await _OTHERS[thing.kind](session, thing, viewer)) is not None:
            said = other
        else:
            continue
        pieces = next(
            filter(None, (excerpt(text, terms, longest=LONGEST_EXCERPT) for text in said.texts)), []
        )
        found.append(
            Found(
                kind=thing.kind,
                number=thing.number,
                name=thing.name,
                title=said.title,
                at=said.at,
                incident=incident,
                excerpt=pieces,
                times=len(thing.hits),
                status=said.status,
                private=said.private,
                drill=said.drill,
            )
        )
    return found


@dataclass(frozen=True)
class _Said:
    title: str
    at: datetime | None
    texts: Sequence[str]
    status: str = ""
    private: bool = False
    drill: bool = False


async def _incidents(session: AsyncSession, numbers: set[int], viewer: Viewer) -> dict[int, Incident]:
    if not numbers:
        return {}
    rows = await session.scalars(select(Incident).where(Incident.id.in_(numbers), visible_to(viewer)))
    return {row.id: row for row in rows}


async def _entries(session: AsyncSession, hits: Sequence[Hit]) -> dict[tuple[int, int], str]:
    keys = [(hit.incident_id, hit.number) for hit in hits if hit.kind == ENTRY]
    if not keys:
        return {}
    # Some more than are meant: SQLite looks for pairs in no index.
    rows = await session.scalars(
        select(TimelineEntry).where(
            TimelineEntry.incident_id.in_({incident for incident, _ in keys}),
            TimelineEntry.number.in_({number for _, number in keys}),
        )
    )
    return {(row.incident_id or 0, row.number): written_text(row.data) for row in rows}


async def _reviews(session: AsyncSession, numbers: Sequence[int]) -> dict[int, str]:
    if not numbers:
        return {}
    rows = await session.scalars(
        select(ReviewVersion)
        .join(Review, Review.incident_id == ReviewVersion.incident_id)
        .where(ReviewVersion.incident_id.in_(numbers), ReviewVersion.number == Review.published_version)
    )
    return {row.incident_id: lessons(kept_document(row)) for row in rows}


# -- what is no incident's own: None where it is there no more, or not for this person ------------------------


async def _decision(session: AsyncSession, thing: _Thing, _: Viewer) -> _Said | None:
    decision = await session.get(Decision, thing.number)
    if decision is None:
        return None
    texts = [decision.answer, decision.description]
    return _Said(decision.question, decision.created_at, texts, decision.status)


async def _risk(session: AsyncSession, thing: _Thing, _: Viewer) -> _Said | None:
    risk = await session.get(Risk, thing.number)
    if risk is None:
        return None
    return _Said(risk.title, risk.created_at, [risk.description, risk.mitigation], risk.status)


async def _runbook(session: AsyncSession, thing: _Thing, _: Viewer) -> _Said | None:
    runbook = await session.get(RunbookRow, thing.name)
    return None if runbook is None else _Said(runbook.title, None, [body_of(runbook.text or "")])


async def _backlog_item(session: AsyncSession, thing: _Thing, viewer: Viewer) -> _Said | None:
    query = select(BacklogItem).where(BacklogItem.id == thing.number, visible_items(viewer))
    item = await session.scalar(query)
    if item is None:
        return None
    texts = [item.description, item.reason if item.status == DECLINED else ""]
    return _Said(item.title, item.created_at, texts, item.status, item.private)


async def _action_item(session: AsyncSession, thing: _Thing, viewer: Viewer) -> _Said | None:
    query = select(ActionItem).where(ActionItem.id == thing.number, action_queries.visible_items(viewer))
    item = await session.scalar(query)
    if item is None:
        return None
    texts = [item.description, item.reason]
    return _Said(item.title, item.created_at, texts, item.status, item.private, item.drill)


_Read = Callable[[AsyncSession, _Thing, Viewer], Awaitable[_Said | None]]
_OTHERS: dict[str, _Read] = {
    DECISION: _decision,
    RISK: _risk,
    RUNBOOK: _runbook,
    BACKLOG: _backlog_item,
    ACTION: _action_item,
}
