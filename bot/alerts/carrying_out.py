"""Carrying out what a route says of an alert: an incident, a page, a message, the backlog, or nothing.

Every way leads to a row that says where the alert went and why.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import backlog, grouping, maintenance, queries, storm, storms, telling, windows
from bot.alerts.event import OWN_CHECKS, Event, event_from
from bot.alerts.grouping import Joins
from bot.alerts.routing import Routed, route
from bot.alerts.rows import Alert
from bot.alerts.severities import as_severe, as_urgent, page_too, title_of
from bot.config import Config, Severity
from bot.core.db import insert_new, is_new
from bot.core.texts import LONGEST_TEXT
from bot.core.timeline import record
from bot.core.viewer import PROGRAM
from bot.incidents import telling as incident_telling
from bot.incidents.declaring import Declaration, declare
from bot.incidents.paging import changed, locked_page
from bot.incidents.queries import locked
from bot.incidents.rows import Incident
from bot.paging import pages
from bot.paging.hours import office_hours
from bot.paging.queries import open_pages_of
from bot.paging.urgency import Start, start_of

RINGS = ("incident", "page")


async def carry_out(
    session: AsyncSession, alert: Alert, event: Event, *, config: Config, now: datetime, waited: bool = False
) -> None:
    """Routes an alert that belongs to nothing yet and does what its route says. `waited`: the wait that its route asks
    for is over. One that is new is inserted on the way, once all is known that its row says.
    """
    routed = route(event, config.integration(alert.integration), config, now, name=alert.integration)
    service = routed.service.name if routed.service is not None else None
    told_in = (alert.root_id or alert.id, alert.group or "") if alert.outcome == "message" else None
    if told_in is not None and routed.to != "message":
        alert.root_id = None
    alert.service, alert.severity, alert.route = service, routed.severity.name, routed.route
    alert.group, alert.reason = routed.group, routed.reason
    alert.kind = storm.fingerprint(alert.title, alert.labels)
    was_silenced = alert.outcome == "silenced"
    alert.due_at = None
    quiet = (
        await silence(session, service, config=config, now=now) if routed.to in (*RINGS, "message") else None
    )
    if quiet is not None:
        if quiet.number is not None and not was_silenced:
            await windows.count_silenced(session, quiet.number, now=now)
        alert.outcome, alert.due_at = "silenced", quiet.until
        alert.reason = f"{quiet.reason}; {routed.reason}"[:300]
    elif routed.wait is not None and not waited:
        alert.outcome, alert.due_at = "waiting", now + routed.wait
    elif routed.to == "incident":
        await _incident(session, alert, event, routed, config=config, now=now)
    elif routed.to == "page":
        await _page(session, alert, routed, config=config, now=now)
    elif routed.to == "message":
        await _message(session, alert, routed, now=now)
    elif routed.to == "backlog":
        alert.outcome = "backlog"
        await _stored(session, alert)
        await backlog.item_for(
            session, alert, title=title_of(alert), description=_summary(alert, event), now=now
        )
    else:
        alert.outcome = routed.to
    await _stored(session, alert)
    if told_in is not None and routed.to != "message":
        await _leaves_message(session, alert, *told_in, now=now)
    elif told_in is not None and alert.outcome != "message":
        await telling.show_message(session, alert, now=now)  # it says what has become of it


async def _stored(session: AsyncSession, alert: Alert) -> None:
    """From here on it has its number."""
    if is_new(alert):
        await insert_new(session, alert)


async def worsen(session: AsyncSession, alert: Alert, event: Event, *, config: Config, now: datetime) -> None:
    """It is worse than when it came: what rings for it becomes as severe, and rings again; else it is routed anew."""
    if alert.incident_id is None and alert.page_id is None:
        rings_at = alert.due_at
        await carry_out(session, alert, event, config=config, now=now)
        if alert.outcome == "waiting" and rings_at is not None and alert.due_at is not None:
            alert.due_at = min(alert.due_at, rings_at)
        return
    routed = route(event, config.integration(alert.integration), config, now, name=alert.integration)
    alert.severity, alert.kind = routed.severity.name, storm.fingerprint(alert.title, alert.labels)
    if alert.incident_id is not None:
        incident = await locked(session, alert.incident_id, PROGRAM)
        if incident.is_open:
            await as_severe(session, incident, alert, routed.severity, config=config, now=now)
    elif not await _becomes_incident(session, alert, event, routed, config=config, now=now):
        page, record_on = await locked_page(session, alert.page_id or 0, PROGRAM)
        await as_urgent(session, page, record_on, alert, routed.severity, config=config, now=now)


async def _becomes_incident(
    session: AsyncSession, alert: Alert, event: Event, routed: Routed, *, config: Config, now: datetime
) -> bool:
    """Whether an alert that has a page goes to an incident, now that it is worse. The page ends where the incident's own
    follows it, unless other alerts have it, too.
    """
    is_silent = await silence(session, alert.service, config=config, now=now) is not None
    pages_somebody = start_of(routed.severity, now, office_hours(config)).at is not None
    if routed.to != "incident" or is_silent or not pages_somebody:
        return False
    page_id = alert.page_id or 0
    kept = {name: getattr(alert, name) for name in ("outcome", "route", "reason", "group", "root_id")}
    alert.route, alert.group, alert.reason, alert.root_id = routed.route, routed.group, routed.reason, None
    await _incident(session, alert, event, routed, config=config, now=now)
    if alert.incident_id is None:  # the brake holds it back: its page goes on
        for name, value in kept.items():
            setattr(alert, name, value)
        return False
    alert.page_id = None
    await session.flush()
    page, record_on = await locked_page(session, page_id, PROGRAM)
    if (
        page.is_open
        and await open_pages_of(session, alert.incident_id)
        and not await queries.open_of_page(session, page.id)
    ):
        reason = f"its alert is worse, and has become incident #{alert.incident_id}"
        await pages.resolve(session, page, record_on=record_on, by=None, now=now, reason=reason)
    await changed(session, page, record_on, now=now)
    return True


async def silence(
    session: AsyncSession, service: str | None, *, config: Config, now: datetime
) -> maintenance.Silence | None:
    """The maintenance that keeps new alerts of a service from ringing."""
    # Read for each, not once for a batch: one that was just ended must silence nothing more.
    planned = (*maintenance.plans(config), *await windows.running(session, now=now))
    return maintenance.silence(planned, service, now)


def named(alert: Alert) -> dict[str, Any]:
    """What a timeline entry says of an alert."""
    return {
        "alert": alert.id,
        "title": alert.title[:300],
        "integration": alert.integration,
        "service": alert.service,
        "level": alert.level,
        **(_seen(alert) if alert.integration == OWN_CHECKS else {}),
    }


def _seen(alert: Alert) -> dict[str, str]:
    """What a check of app.yaml expected, and what it saw."""
    return {key: str(alert.details[key])[:300] for key in ("expected", "seen") if alert.details.get(key)}


def event_of(alert: Alert) -> Event:
    """What its tool said, as far as it counts for the alert's way."""
    said = {"action": "trigger", "key": alert.key, "title": alert.title, "level": alert.level}
    return event_from(
        said
        | {"source": alert.source, "service": alert.service, "labels": alert.labels, "links": alert.links}
    )


