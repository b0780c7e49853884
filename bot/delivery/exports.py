"""The timeline as a file in the direct messages of the one who asked for it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.errors import NotFound
from bot.core.outbox import OutboxItem
from bot.core.viewer import Viewer
from bot.delivery.files import FileSender
from bot.delivery.record import record_of
from bot.delivery.sender import Later, Stale, key_of
from bot.delivery.slack import Call
from bot.incidents.queries import by_number


class ExportSender(FileSender):
    """The whole record of an incident."""

    kind = "incident.export"
    what = "sending the exported timeline"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        try:
            viewer = Viewer(item.about["user"])
            incident = await by_number(session, int(item.incident_id or 0), viewer)
        except NotFound:
            return Stale("its reader may not see the incident any more")
        form = item.about.get("form", "md")
        document = await record_of(session, incident, form, self.config, viewer)
        return Call(
            "files.completeUploadExternal",
            {"document": document, "name": f"incident-{incident.id}-{key_of(item)}.{form}"},
        )

    def title_of(self, item: OutboxItem) -> str:
        return f"Timeline of incident #{item.incident_id}"
