"""The cards of others that say how an incident stands: its severity, status, title, channel.

Which these are is asked when the tick has a moment for it: whoever changes the incident does not wait for that.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.db import left_work
from bot.core.viewer import PROGRAM
from bot.incidents import telling
from bot.incidents.queries import locked
from bot.incidents.relations import tied_to
from bot.incidents.rows import Incident
from bot.incidents.similar import open_and_like


def refresh_other_cards_soon(session: AsyncSession, incident: Incident, *, now: datetime) -> None:
    """What they say of it has changed."""
    left_work(session)
    incident.other_cards_at = now


async def refresh_other_cards(session: AsyncSession, number: int, *, now: datetime) -> None:
    """Brings those up to date that are tied to it, or name it as one that was like them."""
    incident = await locked(session, number, PROGRAM)
    if incident.other_cards_at is None or incident.other_cards_at > now:
        return  # another process was first
    incident.other_cards_at = None
    for other in (*await tied_to(session, number), *await open_and_like(session, number)):
        telling.card(session, other, now=now)
