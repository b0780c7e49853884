"""The end of an alert, and what follows for its incident, its page or its message."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import queries
from bot.alerts.carrying_out import named, show_message, show_storm, told_of
from bot.alerts.rows import RESOLVED, Alert
from bot.config import Config
from bot.core.timeline import record
from bot.core.viewer import PROGRAM
from bot.incidents import lifecycle, telling
from bot.incidents.paging import changed, locked_page
from bot.incidents.queries import locked
from bot.paging import pages


async def end(session: AsyncSession, alert: Alert, *, config: Config, now: datetime) -> None:
    """It is over, also in a maintenance window."""
    alert.state, alert.resolved_at, alert.due_at = RESOLVED, now, None
    await session.flush()
    if alert.incident_id is not None:
        await _of_incident(session, alert, config=config, now=now)
    elif alert.page_id is not None:
        await _of_page(session, alert, now=now)
    elif alert.outcome == "message":
        await show_message(session, alert, now=now)
    elif alert.outcome == "held_back":
        row = await queries.storm_of(session, alert.service)
        if row is not None:
            show_storm(session, row, now=now)


async def _of_incident(session: AsyncSession, alert: Alert, *, config: Config, now: datetime) -> None:
    incident = await locked(session, alert.incident_id or 0, PROGRAM)
    record(session, incident, "alert_resolved", now=now, by=None, count=alert.count, **named(alert))
    counts = await queries.counts_of(session, incident.id)
    count = sum(counts.values())
    if not incident.is_open or counts.get(RESOLVED, 0) < count:
        await told_of(session, incident, now=now)
        return
    if await _resolves(session, incident.id, config):
        text = "All alerts are resolved." if count > 1 else "Its alert is resolved."
        await lifecycle.resolve(session, incident.id, config=config, by=None, now=now, text=text)
        return
    entry = record(session, incident, "alerts_over", now=now, by=None, count=count)
    telling.post(session, incident, entry_number=entry, now=now)
    telling.card(session, incident, now=now)


async def _resolves(session: AsyncSession, incident_id: int, config: Config) -> bool:
    """Whether the route of the alert that opened the incident says that it ends with its alerts. What a person
    declared ends when a person says so.
    """
    opened = next(
        (one for one in await queries.alerts_of(session, incident_id) if one.outcome == "incident"), None
    )
    if opened is None:
        return False
    return any(one.name == opened.route and one.resolve for one in config.routes)


async def _of_page(session: AsyncSession, alert: Alert, *, now: datetime) -> None:
    page, record_on = await locked_page(session, alert.page_id or 0, PROGRAM)
    record(session, record_on, "alert_resolved", now=now, by=None, count=alert.count, **named(alert))
    if page.is_open and not await queries.open_of_page(session, page.id):
        await pages.resolve(
            session, page, record_on=record_on, by=None, now=now, reason="all its alerts are resolved"
        )
    await changed(session, page, record_on, now=now)
