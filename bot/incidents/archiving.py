"""An incident's channel is archived some time after its close, and is opened again when the incident is."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.outbox import hasten, retry_now
from bot.core.timeline import record
from bot.core.viewer import PROGRAM
from bot.incidents import telling
from bot.incidents.queries import locked


async def archive(session: AsyncSession, number: int, *, now: datetime) -> None:
    """Its time has come, unless it was reopened or somebody was faster."""
    incident = await locked(session, number, PROGRAM)
    if incident.archive_at is None or incident.archive_at > now:
        return
    incident.archive_at = None
    if incident.is_closed and incident.channel_id is not None and incident.archived_at is None:
        telling.archive(session, incident, now=now)


async def was_archived(session: AsyncSession, number: int, *, by: str | None, now: datetime) -> None:
    """Slack says that the channel is archived, by Tocsin or by a person: nothing is said in it any more."""
    incident = await locked(session, number, PROGRAM)
    if incident.archived_at is not None:
        return
    incident.archived_at, incident.archive_at = now, None
    record(session, incident, "archived", now=now, by=by)


async def was_unarchived(session: AsyncSession, number: int, *, by: str | None, now: datetime) -> None:
    """The channel is open again: what waited for that is said, and what it shows is brought up to date."""
    incident = await locked(session, number, PROGRAM)
    if incident.archived_at is None:
        return
    incident.archived_at = None
    record(session, incident, "unarchived", now=now, by=by)
    telling.card(session, incident, now=now)
    telling.topic(session, incident, now=now)
    telling.invitations(session, incident, now=now)
    await hasten(session, incident.id, ("incident.post",), now=now)
    await retry_now(session, incident.id, now=now)
