"""What still fires when a storm is over: it was held back, and must not be forgotten."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import carrying_out, storms, telling
from bot.alerts.rows import Alert, AlertStorm
from bot.config import Config
from bot.core.timeline import record
from bot.core.viewer import PROGRAM
from bot.incidents.paging import changed, locked_page
from bot.incidents.queries import locked

# Of those whose route lets them ring nobody any more; the others are looked at right after.
AT_ONCE = 50
REASON = "it still fired when the storm was over"


async def ends(session: AsyncSession, row: AlertStorm, *, config: Config, now: datetime) -> None:
    """Nothing was held back for a while: the worst of what still fires goes its way, and all the rest joins that.

    One incident or page, not the budget of every minute until all have had theirs: people look once.
    """
    quiet = await carrying_out.silence(session, row.service or None, config=config, now=now)
    if quiet is not None:
        row.due_at = quiet.until
        return
    row.due_at = None
    row.minute_at, row.pages = now, 0  # it opens something, whatever was opened just now
    found = await storms.held_back_worst_first(session, row, config, limit=AT_ONCE)
    for alert in found:
        event = carrying_out.event_of(alert)
        await carrying_out.carry_out(session, alert, event, config=config, now=now, waited=True)
        if alert.incident_id is not None or alert.page_id is not None:
            await _rest_joins(session, row, alert, now=now)
            break
    else:
        if len(found) == AT_ONCE:
            row.due_at = now
    storms.show_storm(session, row, now=now)


async def _rest_joins(session: AsyncSession, row: AlertStorm, root: Alert, *, now: datetime) -> None:
    await session.flush()
    joined = await storms.join_rest(session, row, root, REASON)
    row.rest, row.incident_id, row.page_id = joined + 1, root.incident_id, root.page_id
    if root.incident_id is not None:
        incident = await locked(session, root.incident_id, PROGRAM)
        record(
            session, incident, "alerts_after_storm", now=now, by=None, count=row.rest, service=root.service
        )
        await telling.told_of(session, incident, now=now)
    elif root.page_id is not None:
        page, record_on = await locked_page(session, root.page_id, PROGRAM)
        record(
            session, record_on, "alerts_after_storm", now=now, by=None, count=row.rest, service=root.service
        )
        await changed(session, page, record_on, now=now)
