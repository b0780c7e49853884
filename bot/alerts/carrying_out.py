"""Carrying out what a route says of an alert: an incident, a page, a message, the backlog, or nothing.

Every way leads to a row that says where the alert went and why.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import backlog, grouping, maintenance, queries, storm
from bot.alerts.event import Event
from bot.alerts.grouping import Joins, dependents
from bot.alerts.routing import Routed, route, service_of
from bot.alerts.rows import Alert, AlertStorm
from bot.config import Config, Integration
from bot.core.db import insert_row
from bot.core.outbox import Priority, enqueue
from bot.core.timeline import HasTimeline, record
from bot.core.viewer import PROGRAM
from bot.incidents import lifecycle, telling
from bot.incidents.answering import answering_for, look_up
from bot.incidents.paging import changed, locked_page
from bot.incidents.queries import locked
from bot.incidents.rows import Incident
from bot.paging import pages
from bot.paging.hours import office_hours
from bot.paging.rows import Page
from bot.paging.urgency import Start, start_of

RINGS = ("incident", "page")
LONGEST_TITLE = 200


async def carry_out(
    session: AsyncSession, alert: Alert, event: Event, *, config: Config, now: datetime, waited: bool = False
) -> None:
    """Routes an alert and does what its route says. `waited`: the wait that its route asks for is over."""
    routed = route(event, config.integration(alert.integration), config, now, name=alert.integration)
    service = routed.service.name if routed.service is not None else None
    alert.service, alert.severity, alert.route = service, routed.severity.name, routed.route
    alert.group, alert.reason = routed.group, routed.reason
    was_told, alert.due_at = alert.outcome == "message", None
    quiet = maintenance.silence(config, service, now)
    if quiet is not None and routed.to in (*RINGS, "message") and alert.incident_id is None:
        alert.outcome, alert.due_at = "silenced", quiet.until
        alert.reason = f"{quiet.reason}; {routed.reason}"[:300]
    elif routed.wait is not None and not waited and alert.incident_id is None:
        alert.outcome, alert.due_at = "waiting", now + routed.wait
    elif routed.to == "incident":
        await _incident(session, alert, event, routed, config=config, now=now)
    elif routed.to == "page":
        await _page(session, alert, routed, config=config, now=now)
    elif routed.to == "message":
        await _message(session, alert, routed, now=now)
    elif routed.to == "backlog":
        alert.outcome = "backlog"
        await backlog.item_for(
            session, alert, title=_title(alert), description=_summary(alert, event), now=now
        )
    else:
        alert.outcome = routed.to
    if was_told and alert.outcome != "message":
        await show_message(session, alert, now=now)  # it says what has become of it


def named(alert: Alert) -> dict[str, Any]:
    """What a timeline entry says of an alert."""
    return {
        "alert": alert.id,
        "title": alert.title[:300],
        "integration": alert.integration,
        "service": alert.service,
        "level": alert.level,
    }


def service_name(event: Event, integration: Integration | None, config: Config) -> str | None:
    found = service_of(event, integration, config)
    return found.name if found is not None else None


def standing_on(config: Config, service: str) -> frozenset[str]:
    """The services that cannot work without this one."""
    return dependents(config, service)


# -- incidents ------------------------------------------------------------------------------------------------


async def _incident(
    session: AsyncSession, alert: Alert, event: Event, routed: Routed, *, config: Config, now: datetime
) -> None:
    if alert.incident_id is not None:  # it is worse than when it came
        incident = await locked(session, alert.incident_id, PROGRAM)
        if incident.is_open:
            await _as_severe(session, incident, alert, config=config, now=now)
        return
    found = await queries.candidates(session, routed.group, alert.service, config)
    joins = grouping.joins(routed.group, alert.service, found, config, now, within=routed.within)
    if joins is not None:
        incident = await locked(session, joins.incident_id, PROGRAM)
        if incident.is_open:
            await _join(session, incident, alert, joins, config=config, now=now)
            return
    if await _may_open(session, alert, config=config, now=now):
        await _declare(session, alert, event, routed, config=config, now=now)


async def _declare(
    session: AsyncSession, alert: Alert, event: Event, routed: Routed, *, config: Config, now: datetime
) -> None:
    known, unknown = await answering_for(session, config, routed.service)
    incident = await lifecycle.declare(
        session,
        config=config,
        title=_title(alert),
        severity=routed.severity,
        status=config.active_statuses[0],
        by=None,
        now=now,
        service=routed.service,
        summary=_summary(alert, event),
        responders=known,
    )
    look_up(session, incident, unknown, now=now)
    alert.outcome, alert.incident_id, alert.rang_at = "incident", incident.id, now
    record(session, incident, "alert", now=now, by=None, reason=alert.reason, **named(alert))


def _title(alert: Alert) -> str:
    words = " ".join(alert.title.replace("\x00", "").split()) or f"Alert of {alert.integration}"
    return words if len(words) <= LONGEST_TITLE else words[: LONGEST_TITLE - 1] + "…"


def _summary(alert: Alert, event: Event) -> str:
    said = [f"Source: {alert.source}"] if alert.source else []
    said += [f"{name}: {value}" for name, value in sorted(event.labels.items())[:20]]
    said += [link.href for link in event.links[:3] if link.href]
    return "\n".join(said)[: lifecycle.LONGEST_TEXT]


async def _join(
    session: AsyncSession, incident: Incident, alert: Alert, joins: Joins, *, config: Config, now: datetime
) -> None:
    alert.incident_id, alert.reason = incident.id, f"{joins.reason}; {alert.reason}"[:300]
    paged = False
    if joins.role == "root":
        paged = await _becomes_root(session, incident, alert, config=config, now=now)
    else:
        alert.outcome = "symptom" if joins.role == "symptom" else "joined"
        alert.root_id = joins.root_id
        record(session, incident, "alert", now=now, by=None, reason=alert.reason, **named(alert))
    await _as_severe(session, incident, alert, config=config, now=now, paged=paged)
    await told_of(session, incident, now=now)


async def _becomes_root(
    session: AsyncSession, incident: Incident, alert: Alert, *, config: Config, now: datetime
) -> bool:
    """What was declared were its symptoms: the incident is of this alert's service from now on. Whether its people were
    paged, where others answered for the symptoms.
    """
    before = config.service(incident.service) if incident.service else None
    service = config.service(alert.service) if alert.service else None
    alert.outcome = "incident"
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
    telling.changed(session, incident, now=now)
    if config.policy_for(service) == config.policy_for(before):
        return False
    await _page_too(session, incident, alert, config=config, now=now)
    return True


async def _as_severe(
    session: AsyncSession,
    incident: Incident,
    alert: Alert,
    *,
    config: Config,
    now: datetime,
    paged: bool = False,
) -> None:
    """An incident is as severe as the worst of its alerts, and what is new and of the highest severity always pages."""
    severity = config.severity(alert.severity or "")
    if severity is None:
        return
    if config.severity_rank(severity.name) < config.severity_rank(incident.severity):
        text = f"the alert “{alert.title[:200]}” is {severity.name}"
        await lifecycle.set_severity(
            session, incident.id, severity, config=config, by=None, now=now, text=text
        )
        alert.rang_at = now
    elif not paged and severity == config.severities[0] and await _is_new_kind(session, incident, alert):
        await _page_too(session, incident, alert, config=config, now=now)


async def _is_new_kind(session: AsyncSession, incident: Incident, alert: Alert) -> bool:
    """Whether no other alert of the incident is of this severity, service and kind."""
    own = storm.fingerprint(alert.title, alert.labels)
    return not any(
        one.id != alert.id
        and one.service == alert.service
        and one.severity == alert.severity
        and storm.fingerprint(one.title, one.labels) == own
        for one in await queries.alerts_of(session, incident.id)
    )


async def _page_too(
    session: AsyncSession, incident: Incident, alert: Alert, *, config: Config, now: datetime
) -> None:
    """One more page of the incident, to whoever answers for the alert's service."""
    severity, service = config.severity(alert.severity or ""), config.service(alert.service or "")
    policy = config.policy_for(service)
    start = start_of(severity, now, office_hours(config)) if severity is not None else Start(now, "")
    if policy is None or start.at is None:
        return
    await pages.open_page(
        session,
        config=config,
        what=_title(alert),
        policy=policy.name,
        start=start,
        by=None,
        now=now,
        incident=incident,
        severity=severity,
        service=service,
        private=incident.private,
        drill=incident.drill,
    )
    alert.rang_at = now
    telling.card(session, incident, now=now)


