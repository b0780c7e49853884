"""The whole record of an incident as a file: one source for what Slack is sent and what the command line prints."""

import json

from sqlalchemy.ext.asyncio import AsyncSession

from bot.checks.history import around
from bot.config import Config
from bot.core.people import names_of
from bot.core.timeline import entries_of
from bot.incidents.queries import roles_of
from bot.incidents.rows import Incident
from bot.views.timeline import as_json, as_markdown, people_in
from bot.views.timeline_html import as_html

FORMS = ("md", "json", "html")


async def record_of(session: AsyncSession, incident: Incident, form: str, config: Config) -> str:
    """In one of FORMS; the caller was allowed to load the incident."""
    entries = await entries_of(session, incident.id)
    roles = await roles_of(session, incident.id)
    names = await names_of(session, people_in(incident, entries) | set(roles.values()))
    checks = await around(session, incident, config)
    if form == "json":
        data = as_json(incident, entries, roles, names, checks)
        return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    write = as_html if form == "html" else as_markdown
    return write(incident, entries, roles, names, config, checks)
