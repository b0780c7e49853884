"""What the command line reads: as the operator, who may see everything anyway."""

from typing import Any

from bot.checks.history import around
from bot.config import Config
from bot.core.db import Database
from bot.core.people import names_of
from bot.core.timeline import entries_of
from bot.core.viewer import PROGRAM
from bot.delivery.record import record_of
from bot.incidents.queries import by_number, open_incidents, recent_incidents, roles_of
from bot.views.timeline import as_json, as_markdown, incident_json, people_in


async def incidents(db: Database, *, everything: bool, limit: int) -> list[dict[str, Any]]:
    """The open incidents or all, the newest first."""
    async with db.read() as session:
        query = recent_incidents if everything else open_incidents
        return [incident_json(incident) for incident in await query(session, PROGRAM, limit=limit)]


async def incident(db: Database, number: int, config: Config) -> tuple[dict[str, Any], str]:
    """The record as data and as Markdown; raises NotFound."""
    async with db.read() as session:
        found = await by_number(session, number, PROGRAM)
        entries = await entries_of(session, found.id)
        roles = await roles_of(session, found.id)
        names = await names_of(session, people_in(found, entries) | set(roles.values()))
        checks = await around(session, found, config)
    return as_json(found, entries, roles, names, checks), as_markdown(
        found, entries, roles, names, config, checks
    )


async def record(db: Database, number: int, form: str, config: Config) -> str:
    """The whole record as a file; raises NotFound."""
    async with db.read() as session:
        return await record_of(session, await by_number(session, number, PROGRAM), form, config)
