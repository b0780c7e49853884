"""Declaring: an incident begins, and whoever it concerns is told and paged."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config, Service, Severity
from bot.core.audit import audit
from bot.core.db import insert_row, note_row
from bot.core.search_text import INCIDENT, add_text
from bot.core.timeline import record
from bot.incidents import backlog, nudging, paging, telling
from bot.incidents.answering import answering_for, look_up
from bot.incidents.automation import Change, set_off
from bot.incidents.field_values import searched_text
from bot.incidents.filling import fill_fields, fill_type
from bot.incidents.lifecycle import cleaned, cleaned_title
from bot.incidents.permissions import require
from bot.incidents.rows import Incident, Responder


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What is said of an incident when it is declared. `filled` is what its custom fields hold, and `source` the message
    that it is declared from, as "channel/ts".
    """

    title: str
    severity: Severity
    service: Service | None = None
    summary: str = ""
    private: bool = False
    drill: bool = False
    type_name: str | None = None
    filled: Mapping[str, str] = field(default_factory=dict)
    source: str | None = None


@dataclass(frozen=True)
class Earlier:
    """When it happened that is written down afterwards. Where nobody knows when it ended, it counts as long as nothing."""

    began_at: datetime
    ended_at: datetime | None = None

    @property
    def over_at(self) -> datetime:
        return self.ended_at or self.began_at


async def declare(
    session: AsyncSession,
    said: Declaration,
    *,
    config: Config,
    by: str | None,
    now: datetime,
    responders: Iterable[str] = (),
) -> Incident:
    """Opens an incident, with the declarer, who answers for its service, and `responders` (user ids) taking part, and
    pages whom its severity and service ask for. Without `by` the program declares it, for an alert.
    """
    incident, entry = await entered(session, said, config=config, by=by, now=now)
    await paging.page_for(session, incident, config=config, now=now)
    await backlog.item_for(session, incident, config=config, by=by, now=now)
    answering, unknown = await answering_for(session, config, said.service)
    brought_by: dict[str, str | None] = dict.fromkeys(responders) | dict.fromkeys(answering, incident.service)
    if by is not None:
        brought_by[by] = None
    for user, service in brought_by.items():
        note_row(session, Responder, incident_id=incident.id, user_id=user, joined_at=now, service=service)
    nudging.declared(session, incident, config=config, now=now)
    telling.channel(session, incident, now=now)
    telling.announcement(session, incident, now=now, delay=telling.WAITS_FOR_CHANNEL, first=True)
    set_off(session, incident, Change("declared", incident.severity), entry=entry, config=config, now=now)
    look_up(session, incident, unknown, now=now)
    return incident


async def entered(
    session: AsyncSession,
    said: Declaration,
    *,
    config: Config,
    by: str | None,
    now: datetime,
    earlier: Earlier | None = None,
) -> tuple[Incident, int]:
    """The row of a new incident and the number of its first entry. Nobody is told of it yet."""
    await require(session, config, "declare", by=by, now=now)
    if said.private:
        await require(session, config, "private", by=by, now=now)
    began_at = earlier.began_at if earlier else None
    incident = await insert_row(
        session,
        Incident,
        title=cleaned_title(said.title),
        summary=cleaned(said.summary),
        severity=said.severity.name,
        status="resolved" if earlier else config.active_statuses[0].name,
        service=said.service.name if said.service else None,
        private=said.private,
        drill=said.drill,
        began_at=began_at,
        declared_at=began_at or now,
        declared_by=by or "",
        changed_at=now,
        resolved_at=earlier.over_at if earlier else None,
        retrospective=earlier is not None,
        source=said.source,
        timeline_length=0,
        timeline_head="",
    )
    entry = record(
        session,
        incident,
        "declared",
        now=now,
        by=by,
        occurred_at=began_at,
        title=incident.title,
        severity=incident.severity,
        service=incident.service,
        summary=incident.summary or None,
        private=incident.private or None,
        drill=incident.drill or None,
        retrospective=incident.retrospective or None,
        declared_from=incident.source,  # the entry's own `source` is for the message itself, once it is kept
    )
    if said.type_name is not None:
        fill_type(session, incident, said.type_name, by=by, now=now)
    await fill_fields(session, incident, said.filled, config=config, by=by, now=now)
    add_text(session, INCIDENT, incident_id=incident.id, title=incident.title, body=searched_text(incident))
    if incident.private:
        audit(session, "declared_private", by=by, now=now, incident_id=incident.id)
    return incident, entry
