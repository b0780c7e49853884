"""Type and custom fields of an incident: what somebody says that it is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config, IncidentType
from bot.core.errors import RuleRefused
from bot.core.search_text import INCIDENT, change_text
from bot.core.viewer import Viewer
from bot.incidents import telling
from bot.incidents.field_values import searched_text
from bot.incidents.filling import fill_fields, fill_type
from bot.incidents.lifecycle import refuse_if_closed
from bot.incidents.queries import locked
from bot.incidents.rows import Incident


async def set_fields(
    session: AsyncSession,
    number: int,
    typed: Mapping[str, str],
    *,
    config: Config,
    by: str | None,
    now: datetime,
    rule: str | None = None,
    because: str | None = None,
) -> Incident:
    """Fills in fields by their names; an empty text empties one. Whichever is as before stays untouched.

    Without `by` a rule does, and `because` tells why.
    """
    incident = await locked(session, number, Viewer(by))
    refuse_if_closed(incident)
    if await _filled(session, incident, typed, config=config, by=by, now=now, rule=rule, because=because):
        telling.changed(session, incident, now=now)
    return incident


async def set_type(
    session: AsyncSession, number: int, wanted: IncidentType | None, *, by: str, now: datetime
) -> Incident:
    """Says what kind of incident it is. What was filled in stays, also where the new type does not have the field."""
    incident = await locked(session, number, Viewer(by))
    refuse_if_closed(incident)
    name = wanted.name if wanted is not None else None
    if incident.type == name:
        raise RuleRefused(f"That is the type of incident #{number} already.")
    fill_type(session, incident, name, by=by, now=now)
    telling.changed(session, incident, now=now)
    return incident


async def classify(
    session: AsyncSession,
    number: int,
    *,
    type_name: str | None,
    typed: Mapping[str, str],
    config: Config,
    by: str,
    now: datetime,
) -> Incident:
    """Type and fields together, as a form has them; whichever is as before stays untouched."""
    incident = await locked(session, number, Viewer(by))
    refuse_if_closed(incident)
    retyped = incident.type != type_name
    if retyped:
        fill_type(session, incident, type_name, by=by, now=now)
    if await _filled(session, incident, typed, config=config, by=by, now=now) or retyped:
        telling.changed(session, incident, now=now)
    return incident


async def _filled(session: AsyncSession, incident: Incident, typed: Mapping[str, str], **said: Any) -> bool:
    """Whether anything was new; then it is found by what is filled in now."""
    if not await fill_fields(session, incident, typed, **said):
        return False
    change_text(
        session, INCIDENT, incident_id=incident.id, title=incident.title, body=searched_text(incident)
    )
    return True