# -- incidents ------------------------------------------------------------------------------------------------


async def _incident(
    session: AsyncSession, alert: Alert, event: Event, routed: Routed, *, config: Config, now: datetime
) -> None:
    joins = await _joined(session, alert, routed, config=config, now=now)
    if joins is not None:
        incident = await locked(session, joins.incident_id, PROGRAM)
        if incident.is_open:
            await _join(session, incident, alert, joins, routed.severity, config=config, now=now)
            return
    if await storms.may_open(session, alert, config=config, now=now):
        await _declare(session, alert, event, routed, config=config, now=now)


async def _joined(
    session: AsyncSession, alert: Alert, routed: Routed, *, config: Config, now: datetime
) -> Joins | None:
    of_group = await queries.incident_of_group(session, routed.group)
    found = grouping.joins(routed.group, alert.service, of_group, config, now, within=routed.within)
    if found is not None:  # in a storm, nearly always
        return found
    around = await queries.incidents_around(
        session, alert.service, config, joins_declared=routed.joins_declared
    )
    return grouping.joins(routed.group, alert.service, around, config, now, within=routed.within)


async def _declare(
    session: AsyncSession, alert: Alert, event: Event, routed: Routed, *, config: Config, now: datetime
) -> None:
    said = Declaration(
        title=title_of(alert),
        severity=routed.severity,
        service=routed.service,
        summary=_summary(alert, event),
    )
    incident = await declare(session, said, config=config, by=None, now=now)
    alert.outcome, alert.incident_id, alert.rang_at = "incident", incident.id, now
    await _stored(session, alert)
    record(session, incident, "alert", now=now, by=None, reason=alert.reason, **named(alert))


def _summary(alert: Alert, event: Event) -> str:
    if alert.integration == OWN_CHECKS and (found := _seen(alert)):  # its labels tell no more
        return "\n".join(f"{name.capitalize()}: {words}" for name, words in found.items())
    said = [f"Source: {alert.source}"] if alert.source else []
    said += [f"{name}: {value}" for name, value in sorted(event.labels.items())[:20]]
    said += [link.href for link in event.links[:3] if link.href]
    return "\n".join(said)[:LONGEST_TEXT]


