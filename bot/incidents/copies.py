"""Where the words of an entry stand besides: in other entries of the same task, link, field or name – here, and on the
timelines of incidents that were merged with it – and in the task, link, field or incident itself.

What is redacted is to be gone from all of them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.search_text import INCIDENT, change_text
from bot.core.standing import CHANGES, FILLED, GONE, MADE_CHANNEL, is_redacted
from bot.core.timeline import TimelineEntry
from bot.incidents import telling
from bot.incidents.field_values import searched_text
from bot.incidents.homes import refresh_home
from bot.incidents.names_redacted import NAMING, clear_names, says_the_same_name
from bot.incidents.relations import MERGED
from bot.incidents.rows import FieldValue, Incident, Relation
from bot.incidents.task_rows import Link, Task

# What moves with a merge; by the kind of entry, which of its data names the thing.
THINGS = {"task": "task", "link": "url"}
TITLES = ("title", "former")


async def merged_with(session: AsyncSession, number: int) -> list[int]:
    """The incidents that it was merged with, also by way of others, in the order in which they are locked."""
    found, new = {number}, {number}
    while new:
        ties = await session.execute(
            select(Relation.incident_id, Relation.other_id).where(
                Relation.kind == MERGED, or_(Relation.incident_id.in_(new), Relation.other_id.in_(new))
            )
        )
        new = {one for tie in ties for one in tie} - found
        found |= new
    return sorted(found)


async def entries_beside(
    session: AsyncSession, incident: Incident, entry: TimelineEntry
) -> Sequence[TimelineEntry]:
    """The other entries of this incident on the same task that say one of its titles, on the same link, with the same value
    of a field, or with the same title or summary of an incident.
    """
    if entry.kind not in (*THINGS, FILLED, *NAMING):
        return ()
    kinds = (*NAMING, *MADE_CHANNEL) if entry.kind in NAMING else (entry.kind,)
    others = await session.scalars(
        select(TimelineEntry)
        .where(
            TimelineEntry.incident_id == incident.id,
            TimelineEntry.kind.in_(kinds),
            TimelineEntry.id != entry.id,
        )
        .order_by(TimelineEntry.number)
    )
    return [other for other in others if _says_the_same(other, entry) and not is_redacted(other)]


def _says_the_same(other: TimelineEntry, entry: TimelineEntry) -> bool:
    if entry.kind == FILLED:
        return bool(_values(other) & _values(entry))
    if entry.kind in NAMING:
        return says_the_same_name(other, entry)
    name = THINGS[entry.kind]
    is_same = other.data.get(name) == entry.data.get(name)
    return is_same and (entry.kind == "link" or bool(_titles(other) & _titles(entry)))


async def clear(
    session: AsyncSession, incidents: Sequence[Incident], entry: TimelineEntry, *, now: datetime
) -> None:
    """Takes the words of an entry, as it still has them, out of the row of its task, and out of the fields, title and summary of
    its incident; its link is no link without them. `incidents` are those that these may belong to by now, its own first.
    """
    if entry.kind == "task":
        await _clear_task(session, entry, now=now)
    elif entry.kind == "link":
        await session.execute(
            delete(Link).where(
                Link.incident_id.in_([one.id for one in incidents]), Link.url == entry.data["url"]
            )
        )
    elif entry.kind == FILLED:
        await _clear_fields(session, incidents[0], entry)
    elif entry.kind in NAMING:
        await clear_names(session, incidents, entry, now=now)
    else:
        return
    for one in incidents:
        telling.changed(session, one, now=now)


async def _clear_task(session: AsyncSession, entry: TimelineEntry, *, now: datetime) -> None:
    task = await session.get(Task, entry.data["task"], with_for_update=True)
    if task is not None and task.title in _titles(entry):
        task.title = GONE
        if task.owner is not None:
            refresh_home(session, task.owner, now=now)


async def _clear_fields(session: AsyncSession, incident: Incident, entry: TimelineEntry) -> None:
    """A value that is gone is no value: the field is empty, and asked for again where it is required."""
    filled, values = dict(incident.fields or {}), _values(entry)
    gone = [name for name, value in filled.items() if (name, value) in values]
    if not gone:
        return
    incident.fields = {name: value for name, value in filled.items() if name not in gone} or None
    await session.execute(
        delete(FieldValue).where(FieldValue.incident_id == incident.id, FieldValue.name.in_(gone))
    )
    change_text(
        session, INCIDENT, incident_id=incident.id, title=incident.title, body=searched_text(incident)
    )


def _titles(entry: TimelineEntry) -> set[str]:
    return {str(entry.data[name]) for name in TITLES if entry.data.get(name)} - {GONE}


def _values(entry: TimelineEntry) -> set[tuple[str, str]]:
    """What it says of fields: their names, each with what stands in it now and what stood there before."""
    changes: Mapping[str, Any] = entry.data["changes"]
    said = [(name, change.get(side)) for name, change in changes.items() for side in CHANGES]
    return {(name, str(value)) for name, value in said if value and value != GONE}
