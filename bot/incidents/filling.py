"""What somebody says that an incident is, written down: on its row, on its timeline, and for lists to find it by."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.timeline import record
from bot.incidents.field_values import OF_AN_OPTION, field_of, folded_value, values_of
from bot.incidents.rows import FieldValue, Incident


def fill_type(
    session: AsyncSession, incident: Incident, name: str | None, *, by: str | None, now: datetime
) -> None:
    """Its type, or none."""
    before, incident.type = incident.type, name
    record(session, incident, "type", now=now, by=by, before=before, after=name)


async def fill_fields(
    session: AsyncSession,
    incident: Incident,
    typed: Mapping[str, str],
    *,
    config: Config,
    by: str | None,
    now: datetime,
    rule: str | None = None,
    because: str | None = None,
) -> bool:
    """Keeps what is new; whether anything was. `rule` and `because` tell on the timeline who does
    it where no person does."""
    before = dict(incident.fields or {})
    said = {field_of(config, name).name: words for name, words in typed.items()}
    # What is as before is not read anew: it may be no choice any more.
    kept = {name: (value, value[:OF_AN_OPTION]) for name, value in before.items()}
    new = {name: words for name, words in said.items() if words not in kept.get(name, ())}
    values = values_of(config, {name: words for name, words in new.items() if words.strip()})
    changes: dict[str, dict[str, str | None]] = {
        name: {"label": field_of(config, name).label, "before": before.get(name), "after": values.get(name)}
        for name in new
        if values.get(name) != before.get(name)
    }
    if not changes:
        return False
    after = {**before, **{name: change["after"] for name, change in changes.items()}}
    incident.fields = {name: value for name, value in after.items() if value is not None} or None
    record(session, incident, "fields", now=now, by=by, changes=changes, rule=rule, because=because)
    await session.execute(
        delete(FieldValue).where(FieldValue.incident_id == incident.id, FieldValue.name.in_(changes))
    )
    rows = [
        {"incident_id": incident.id, "name": name, "value": folded_value(change["after"])}
        for name, change in changes.items()
        if change["after"] is not None
    ]
    if rows:  # at once, as the same field may be filled in anew before the commit
        await session.execute(insert(FieldValue), rows)
    return True
