"""What must be told of alerts: the intents that their verbs leave in the outbox. The more there are, the rarer."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import queries, storm
from bot.alerts.rows import Alert
from bot.core.outbox import enqueue, is_noted
from bot.incidents.rows import Incident
from bot.paging.ringing import show
from bot.paging.rows import Page


async def told_of(session: AsyncSession, incident: Incident, *, now: datetime) -> None:
    """Has the card and its thread tell of the alerts that came, or ended, since: the more, the rarer."""
    if is_noted(session, _thread(incident.id), by=now + storm.LONGEST_REFRESH):
        return  # by one of fewer, so not to leave later
    count = sum((await queries.counts_of(session, incident.id)).values())
    enqueue(
        session,
        "incident.alerts",
        now=now,
        incident_id=incident.id,
        fold=_thread(incident.id),
        delay=storm.refresh_after(count),
    )


def _thread(incident_id: int) -> str:
    return f"alerts:{incident_id}"


async def show_repeat(session: AsyncSession, alert: Alert, *, now: datetime) -> None:
    """Has the message, the card or the page of an alert that came again show what it says now. A card and a page do so
    a minute later: a tool that repeats itself all the time leaves Slack room for what is new.
    """
    delay = storm.repeat_after(alert.count)
    if alert.outcome == "message":
        await show_message(session, alert, now=now)
    elif alert.incident_id is not None:
        fold = _thread(alert.incident_id)
        if not is_noted(session, fold, by=now + delay):
            enqueue(
                session, "incident.alerts", now=now, incident_id=alert.incident_id, fold=fold, delay=delay
            )
    elif alert.page_id is not None:
        page = await session.get(Page, alert.page_id)
        if page is not None and page.is_open:
            await show(session, page, now=now, delay=delay)


async def show_own_message(
    session: AsyncSession, alert: Alert, incident: Incident | None = None, *, now: datetime
) -> None:
    """The same where an alert that is more than a message now had one of its own, not in its incident's channel."""
    if alert.message_ts is not None and (incident is None or alert.channel_id != incident.channel_id):
        await show_message(session, alert, alert.id, now=now)


async def show_message(
    session: AsyncSession, alert: Alert, root_id: int | None = None, *, now: datetime
) -> None:
    """Has the message that tells of an alert, which is of `root_id` or of its root, brought up to date."""
    root = root_id or alert.root_id or alert.id
    if is_noted(session, f"alert:{root}"):
        return  # by one of fewer, so not to leave later
    count = await queries.open_in_group(session, alert.group or "", at_most=51)
    enqueue(
        session,
        "alert.message",
        now=now,
        about={"alert": root},
        fold=f"alert:{root}",
        delay=storm.refresh_after(max(count, alert.count)),
    )
