"""Where the words of an entry stand besides: in other entries of the same task or link, and in the task or link itself.

What is redacted is to be gone from all of them.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.standing import GONE, is_redacted
from bot.core.timeline import TimelineEntry
from bot.incidents import telling
from bot.incidents.homes import refresh_home
from bot.incidents.rows import Incident
from bot.incidents.task_rows import Link, Task

# By the kind of entry, which of its data names the thing.
THINGS = {"task": "task", "link": "url"}
TITLES = ("title", "former")


async def entries_beside(
    session: AsyncSession, incident: Incident, entry: TimelineEntry
) -> Sequence[TimelineEntry]:
    """The other entries of its task that say one of its titles, or those of its link."""
    if entry.kind not in THINGS:
        return ()
    others = await session.scalars(
        select(TimelineEntry).where(
            TimelineEntry.incident_id == incident.id,
            TimelineEntry.kind == entry.kind,
            TimelineEntry.number != entry.number,
        )
    )
    name = THINGS[entry.kind]
    return [
        other
        for other in others
        if other.data.get(name) == entry.data.get(name)
        and (entry.kind == "link" or _titles(other) & _titles(entry))
        and not is_redacted(other)
    ]


async def clear(session: AsyncSession, incident: Incident, entry: TimelineEntry, *, now: datetime) -> None:
    """Takes the words of an entry, as it still has them, out of the row of its task; its link is no link without them.

    Where the incident was merged, both are the other one's by now.
    """
    owners = [incident.id, *([incident.merged_into] if incident.merged_into is not None else [])]
    if entry.kind == "task":
        task = await session.get(Task, entry.data["task"], with_for_update=True)
        if task is not None and task.title in _titles(entry):
            task.title = GONE
            if task.owner is not None:
                refresh_home(session, task.owner, now=now)
    elif entry.kind == "link":
        links = select(Link).where(Link.incident_id.in_(owners), Link.url == entry.data["url"])
        for link in await session.scalars(links):
            await session.delete(link)
    else:
        return
    for number in owners:
        shown = await session.get(Incident, number)
        if shown is not None:
            telling.card(session, shown, now=now)


def _titles(entry: TimelineEntry) -> set[str]:
    return {str(entry.data[name]) for name in TITLES if entry.data.get(name)} - {GONE}
