"""A redaction of the timeline, with what reviews kept of its words."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.search_text import REVIEW, change_text
from bot.core.standing import GONE
from bot.incidents import amendments
from bot.incidents.amendments import Taken
from bot.incidents.rows import Incident
from bot.reviews import rewording, telling
from bot.reviews.document import lessons
from bot.reviews.queries import kept_document
from bot.reviews.redaction import without
from bot.reviews.rows import Review, ReviewVersion


async def redact(
    session: AsyncSession, number: int, entry: int, *, config: Config, why: str, by: str, now: datetime
) -> Incident:
    """Takes the words of an entry away for good: on each timeline that has them, and in each version that was kept of the
    reviews of these incidents.
    """
    taken = await amendments.redact(session, number, entry, config=config, why=why, by=by, now=now)
    for one in taken:
        await _clear_review(session, one, now=now)
    return taken[0].incident


async def _clear_review(session: AsyncSession, taken: Taken, *, now: datetime) -> None:
    incident = taken.incident
    await rewording.withdraw(session, incident, now=now)
    review = await session.get(Review, incident.id)
    kept = await session.scalars(select(ReviewVersion).where(ReviewVersion.incident_id == incident.id))
    for version in kept:
        left = {key: without(str(text), taken.numbers, taken.texts) for key, text in version.sections.items()}
        if left == version.sections:
            continue
        version.sections = left
        if review is not None and version.number == review.published_version:
            change_text(session, REVIEW, incident_id=incident.id, body=lessons(kept_document(version)))
            telling.published(session, incident, now=now)
    if review is not None and review.published_version is not None and incident.title == GONE:
        telling.published(session, incident, now=now)  # it is named by its incident's title
