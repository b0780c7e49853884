"""How severe a thing is that alerts are of: an incident or a page is as severe as the worst of them.

What rises rings again, and so does a new kind of failure of the highest severity, whoever has it.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import queries
from bot.alerts.rows import Alert
from bot.config import Config, Severity
from bot.core.texts import LONGEST_TITLE, one_line
from bot.core.timeline import HasTimeline
from bot.incidents import lifecycle, telling
from bot.incidents.paging import page_by, raise_page
from bot.incidents.rows import Incident
from bot.paging.rows import RINGING, Page


def title_of(alert: Alert) -> str:
    """What an incident or a page that it opens is called."""
    words = one_line(alert.title) or f"Alert of {alert.integration}"
    return words if len(words) <= LONGEST_TITLE else words[: LONGEST_TITLE - 1] + "…"


async def as_severe(
    session: AsyncSession,
    incident: Incident,
    alert: Alert,
    severity: Severity,
    *,
    config: Config,
    now: datetime,
    paged: bool = False,
) -> None:
    """An incident is as severe as the worst of its alerts, of which this one has `severity`; what is new and of the
    highest always pages.
    """
    if config.severity_rank(severity.name) < config.severity_rank(incident.severity):
        text = f"the alert “{alert.title[:200]}” is {severity.name}"
        await lifecycle.set_severity(
            session, incident.id, severity, config=config, by=None, now=now, text=text
        )
        alert.rang_at = now
    elif (
        not paged
        and severity == config.severities[0]
        and not await queries.has_joined_of_kind(session, alert)
    ):
        await page_too(session, incident, alert, severity, config=config, now=now)


async def page_too(
    session: AsyncSession,
    incident: Incident,
    alert: Alert,
    severity: Severity,
    *,
    config: Config,
    now: datetime,
) -> None:
    """One more page of the incident, to whoever answers for the alert's service."""
    service = config.service(alert.service or "")
    page = await page_by(session, incident, severity, service, title_of(alert), config=config, now=now)
    if page is not None:
        alert.rang_at = now
        telling.card(session, incident, now=now)


async def as_urgent(
    session: AsyncSession,
    page: Page,
    record_on: HasTimeline,
    alert: Alert,
    severity: Severity,
    *,
    config: Config,
    now: datetime,
) -> None:
    """A page that belongs to no incident, when one of its alerts is worse, or one more has joined it."""
    if not page.is_open:
        return
    if page.severity is None or config.severity_rank(severity.name) < config.severity_rank(page.severity):
        why = f"“{alert.title[:200]}” is {severity.name}"
    elif (
        severity == config.severities[0]
        and page.state != RINGING
        and not await queries.has_joined_of_kind(session, alert)
    ):
        why = f"another failure of {severity.name}: “{alert.title[:200]}”"
    else:
        return
    alert.rang_at = now
    await raise_page(session, page, severity, why, config=config, record_on=record_on, now=now)
