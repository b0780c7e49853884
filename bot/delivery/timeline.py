"""A page of the timeline as it stands now."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.timeline import count_of, entries_of
from bot.incidents.rows import Incident
from bot.views import timeline_page
from bot.views.text import Block


async def timeline_screen(
    session: AsyncSession, incident: Incident, config: Config, start: int | None = None
) -> Block:
    """A full page of the timeline from its entry `start` on; the newest when none is named."""
    total = await count_of(session, incident.id)
    newest = timeline_page.newest(total)
    start = newest if start is None else max(0, min(start, newest))
    entries = await entries_of(session, incident.id, offset=start, limit=timeline_page.PAGE)
    return timeline_page.timeline_page(incident, entries, start, total, config)
