"""Incidents that fit a filter, the newest first. Each query takes the viewer.

A page must not take longer because a hundred thousand incidents lie behind it: each way of narrowing down has an index whose
rows come in the order of the list, and no more is counted than anybody turns pages.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.config.sections.field_values import ANYTHING, NOTHING, Comparison, is_number
from bot.core.search_text import ENTRY, INCIDENT
from bot.core.search_words import Question, terms_of
from bot.core.viewer import Viewer
from bot.incidents.field_values import DAYS, NUMBERS, folded_value
from bot.incidents.filters import ALL, OPEN, Asked, Filter
from bot.incidents.queries import among_few, is_open, visible_to
from bot.incidents.rows import FieldValue, Incident, Responder
from bot.incidents.texts import Asked as AskedText
from bot.incidents.texts import texts_seen

PAGE = 15
# So many are counted, and no page lies behind them.
MOST = 1000
# A value of a field that more incidents than this have is asked of each that may be listed.
MANY = 10_000
# Of what was written so much is looked at, the newest first: titles and summaries, and entries of timelines.
OF_SUBJECTS, OF_ENTRIES = 500, 1000


@dataclass(frozen=True)
class Listed:
    """A page of the incidents that fit, counted from 0. `is_more`: there are more than `total`.

    `is_cut`: so many texts have the words that only the newest were looked at.
    """

    filter: Filter
    page: int
    total: int
    incidents: Sequence[Incident]
    is_more: bool = False
    is_cut: bool = False


async def listed(session: AsyncSession, asked: Asked, viewer: Viewer, config: Config) -> Listed:
    """The page that is asked for, or the last one there is."""
    conditions, is_cut = await _conditions(session, asked.filter, viewer, config)
    columns = select(Incident.declared_at, Incident.id)
    fitting = (await session.execute(columns.where(*conditions).limit(MOST + 1))).all()
    total = min(len(fitting), MOST)
    page = max(0, min(asked.page - 1, -(-total // PAGE) - 1))
    behind = page * PAGE
    if len(fitting) <= MOST:  # these are all: what was hard to find is not looked for again
        of_page = sorted(map(tuple, fitting), reverse=True)[behind : behind + PAGE]
        query = select(Incident).where(Incident.id.in_([number for _, number in of_page]))
    else:
        query = select(Incident).where(*conditions).limit(PAGE).offset(behind)
    found = await session.scalars(query.order_by(Incident.declared_at.desc(), Incident.id.desc()))
    return Listed(asked.filter, page, total, found.all(), len(fitting) > MOST, is_cut)


async def _conditions(
    session: AsyncSession, which: Filter, viewer: Viewer, config: Config
) -> tuple[list[ColumnElement[bool]], bool]:
    conditions = [visible_to(viewer), *_of_names(which, config)]
    if which.person is not None:
        takes_part = select(Responder.incident_id).where(Responder.user_id == which.person)
        conditions.append(Incident.id.in_(takes_part))
    for name in dict.fromkeys(name for name, _ in which.fields):
        conditions.append(
            await _of_field(session, name, [one for other, one in which.fields if other == name])
        )
    if which.since is not None:
        conditions.append(Incident.declared_at >= which.since.at)
    if which.until is not None:
        conditions.append(Incident.declared_at < which.until.at)
    if not which.words:
        return conditions, False
    numbers, is_cut = await _with_words(session, which.words, viewer)
    return [*conditions, Incident.id.in_(numbers)], is_cut


async def _of_field(session: AsyncSession, name: str, wanted: Sequence[Comparison]) -> ColumnElement[bool]:
    """What few incidents have is looked for ahead; what many have is asked of each, as the list soon has enough of them."""
    has = [FieldValue.name == name, *_compared(wanted)]
    some = select(FieldValue.incident_id).where(*has)
    count = await session.scalar(select(func.count()).select_from(some.limit(MANY + 1).subquery())) or 0
    for_none = any(one.value == NOTHING for one in wanted)
    if for_none and count > MANY and not await _some_lack(session, has):
        return false()
    of_it = some.where(FieldValue.incident_id == Incident.id).correlate(Incident)
    fits = of_it.exists() if count > MANY else Incident.id.in_(some)
    return ~fits if for_none else fits


async def _some_lack(session: AsyncSession, has: Sequence[ColumnElement[bool]]) -> bool:
    """Whether any incident is without it: a list that none fits would ask each of all there are."""
    have = select(func.count()).select_from(FieldValue).where(*has).scalar_subquery()
    of_all = select(func.count()).select_from(Incident).scalar_subquery()
    return bool(await session.scalar(select(of_all > have)))


def _compared(wanted: Sequence[Comparison]) -> list[ColumnElement[bool]]:
    """One stretch of the index: where an end is not named, it is that of all numbers, or of all days."""
    ordered = [one for one in wanted if one.is_ordered]
    conditions: list[ColumnElement[bool]] = [
        FieldValue.value.op(one.sign, is_comparison=True)(folded_value(one.value)) for one in ordered
    ]
    if ordered:
        first, last = NUMBERS if is_number(ordered[0].value) else DAYS
        signs = {one.sign[0] for one in ordered}
        conditions += [FieldValue.value >= first] if ">" not in signs else []
        conditions += [FieldValue.value <= last] if "<" not in signs else []
    named = [one.value for one in wanted if not one.is_ordered and one.value not in (NOTHING, ANYTHING)]
    return [*conditions, *(FieldValue.value == folded_value(value) for value in named)]


def _of_names(which: Filter, config: Config) -> list[ColumnElement[bool]]:
    """Status, severity, service and type. The open ones are few, and found by an index of their own."""
    status = config.status(which.status)
    only_open = which.status == OPEN or (status is not None and status.is_active)
    asked = {
        Incident.severity: which.severities,
        Incident.service: which.services,
        Incident.type: which.types,
    }
    if which.status not in (OPEN, ALL):
        asked[Incident.status] = (which.status,)
    conditions = [is_open()] if only_open else []
    for column, names in asked.items():
        compared = among_few(column) if only_open else column
        if names:  # of a single one the rows come in the order of the list
            conditions.append(compared == names[0] if len(names) == 1 else compared.in_(names))
    return conditions


async def _with_words(session: AsyncSession, words: str, viewer: Viewer) -> tuple[list[int], bool]:
    """The incidents of the newest texts that have all these words, and whether there may be more."""
    terms = terms_of(words)
    if not terms:
        return [], False
    question = Question(terms, begins=True)
    asked = [AskedText(question, OF_SUBJECTS), AskedText(question, OF_ENTRIES, entries=True)]
    subjects, entries = await texts_seen(session, asked, viewer)
    of_incidents = [hit for hit in [*subjects, *entries] if hit.kind in (INCIDENT, ENTRY)]
    numbers = {hit.incident_id for hit in of_incidents if hit.incident_id is not None}
    return sorted(numbers), len(subjects) >= OF_SUBJECTS or len(entries) >= OF_ENTRIES
