"""What there is to read of incidents, for commands and clicks alike: the card, the export."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.queries import with_alerts
from bot.config import Config
from bot.core.audit import audit
from bot.core.outbox import Priority, enqueue
from bot.core.viewer import Viewer
from bot.incidents.paging import situation
from bot.incidents.queries import Situation
from bot.incidents.relations import EVERYBODY, with_relations
from bot.incidents.rows import Incident
from bot.incidents.similar import with_similar
from bot.incidents.task_queries import with_tasks
from bot.reviews.action_queries import with_actions
from bot.runbooks.library import with_runbooks
from bot.runtime import Bot
from bot.views.card import card_for_reader, card_text
from handlers.request import Answer, Request, carry_out


async def card_of(
    session: AsyncSession, incident: Incident, config: Config, *, now: datetime, viewer: Viewer = EVERYBODY
) -> Situation:
    """All that the card shows; the caller may see the incident, and `viewer` what belongs to it."""
    around = await situation(session, incident, config=config, now=now)
    around = await with_alerts(session, around)
    around = await with_actions(session, around)
    around = await with_runbooks(session, around, config)
    around = await with_relations(session, around, viewer)
    around = await with_tasks(session, around)
    return await with_similar(session, around)


def card_answer(around: Situation, config: Config) -> Answer:
    """The card for one reader alone."""
    return Answer(card_text(around.incident, config), tuple(card_for_reader(around, config)))


async def send_export(bot: Bot, request: Request, incident: Incident, form: str = "md") -> Answer:
    """Has the record sent to the reader as a file, in one of FORMS."""
    now, by = bot.clock.now(), request.user_id
    async with carry_out(bot, request) as session:
        enqueue(
            session,
            "incident.export",
            now=now,
            incident_id=incident.id,
            about={"user": by, "form": form},
            priority=Priority.ANSWER,
        )
        audit(session, "exported", by=by, now=now, incident_id=incident.id, form=form)
    return Answer(
        f":white_check_mark: The timeline of #{incident.id} comes as a file to your direct messages."
    )
