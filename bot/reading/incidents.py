"""What `tocsin incident` tells: as the operator, who may see everything anyway."""

from typing import Any

from bot.config import Config
from bot.core.db import Database
from bot.core.viewer import PROGRAM
from bot.delivery.record import record_of, whole
from bot.incidents.queries import by_number, open_incidents, recent_incidents
from bot.views.record import as_json, as_markdown, incident_json


async def incidents(db: Database, *, everything: bool, limit: int) -> list[dict[str, Any]]:
    """The open incidents or all, the newest first."""
    async with db.read() as session:
        query = recent_incidents if everything else open_incidents
        return [incident_json(incident) for incident in await query(session, PROGRAM, limit=limit)]


async def incident(db: Database, number: int, config: Config) -> tuple[dict[str, Any], str]:
    """The record as data and as Markdown; raises NotFound."""
    async with db.read() as session:
        found = await by_number(session, number, PROGRAM)
        told = await whole(session, found, config, PROGRAM)
    return as_json(told, config), as_markdown(told, config)


async def record(db: Database, number: int, form: str, config: Config) -> str:
    """The whole record as a file; raises NotFound."""
    async with db.read() as session:
        return await record_of(session, await by_number(session, number, PROGRAM), form, config, PROGRAM)
