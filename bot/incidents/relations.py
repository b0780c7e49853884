"""Incidents that belong together: said once, seen from both.

A private incident is named to nobody who may not see it: neither on the card nor on the timeline of one that more people
see.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Select, case, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.errors import RuleRefused
from bot.core.timeline import record
from bot.core.viewer import Viewer
from bot.incidents import telling
from bot.incidents.queries import Related, Situation, locked, visible_to
from bot.incidents.rows import Incident, Relation

RELATED, DUPLICATE, MERGED = "related", "duplicate", "merged"
# On a card so many others are named, the newest ones.
SHOWN = 5
# A card in a channel is for all who come there: it names what everybody may see.
EVERYBODY = Viewer("")


async def locked_both(
    session: AsyncSession, number: int, other: int, viewer: Viewer
) -> tuple[Incident, Incident]:
    """Both, always locked in one order: two people who tie the same two crosswise must not wait for each other."""
    if number == other:
        raise RuleRefused(f"Incident #{number} cannot be tied to itself.", "Name another one.")
    found = {one: await locked(session, one, viewer) for one in sorted((number, other))}
    return found[number], found[other]


async def relate(
    session: AsyncSession, number: int, other: int, *, by: str, now: datetime, kind: str = RELATED
) -> Incident:
    """Says that two incidents belong together. It changes neither, so that closed ones can be told, too."""
    one, two = await locked_both(session, number, other, Viewer(by))
    if await _between(session, one, two) is not None:
        raise RuleRefused(
            f"Incidents #{number} and #{other} belong together already.",
            f"`/incident show {number}` shows what belongs to it.",
        )
    tie(session, one, two, kind, by=by, now=now)
    for here, there in ((one, two), (two, one)):
        if not there.private:
            record(session, here, "related", now=now, by=by, other=there.id)
        telling.changed(session, here, now=now)
    return one


def tie(
    session: AsyncSession, incident: Incident, other: Incident, kind: str, *, by: str, now: datetime
) -> None:
    """One row for both; where the kind has a direction, `incident` is the one that went into `other`."""
    session.add(Relation(incident_id=incident.id, other_id=other.id, kind=kind, made_by=by, made_at=now))


async def untie(session: AsyncSession, incident: Incident, other: Incident) -> None:
    """Whatever they were to each other, they are no more."""
    if (row := await _between(session, incident, other)) is not None:
        await session.delete(row)
        await session.flush()


async def stands_for(
    session: AsyncSession, incident: Incident, other: Incident, *, by: str, now: datetime
) -> None:
    """What `incident` was closed for is told by the other one, whatever they were to each other before. Both are locked."""
    if (known := await _between(session, incident, other)) is not None and known.kind == MERGED:
        return
    await untie(session, incident, other)
    tie(session, incident, other, DUPLICATE, by=by, now=now)
    if not incident.private:
        record(session, other, "stands_for", now=now, by=by, other=incident.id)
    telling.changed(session, other, now=now)


async def unrelate(session: AsyncSession, number: int, other: int, *, by: str, now: datetime) -> Incident:
    """They do not belong together after all. What was merged stays so."""
    one, two = await locked_both(session, number, other, Viewer(by))
    row = await _between(session, one, two)
    if row is None or row.kind == MERGED:
        said = "were merged" if row is not None else "do not belong together"
        raise RuleRefused(f"Incidents #{number} and #{other} {said}.", "There is nothing to take back.")
    await session.delete(row)
    for here, there in ((one, two), (two, one)):
        if not there.private:
            record(session, here, "unrelated", now=now, by=by, other=there.id)
        telling.changed(session, here, now=now)
    return one


async def _between(session: AsyncSession, one: Incident, two: Incident) -> Relation | None:
    for ids in ((one.id, two.id), (two.id, one.id)):
        if (row := await session.get(Relation, ids)) is not None:
            return row
    return None


async def relations_of(
    session: AsyncSession, incident: Incident, viewer: Viewer, *, limit: int | None = SHOWN
) -> tuple[Related, ...]:
    """What belongs to it, as far as this viewer may see it, the newest first."""
    ties = _ties_of(incident.id).where(visible_to(viewer)).order_by(Incident.id.desc())
    rows = await session.execute(ties.limit(limit))
    return tuple(Related(kind, other, into=of == incident.id) for kind, of, other in rows)


async def tied_to(session: AsyncSession, number: int) -> list[Incident]:
    """Those whose cards name it among what belongs to them, and can still be changed."""
    ties = _ties_of(number).where(Incident.archived_at.is_(None)).order_by(Incident.id)
    return [other for _, _, other in await session.execute(ties)]


def _ties_of(number: int) -> Select[str, int, Incident]:
    """The kind of each relation, the incident at its beginning, and the one at its other end."""
    other_id = case((Relation.incident_id == number, Relation.other_id), else_=Relation.incident_id)
    return (
        select(Relation.kind, Relation.incident_id, Incident)
        .join(Incident, Incident.id == other_id)
        .where(or_(Relation.incident_id == number, Relation.other_id == number))
    )


async def with_relations(session: AsyncSession, around: Situation, viewer: Viewer = EVERYBODY) -> Situation:
    """The same with the incidents that belong to it."""
    return replace(around, relations=await relations_of(session, around.incident, viewer))
