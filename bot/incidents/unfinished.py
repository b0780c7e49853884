"""What is still open, as somebody may see it: for whoever takes over."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.viewer import Viewer
from bot.incidents.queries import open_incidents, visible_to
from bot.incidents.rows import Incident
from bot.paging.rows import Page

# Somebody without an account sees what everybody does; so does a channel.
EVERYBODY = Viewer("")
MOST = 50


@dataclass(frozen=True)
class Unfinished:
    """Open incidents and pages that are not over, the newest first."""

    incidents: Sequence[Incident]
    pages: Sequence[Page]


async def unfinished(session: AsyncSession, viewer: Viewer) -> Unfinished:
    """What this viewer may see of it."""
    visible = select(Incident.id).where(Incident.id == Page.incident_id, visible_to(viewer)).exists()
    alone = and_(Page.incident_id.is_(None), Page.private.is_(False))
    pages = await session.scalars(
        select(Page)
        .where(Page.resolved_at.is_(None), or_(alone, visible))
        .order_by(Page.id.desc())
        .limit(MOST)
    )
    return Unfinished(await open_incidents(session, viewer, limit=MOST), pages.all())
