"""The whole record of an incident as a file: one source for what Slack is sent and what the command line prints."""

import json
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot.checks.history import around
from bot.config import Config
from bot.core.people import names_of
from bot.core.timeline import entries_of
from bot.core.viewer import Viewer
from bot.incidents.queries import roles_of
from bot.incidents.relations import relations_of
from bot.incidents.rows import Incident
from bot.incidents.task_queries import links_of, tasks_of
from bot.views.record import Record, as_json, as_markdown, people_in
from bot.views.record_html import as_html

FORMS = ("md", "json", "html")


async def record_of(
    session: AsyncSession, incident: Incident, form: str, config: Config, viewer: Viewer
) -> str:
    """In one of FORMS; the viewer was allowed to load the incident."""
    record = await whole(session, incident, config, viewer)
    if form == "json":
        return json.dumps(as_json(record, config), indent=2, ensure_ascii=False) + "\n"
    return as_html(record, config) if form == "html" else as_markdown(record, config)


async def whole(session: AsyncSession, incident: Incident, config: Config, viewer: Viewer) -> Record:
    """All that there is of it."""
    record = Record(
        incident,
        await entries_of(session, incident.id),
        await roles_of(session, incident.id),
        {},
        await around(session, incident, config),
        await tasks_of(session, incident.id),
        await links_of(session, incident.id),
        await relations_of(session, incident, viewer, limit=None),
    )
    return replace(record, names=await names_of(session, people_in(record)))
