"""A page of the timeline as it stands now."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.timeline import count_of, entries_of
from bot.incidents.rows import Incident
from bot.views import timeline_page
from bot.views.text import Block


async def timeline_screen(
    session: AsyncSession, incident: Incident, config: Config, page: int | None = None
) -> Block:
    """A page of the timeline; the newest when none is named."""
    total = await count_of(session, incident.id)
    last = timeline_page.pages(total) - 1
    page = last if page is None else max(0, min(page, last))
    entries = await entries_of(
        session, incident.id, offset=page * timeline_page.PAGE, limit=timeline_page.PAGE
    )
    return timeline_page.timeline_page(incident, entries, page, total, config)