async def told_of(session: AsyncSession, incident: Incident, *, now: datetime) -> None:
    """Has the card and its thread tell of the alerts that came, or ended, since: the more, the rarer."""
    count = sum((await queries.counts_of(session, incident.id)).values())
    enqueue(
        session,
        "incident.alerts",
        now=now,
        incident_id=incident.id,
        fold=f"alerts:{incident.id}",
        delay=storm.refresh_after(count),
    )


# -- pages ----------------------------------------------------------------------------------------------------


async def _page(
    session: AsyncSession, alert: Alert, routed: Routed, *, config: Config, now: datetime
) -> None:
    if alert.page_id is not None:
        return
    last = await queries.last_of_group(session, routed.group)
    if last is not None and last.page_id is not None and now - last.last_at <= routed.within:
        page, record_on = await locked_page(session, last.page_id, PROGRAM)
        if page.is_open:
            alert.outcome, alert.page_id, alert.root_id = "joined", page.id, last.root_id or last.id
            alert.reason = f"joins page #{page.id} of its group; {routed.reason}"[:300]
            await _joins_page(session, page, record_on, alert, now=now)
            return
    policy = config.policy_for(routed.service)
    if policy is None:
        alert.reason = f"app.yaml has no escalation policy; {routed.reason}"[:300]
        alert.outcome = "message"
        await show_message(session, alert, now=now)
        return
    if not await _may_open(session, alert, config=config, now=now):
        return
    start = start_of(routed.severity, now, office_hours(config))
    page = await pages.open_page(
        session,
        config=config,
        what=_title(alert),
        policy=policy.name,
        # Its route asks for a page: one of a severity that pages nobody rings at once.
        start=start if start.at is not None else Start(now, routed.reason),
        by=None,
        now=now,
        severity=routed.severity,
        service=routed.service,
    )
    alert.outcome, alert.page_id, alert.rang_at = "page", page.id, now
    record(session, page, "alert", now=now, by=None, reason=alert.reason, **named(alert))


