"""Type and custom fields of an incident: what somebody says that it is."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config, IncidentType
from bot.core.db import note_row
from bot.core.errors import RuleRefused, UserError
from bot.core.timeline import record
from bot.core.viewer import Viewer
from bot.incidents import telling
from bot.incidents.field_values import folded_value, value_of
from bot.incidents.lifecycle import refuse_if_closed
from bot.incidents.queries import locked
from bot.incidents.rows import FieldValue, Incident


async def set_fields(
    session: AsyncSession,
    number: int,
    typed: Mapping[str, str],
    *,
    config: Config,
    by: str,
    now: datetime,
) -> Incident:
    """Fills in fields by their names; an empty text empties one. Whichever is as before stays untouched."""
    incident = await locked(session, number, Viewer(by))
    refuse_if_closed(incident)
    if await _changed(session, incident, typed, config=config, by=by, now=now):
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
    _typed(session, incident, name, by=by, now=now)
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
        _typed(session, incident, type_name, by=by, now=now)
    if await _changed(session, incident, typed, config=config, by=by, now=now) or retyped:
        telling.changed(session, incident, now=now)
    return incident


async def classified_at_declaration(
    session: AsyncSession,
    incident: Incident,
    *,
    type_name: str | None,
    filled: Mapping[str, str],
    config: Config,
    by: str,
    now: datetime,
) -> None:
    """The same for one that is declared just now, in the same transaction; `filled` was checked before."""
    if type_name is not None:
        _typed(session, incident, type_name, by=by, now=now)
    await _changed(session, incident, filled, config=config, by=by, now=now)


def _typed(session: AsyncSession, incident: Incident, name: str | None, *, by: str, now: datetime) -> None:
    before, incident.type = incident.type, name
    record(session, incident, "type", now=now, by=by, before=before, after=name)


async def _changed(
    session: AsyncSession,
    incident: Incident,
    typed: Mapping[str, str],
    *,
    config: Config,
    by: str,
    now: datetime,
) -> bool:
    """Keeps what is new, in the row, on the timeline and for lists; whether anything was."""
    before = dict(incident.fields or {})
    changes: dict[str, dict[str, str | None]] = {}
    for name, words in typed.items():
        field = config.field(name)
        if field is None:
            raise UserError(
                f"There is no field “{name[:60]}” any more.", "`/incident field` shows those that there are."
            )
        if words == before.get(field.name):  # also what is no choice any more
            continue
        value = value_of(field, words) if words.strip() else None
        if value != before.get(field.name):
            changes[field.name] = {"label": field.label, "before": before.get(field.name), "after": value}
    if not changes:
        return False
    after = {**before, **{name: change["after"] for name, change in changes.items()}}
    incident.fields = {name: value for name, value in after.items() if value is not None} or None
    record(session, incident, "fields", now=now, by=by, changes=changes)
    await session.execute(
        delete(FieldValue).where(FieldValue.incident_id == incident.id, FieldValue.name.in_(changes))
    )
    for name, change in changes.items():
        if (value := change["after"]) is not None:
            note_row(session, FieldValue, incident_id=incident.id, name=name, value=folded_value(value))
    return True
