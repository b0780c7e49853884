"""What an incident is called, as a redaction must find it: its title and summary stand on its row, in the entries that give or
change them, on the timeline of the incident that it was merged into, in its pages and in the name of its channel.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.search_text import INCIDENT, change_text
from bot.core.standing import CHANGES, GONE, MADE_CHANNEL, is_redacted
from bot.core.timeline import TimelineEntry
from bot.incidents import telling
from bot.incidents.field_values import searched_text
from bot.incidents.naming import slug
from bot.incidents.other_cards import refresh_other_cards_soon
from bot.incidents.rows import Incident
from bot.paging.ringing import show
from bot.paging.rows import Page

MERGED_IN = "merged_in"
# By the kind of entry, which of its data is a title or a summary.
NAMING = {
    "declared": ("title", "summary"),
    "title": CHANGES,
    "summary": CHANGES,
    MERGED_IN: ("title",),
}
# Patterns of names differ, and long titles are cut: so much of one is looked for in a channel's name.
OF_A_TITLE = 40


def names_in(entry: TimelineEntry) -> set[tuple[int, str]]:
    """The incidents, by their numbers, whose titles or summaries it says, each with the words."""
    of = entry.data["other"] if entry.kind == MERGED_IN else entry.incident_id
    said = (entry.data.get(name) for name in NAMING.get(entry.kind, ()))
    return {(int(of or 0), str(words)) for words in said if words and words != GONE}


def says_the_same_name(other: TimelineEntry, entry: TimelineEntry) -> bool:
    """Whether another entry says one of them, or that the channel was named so."""
    if other.kind in MADE_CHANNEL:
        return any(
            is_named_so(str(other.data["name"]), words)
            for of, words in names_in(entry)
            if of == other.incident_id
        )
    return bool(names_in(other) & names_in(entry))


def is_named_so(channel: str, title: str) -> bool:
    """Whether a title stands in the name of a channel."""
    part = slug(title)[:OF_A_TITLE].strip("-")
    return bool(part) and part in channel


async def title_was_redacted(session: AsyncSession, incident: Incident) -> bool:
    """Whether a title that it has or had is gone."""
    given = select(TimelineEntry).where(
        TimelineEntry.incident_id == incident.id, TimelineEntry.kind.in_(("declared", "title"))
    )
    return any(is_redacted(entry) for entry in await session.scalars(given))


async def clear_names(
    session: AsyncSession, incidents: Sequence[Incident], entry: TimelineEntry, *, now: datetime
) -> None:
    """Takes what the entry says of these incidents' titles and summaries out of their rows, and has all that shows them follow."""
    for incident in incidents:
        words = {text for number, text in names_in(entry) if number == incident.id}
        if words:
            await _clear(session, incident, words, now=now)


async def _clear(session: AsyncSession, incident: Incident, words: set[str], *, now: datetime) -> None:
    if incident.title in words:
        incident.title = GONE
        telling.topic(session, incident, now=now)
        refresh_other_cards_soon(session, incident, now=now)
    if incident.summary in words:
        incident.summary = ""
    incident.similar = None
    change_text(
        session, INCIDENT, incident_id=incident.id, title=incident.title, body=searched_text(incident)
    )
    pages = select(Page).where(Page.incident_id == incident.id, Page.what.in_(words)).order_by(Page.id)
    for page in await session.scalars(pages.with_for_update()):
        page.what = GONE
        await show(session, page, now=now)
    if any(is_named_so(incident.channel_name or "", title) for title in words):
        telling.renamed(session, incident, now=now)