async def _joins_page(
    session: AsyncSession, page: Page, record_on: HasTimeline, alert: Alert, *, now: datetime
) -> None:
    record(session, record_on, "alert", now=now, by=None, reason=alert.reason, **named(alert))
    await changed(session, page, record_on, now=now)


# -- messages -------------------------------------------------------------------------------------------------


async def _message(session: AsyncSession, alert: Alert, routed: Routed, *, now: datetime) -> None:
    """The first of a group has the message; the later ones are counted in it."""
    if alert.outcome != "message":
        first = await queries.open_message_of(session, routed.group)
        alert.outcome = "message"
        if first is not None and first.id != alert.id:
            alert.root_id = first.root_id or first.id
    await show_message(session, alert, now=now)


async def show_message(session: AsyncSession, alert: Alert, *, now: datetime) -> None:
    """Has the message that tells of an alert brought up to date."""
    root = alert.root_id or alert.id
    count = await queries.open_in_group(session, alert.group or "", at_most=51)
    enqueue(
        session,
        "alert.message",
        now=now,
        about={"alert": root},
        fold=f"alert:{root}",
        delay=storm.refresh_after(max(count, alert.count)),
    )


# -- the brake ------------------------------------------------------------------------------------------------


async def _may_open(session: AsyncSession, alert: Alert, *, config: Config, now: datetime) -> bool:
    """Whether it may open an incident or a page, by its service's budget. If not, it is held back and counted."""
    row = await queries.storm_of(session, alert.service)
    if row is None:
        row = await insert_row(
            session, AlertStorm, service=alert.service or "", minute_at=now, pages=0, held_back=0
        )
    decided = storm.brake(
        storm.Spent(row.minute_at, row.pages),
        now,
        budget=config.alerts.budget_of(alert.service),
        highest=await _is_new_of_highest(session, alert, config),
    )
    row.minute_at, row.pages = decided.spent.since, decided.spent.pages
    if decided.opens:
        return True
    alert.outcome, alert.reason = "held_back", f"{decided.reason}; {alert.reason}"[:300]
    if row.last_at is None or now - row.last_at > storm.OVER_AFTER:
        row.began_at, row.held_back, row.message_ts = now, 0, None
    row.last_at = now
    row.held_back += 1
    show_storm(session, row, now=now)
    return False


async def _is_new_of_highest(session: AsyncSession, alert: Alert, config: Config) -> bool:
    """Whether it has the highest severity, and its service has nothing open yet for a failure of this kind."""
    if alert.severity != config.severities[0].name:
        return False
    own = storm.fingerprint(alert.title, alert.labels)
    return not any(
        one.id != alert.id
        and one.severity == alert.severity
        and storm.fingerprint(one.title, one.labels) == own
        for one in await queries.open_roots(session, alert.service)
    )


def show_storm(session: AsyncSession, row: AlertStorm, *, now: datetime) -> None:
    """Has the storm's message brought up to date."""
    enqueue(
        session,
        "alert.storm",
        now=now,
        about={"storm": row.id},
        fold=f"storm:{row.id}",
        delay=storm.refresh_after(row.held_back),
        priority=Priority.CARD,
    )
