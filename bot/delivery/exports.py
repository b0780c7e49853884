"""The timeline as a file in the direct messages of the one who asked for it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.checks.history import around
from bot.core.errors import NotFound
from bot.core.outbox import OutboxItem
from bot.core.people import names_of
from bot.core.timeline import entries_of
from bot.core.viewer import Viewer
from bot.delivery.files import FileSender
from bot.delivery.sender import Later, Stale, key_of
from bot.delivery.slack import Call
from bot.incidents.queries import by_number, roles_of
from bot.views.timeline import as_markdown, people_in


class ExportSender(FileSender):
    """The whole record of an incident."""

    kind = "incident.export"
    what = "sending the exported timeline"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        try:
            incident = await by_number(session, int(item.incident_id or 0), Viewer(item.about["user"]))
        except NotFound:
            return Stale("its reader may not see the incident any more")
        entries = await entries_of(session, incident.id)
        roles = await roles_of(session, incident.id)
        names = await names_of(session, people_in(incident, entries) | set(roles.values()))
        document = as_markdown(
            incident, entries, roles, names, self.config, await around(session, incident, self.config)
        )
        return Call(
            "files.completeUploadExternal",
            {"document": document, "name": f"incident-{incident.id}-{key_of(item)}.md"},
        )

    def title_of(self, item: OutboxItem) -> str:
        return f"Timeline of incident #{item.incident_id}"
