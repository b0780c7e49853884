"""What there is to read of incidents, for commands and clicks alike: lists, the card, the timeline."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.queries import with_alerts
from bot.config import Config
from bot.core.outbox import Priority, enqueue
from bot.core.timeline import count_of, entries_of
from bot.incidents.paging import situation
from bot.incidents.queries import Situation, count_incidents, open_incidents, recent_incidents
from bot.incidents.rows import Incident
from bot.incidents.similar import with_similar
from bot.reviews.action_queries import with_actions
from bot.runbooks.library import with_runbooks
from bot.runtime import Bot
from bot.views import lists, timeline_page
from bot.views.card import card_for_reader, card_text
from bot.views.text import Block
from handlers.request import Answer, Request, carry_out


async def list_page(bot: Bot, request: Request, *, only_open: bool, page: int) -> Answer:
    """A page of the incidents that this person may see; `page` counts from 0."""
    async with bot.db.read() as session:
        total = await count_incidents(session, request.viewer, only_open=only_open)
        page = min(page, max(0, -(-total // lists.PAGE) - 1))
        query = open_incidents if only_open else recent_incidents
        incidents = await query(session, request.viewer, limit=lists.PAGE, offset=page * lists.PAGE)
    blocks = lists.incident_list(incidents, total, page, only_open=only_open, config=bot.config)
    return Answer(lists.list_text(total, only_open=only_open), tuple(blocks))


async def card_of(session: AsyncSession, incident: Incident, config: Config, *, now: datetime) -> Situation:
    """All that the card shows; the caller may see the incident."""
    around = await situation(session, incident, config=config, now=now)
    around = await with_alerts(session, around)
    around = await with_actions(session, around)
    around = await with_runbooks(session, around, config)
    return await with_similar(session, around)


def card_answer(around: Situation, config: Config) -> Answer:
    """The card for one reader alone."""
    return Answer(card_text(around.incident, config), tuple(card_for_reader(around, config)))


async def send_export(bot: Bot, request: Request, incident: Incident) -> Answer:
    """Has the timeline sent to the reader as a file."""
    async with carry_out(bot, request) as session:
        enqueue(
            session,
            "incident.export",
            now=bot.clock.now(),
            incident_id=incident.id,
            about={"user": request.user_id},
            priority=Priority.ANSWER,
        )
    return Answer(
        f":white_check_mark: The timeline of #{incident.id} comes as a file to your direct messages."
    )


async def timeline_view(
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