async def _join(
    session: AsyncSession,
    incident: Incident,
    alert: Alert,
    joins: Joins,
    severity: Severity,
    *,
    config: Config,
    now: datetime,
) -> None:
    alert.incident_id, alert.reason = incident.id, f"{joins.reason}; {alert.reason}"[:300]
    paged = False
    if joins.role == "root":
        paged = await _becomes_root(session, incident, alert, severity, config=config, now=now)
    else:
        alert.outcome = "symptom" if joins.role == "symptom" else "joined"
        alert.root_id = joins.root_id
        await _stored(session, alert)
        record(session, incident, "alert", now=now, by=None, reason=alert.reason, **named(alert))
    await as_severe(session, incident, alert, severity, config=config, now=now, paged=paged)
    await telling.told_of(session, incident, now=now)


async def _becomes_root(
    session: AsyncSession,
    incident: Incident,
    alert: Alert,
    severity: Severity,
    *,
    config: Config,
    now: datetime,
) -> bool:
    """What was declared were its symptoms: the incident is of this alert's service from now on. Whether its people were
    paged, where others answered for the symptoms.
    """
    before = config.service(incident.service) if incident.service else None
    service = config.service(alert.service) if alert.service else None
    alert.outcome = "incident"
    await _stored(session, alert)
    record(
        session,
        incident,
        "alert_root",
        now=now,
        by=None,
        before=incident.service,
        reason=alert.reason,
        **named(alert),
    )
    incident.service = alert.service
    await session.execute(
        update(Alert)
        .where(Alert.incident_id == incident.id, Alert.id != alert.id)
        .values(outcome="symptom", root_id=alert.id)
        .execution_options(synchronize_session=False)
    )
    incident_telling.changed(session, incident, now=now)
    if config.policy_for(service) == config.policy_for(before):
        return False
    await page_too(session, incident, alert, severity, config=config, now=now)
    return True


# -- pages ----------------------------------------------------------------------------------------------------


async def _page(
    session: AsyncSession, alert: Alert, routed: Routed, *, config: Config, now: datetime
) -> None:
    last = await queries.last_of_group(session, routed.group)
    if last is not None and last.page_id is not None and now - last.last_at <= routed.within:
        page, record_on = await locked_page(session, last.page_id, PROGRAM)
        if page.is_open:
            alert.outcome, alert.page_id, alert.root_id = "joined", page.id, last.root_id or last.id
            alert.reason = f"joins page #{page.id} of its group; {routed.reason}"[:300]
            await _stored(session, alert)
            record(session, record_on, "alert", now=now, by=None, reason=alert.reason, **named(alert))
            await as_urgent(session, page, record_on, alert, routed.severity, config=config, now=now)
            await changed(session, page, record_on, now=now)
            return
    policy = config.policy_for(routed.service)
    if policy is None:
        alert.reason = f"app.yaml has no escalation policy; {routed.reason}"[:300]
        alert.outcome = "message"
        await _stored(session, alert)
        await telling.show_message(session, alert, now=now)
        return
    if not await storms.may_open(session, alert, config=config, now=now):
        return
    start = start_of(routed.severity, now, office_hours(config))
    page = await pages.open_page(
        session,
        config=config,
        what=title_of(alert),
        policy=policy.name,
        # Its route asks for a page: one of a severity that pages nobody rings at once.
        start=start if start.at is not None else Start(now, routed.reason),
        by=None,
        now=now,
        severity=routed.severity,
        service=routed.service,
    )
    alert.outcome, alert.page_id, alert.rang_at = "page", page.id, now
    await _stored(session, alert)
    record(session, page, "alert", now=now, by=None, reason=alert.reason, **named(alert))


# -- messages -------------------------------------------------------------------------------------------------


async def _message(session: AsyncSession, alert: Alert, routed: Routed, *, now: datetime) -> None:
    """The first of a group has the message; the later ones are counted in it."""
    if alert.outcome != "message":
        first = await queries.open_message_of(session, routed.group)
        alert.outcome = "message"
        if first is not None and first.id != alert.id:
            alert.root_id = first.root_id or first.id
        await _stored(session, alert)
    await telling.show_message(session, alert, now=now)


async def _leaves_message(
    session: AsyncSession, alert: Alert, root_id: int, group: str, *, now: datetime
) -> None:
    """The message goes on with the others that it tells of. One of this alert alone says what has become of it."""
    if root_id == alert.id:
        root_id = await queries.hand_message_on(session, alert, group) or alert.id
    await telling.show_message(session, alert, root_id, now=now)
