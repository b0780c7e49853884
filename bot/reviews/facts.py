"""All that a review is written from: loaded once, and read by the views."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.queries import alerts_of
from bot.alerts.rows import Alert
from bot.core.people import names_of
from bot.core.standing import is_hidden
from bot.core.timeline import TimelineEntry, entries_of
from bot.incidents.queries import roles_of
from bot.incidents.rows import Incident
from bot.incidents.similar import similar_incidents
from bot.paging.rows import Notification, Page
from bot.reviews.document import uncited
from bot.reviews.queries import ReviewNow, kept_document, version_of, versions_of
from bot.reviews.rows import Review, ReviewVersion

_USER = re.compile(r"\b[UW][A-Z0-9]{2,}\b")


@dataclass(frozen=True)
class Facts:
    """What was recorded of an incident. `names` are people's names by their user ids."""

    incident: Incident
    entries: Sequence[TimelineEntry]
    roles: Mapping[str, str]
    names: Mapping[str, str]
    pages: Sequence[Page] = ()
    notifications: Sequence[Notification] = ()
    alerts: Sequence[Alert] = ()
    similar: Sequence["Precedent"] = ()


@dataclass(frozen=True)
class Precedent:
    """An earlier incident that was like it; `lesson` is what its published review says, or else its summary."""

    incident: Incident
    lesson: str


@dataclass(frozen=True)
class Written:
    """A review with its facts. Without a `version` nobody has kept one: the draft stands for it."""

    known: ReviewNow
    facts: Facts
    version: ReviewVersion | None
    versions: Sequence[ReviewVersion]


async def written(session: AsyncSession, known: ReviewNow, *, version: int | None = None) -> Written:
    """The review that the caller was allowed to load: the newest version, or this one."""
    number = known.incident.id
    wanted = version or known.review.versions
    return Written(
        known,
        await facts_of(session, known),
        await version_of(session, number, wanted) if wanted else None,
        await versions_of(session, number),
    )


async def facts_of(session: AsyncSession, known: ReviewNow) -> Facts:
    incident = known.incident
    entries = [one for one in await entries_of(session, incident.id) if not is_hidden(one)]
    roles = await roles_of(session, incident.id)
    pages = (
        await session.scalars(select(Page).where(Page.incident_id == incident.id).order_by(Page.id))
    ).all()
    rings = await session.scalars(
        select(Notification)
        .join(Page, Page.id == Notification.page_id)
        .where(Page.incident_id == incident.id)
        .order_by(Notification.id)
    )
    people = {incident.declared_by, known.review.owner or "", *roles.values()}
    people |= {task.owner or "" for task in known.tasks} | {task.changed_by or "" for task in known.tasks}
    for entry in entries:
        people.add(entry.author or "")
        people |= set(_USER.findall(json.dumps(entry.data)))
    return Facts(
        incident=incident,
        entries=entries,
        roles=roles,
        names=await names_of(session, people - {""}),
        pages=pages,
        notifications=rings.all(),
        alerts=await alerts_of(session, incident.id),
        similar=await _precedents(session, incident),
    )


async def _precedents(session: AsyncSession, incident: Incident) -> list[Precedent]:
    found = []
    for one in await similar_incidents(session, incident):
        published = await session.get(Review, one.id)
        version = await version_of(session, one.id, (published and published.published_version) or 0)
        sections = kept_document(version).sections if version is not None else {}
        found.append(
            Precedent(one, uncited(sections.get("factors") or sections.get("summary") or one.summary))
        )
    return found
