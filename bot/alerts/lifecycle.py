"""An alert from its first signal to its end: what each signal makes of it, and time. What it rings is in
bot.alerts.carrying_out; the verbs are given the signal's turn (bot.alerts.signals).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import carrying_out, deployments, flapping, queries, storms, telling
from bot.alerts.event import Event, event_from
from bot.alerts.grouping import dependents
from bot.alerts.routing import service_of
from bot.alerts.rows import ACKNOWLEDGED, FIRING, RESOLVED, Alert
from bot.alerts.signals import Due, carried_out, in_turn
from bot.config import Config
from bot.core.db import new_row
from bot.core.timeline import record
from bot.core.viewer import PROGRAM
from bot.incidents import lifecycle as incident_lifecycle
from bot.incidents import telling as incident_telling
from bot.incidents.homes import refresh_homes_soon
from bot.incidents.paging import changed, locked_page
from bot.incidents.queries import locked, open_incidents
from bot.incidents.rows import Incident
from bot.paging import pages

LEVELS: Mapping[str | None, int] = {"critical": 0, "error": 1, "warning": 2, "info": 3, None: 2}
# The outcomes in which it rings later.
NOT_YET = ("waiting", "silenced")
# People ended its incident or page, and the tool still says that it fires: then it rings anew. Not at once, as tools
# take a while to see that the harm is over.
RINGS_AGAIN_AFTER = timedelta(minutes=30)


async def take_in(session: AsyncSession, signal: Due, *, config: Config, now: datetime) -> None:
    """Carries out a signal whose turn it is, and is done with it. An end that was overtaken by a new beginning must not
    end that, nor a beginning open anew what is over.
    """
    if signal.is_overtaken:
        carried_out(session, signal, None, "overtaken")
        return
    event = event_from(signal.event)
    act = {"trigger": trigger, "acknowledge": acknowledge, "resolve": resolve, "change": change}[event.action]
    alert, outcome = await act(session, signal.integration, event, config=config, now=now)
    if alert is not None and alert.incident_id is None and outcome != "repeated":
        refresh_homes_soon(session, now=now)
    carried_out(session, signal, alert, outcome)


async def trigger(
    session: AsyncSession, integration: str, event: Event, *, config: Config, now: datetime
) -> tuple[Alert | None, str]:
    """Something is wrong: a new alert goes where its route says; of one that is open already the repeat is counted."""
    before = await queries.last_of_key(session, integration, event.key)
    flaps = 0
    if before is not None:
        if before.resolved_at is None:
            return before, await _repeat(session, before, event, config=config, now=now)
        flaps = flapping.came_back(before.flaps, before.resolved_at, now, config.alerts.flapping).count
    alert = new_row(
        Alert,
        integration=integration,
        key=event.key,
        title=event.title or event.key,
        level=event.level,
        source=event.source,
        service=None,
        labels=dict(event.labels),
        details=dict(event.details),
        links=event.links_as_json(),
        state=FIRING,
        first_at=now,
        last_at=now,
        count=1,
        flaps=flaps,
        outcome="waiting",
        reason="",
        stumbles=0,
    )
    await carrying_out.carry_out(session, alert, event, config=config, now=now)
    return alert, alert.outcome


async def _repeat(session: AsyncSession, alert: Alert, event: Event, *, config: Config, now: datetime) -> str:
    """Said again: counted, and what it says now is shown. It rings only if it is worse than before, or if people ended
    what it rang; what is better than before keeps its level until its end.
    """
    alert.count += 1
    alert.last_at = now
    worse = LEVELS[event.level] < LEVELS[alert.level]
    if alert.due_at is not None and alert.outcome not in NOT_YET:
        alert.due_at = None  # it flaps, and is back before its end was believed
        alert.flaps += 1
    over_at = await queries.over_since(session, alert)
    if over_at is not None and (worse or now - over_at >= RINGS_AGAIN_AFTER):
        alert.incident_id = alert.page_id = alert.root_id = alert.message_ts = None
        alert.state, alert.level = FIRING, event.level
        _as_said_now(alert, event)
        await carrying_out.carry_out(session, alert, event, config=config, now=now)
        return "again"
    _as_said_now(alert, event)
    if not worse:
        if over_at is None:
            await telling.show_repeat(session, alert, now=now)
        return "repeated"
    alert.level = event.level
    await carrying_out.worsen(session, alert, event, config=config, now=now)
    return "worse"


def _as_said_now(alert: Alert, event: Event) -> None:
    """The newest words in the place of those before; what it says nothing about stays. Its group, its kind and the title
    of what it opened are those of the first.
    """
    said = {
        "title": event.title,
        "source": event.source,
        "labels": dict(event.labels),
        "details": dict(event.details),
        "links": event.links_as_json(),
    }
    for name, value in said.items():
        if value and value != getattr(alert, name):
            setattr(alert, name, value)


async def acknowledge(
    session: AsyncSession, integration: str, event: Event, *, config: Config, now: datetime
) -> tuple[Alert | None, str]:
    """Somebody has seen it in the tool that sent it. What rings here goes on: only who is rung can say that they have it."""
    alert = await queries.open_alert(session, integration, event.key)
    if alert is None:
        return None, "unknown"
    if alert.state == ACKNOWLEDGED:
        return alert, "repeated"
    alert.state, alert.acknowledged_at = ACKNOWLEDGED, now
    if alert.incident_id is not None:
        incident = await locked(session, alert.incident_id, PROGRAM)
        record(session, incident, "alert_acknowledged", now=now, by=None, **carrying_out.named(alert))
        incident_telling.card(session, incident, now=now)
    elif alert.page_id is not None:
        page, record_on = await locked_page(session, alert.page_id, PROGRAM)
        record(session, record_on, "alert_acknowledged", now=now, by=None, **carrying_out.named(alert))
        await changed(session, page, record_on, now=now)
    elif alert.outcome == "message":
        await telling.show_message(session, alert, now=now)
    return alert, "acknowledged"


async def resolve(
    session: AsyncSession, integration: str, event: Event, *, config: Config, now: datetime
) -> tuple[Alert | None, str]:
    """It is over. The end of one that flaps is believed only after it was quiet."""
    alert = await queries.open_alert(session, integration, event.key)
    if alert is None:
        return None, "unknown"
    alert.last_at = now
    believed_at = flapping.ends(alert.flaps, now, config.alerts.flapping)
    if believed_at is not None and alert.outcome not in NOT_YET:
        if alert.due_at is None:
            alert.due_at = believed_at
            await _flaps(session, alert, now=now)
        return alert, "flapping"
    await _end(session, alert, config=config, now=now)
    return alert, "resolved"


async def _flaps(session: AsyncSession, alert: Alert, *, now: datetime) -> None:
    """Said once an incident and alert, when it is noticed."""
    if alert.incident_id is None or alert.reason.startswith("flapping"):
        return
    alert.reason = f"flapping; {alert.reason}"[:300]
    incident = await locked(session, alert.incident_id, PROGRAM)
    record(session, incident, "alert_flaps", now=now, by=None, times=alert.flaps, **carrying_out.named(alert))
    incident_telling.card(session, incident, now=now)


async def change(
    session: AsyncSession, integration: str, event: Event, *, config: Config, now: datetime
) -> tuple[Alert | None, str]:
    """A deployment or the like: it stands on the timelines of the open incidents of its service, and of what stands on it."""
    known = config.integration(integration)
    about = service_of(event, known, config)
    await deployments.note(
        session, integration, event, service=about.name if about is not None else None, config=config, now=now
    )
    if about is None:
        return None, "no service"
    service, found = about.name, 0
    for one in sorted({service, *dependents(config, service)}):
        for incident_id in [i.id for i in await open_incidents(session, PROGRAM, service=one, limit=20)]:
            incident = await locked(session, incident_id, PROGRAM)
            link = event.links[0].href if event.links else None
            entry = record(
                session,
                incident,
                "change",
                now=now,
                by=None,
                occurred_at=event.occurred_at,
                text=(event.title or event.key)[:1000],
                service=service,
                integration=integration,
                link=link or None,
            )
            incident_telling.post(session, incident, entry_number=entry, now=now)
            found += 1
    return None, "noted" if found else "no incident"


async def due(session: AsyncSession, alert_id: int, *, config: Config, now: datetime) -> None:
    """What the tick does with an alert that it claimed: its wait is over, its silence, or its flapping."""
    await in_turn(session)
    alert = await session.get(Alert, alert_id, with_for_update=True)
    if alert is None:
        return
    alert.claimed_until = alert.claimed_by = None
    alert.stumbles = 0
    if alert.due_at is None or alert.due_at > now:
        return
    alert.due_at = None
    if alert.resolved_at is not None:
        return
    refresh_homes_soon(session, now=now)
    if alert.outcome in NOT_YET:
        event, waited = carrying_out.event_of(alert), alert.outcome == "waiting"
        await carrying_out.carry_out(session, alert, event, config=config, now=now, waited=waited)
    else:
        await _end(session, alert, config=config, now=now)


# -- its end -------------------------------------------------------------------------------------------------


async def _end(session: AsyncSession, alert: Alert, *, config: Config, now: datetime) -> None:
    """It is over, also in a maintenance window."""
    alert.state, alert.resolved_at, alert.due_at = RESOLVED, now, None
    await session.flush()
    if alert.incident_id is not None:
        await _of_incident(session, alert, config=config, now=now)
    elif alert.page_id is not None:
        await _of_page(session, alert, now=now)
    elif alert.outcome == "message":
        await telling.show_message(session, alert, now=now)
    else:
        await telling.show_own_message(session, alert, now=now)
    if alert.outcome == "held_back":
        row = await storms.storm_of(session, alert.service)
        if row is not None:
            storms.show_storm(session, row, now=now)


async def _of_incident(session: AsyncSession, alert: Alert, *, config: Config, now: datetime) -> None:
    incident = await locked(session, alert.incident_id or 0, PROGRAM)
    record(
        session, incident, "alert_resolved", now=now, by=None, count=alert.count, **carrying_out.named(alert)
    )
    await telling.show_own_message(session, alert, incident, now=now)
    counts = await queries.counts_of(session, incident.id)
    count = sum(counts.values())
    if not incident.is_open or counts.get(RESOLVED, 0) < count:
        await telling.told_of(session, incident, now=now)
        return
    if await _resolves(session, incident, config):
        text = "All alerts are resolved." if count > 1 else "Its alert is resolved."
        await incident_lifecycle.resolve(session, incident.id, config=config, by=None, now=now, text=text)
        return
    entry = record(session, incident, "alerts_over", now=now, by=None, count=count)
    incident_telling.post(session, incident, entry_number=entry, now=now)
    incident_telling.card(session, incident, now=now)


async def _resolves(session: AsyncSession, incident: Incident, config: Config) -> bool:
    """Whether the route of the alert that opened the incident says that it ends with its alerts. What a person
    declared ends when a person says so.
    """
    if incident.declared_by:
        return False
    opened = next(
        (one for one in await queries.alerts_of(session, incident.id) if one.outcome == "incident"), None
    )
    if opened is None:
        return False
    return any(one.name == opened.route and one.resolve for one in config.routes)


async def _of_page(session: AsyncSession, alert: Alert, *, now: datetime) -> None:
    page, record_on = await locked_page(session, alert.page_id or 0, PROGRAM)
    await telling.show_own_message(session, alert, now=now)
    record(
        session, record_on, "alert_resolved", now=now, by=None, count=alert.count, **carrying_out.named(alert)
    )
    if page.is_open and not await queries.open_of_page(session, page.id):
        await pages.resolve(
            session, page, record_on=record_on, by=None, now=now, reason="all its alerts are resolved"
        )
    await changed(session, page, record_on, now=now)
