"""Where incidents and pages meet: what a declaration, a severity, an update and a resolution mean for pages.

Locks are taken in one order, always: incident, page, turns by policy, accounts, outbox.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.backlog import items
from bot.config import Config, Service, Severity
from bot.core.db import numbered, write_noted
from bot.core.errors import NotFound, RuleRefused
from bot.core.timeline import HasTimeline, record
from bot.core.viewer import PROGRAM, Viewer
from bot.incidents import queries, telling
from bot.incidents.backlog import asks_for_item
from bot.incidents.queries import PagingNow, Situation, Unpaged
from bot.incidents.rows import Incident, Responder
from bot.paging import course, pages, told
from bot.paging.hours import office_hours
from bot.paging.queries import open_pages_of
from bot.paging.ringing import show
from bot.paging.rows import EXHAUSTED, RINGING, AckLink, Notification, Page, PageNotice
from bot.paging.status import statuses
from bot.paging.urgency import Start, ask_after, page_again_after, start_of, urgency_of

PRIVATE = "A private incident"


# -- loading --------------------------------------------------------------------------------------------------


async def locked_page(session: AsyncSession, page_id: int, viewer: Viewer) -> tuple[Page, HasTimeline]:
    """The page with its row locked, and what keeps its timeline: its incident, locked first, or itself.

    Raises NotFound. A page of a private incident is there for its responders and for those it reached.
    """
    incident_id = None
    known = False
    if 0 < page_id < 2**62:
        row = (await session.execute(select(Page.incident_id).where(Page.id == page_id))).first()
        known = row is not None
        incident_id = row[0] if row is not None else None
    if not known:
        raise _missing(page_id)
    record_on: HasTimeline | None = None
    if incident_id is not None:
        record_on = await queries.locked(session, incident_id, PROGRAM)
    await session.run_sync(write_noted)  # a page that was written on just now is read as it is then
    page = await session.scalar(
        select(Page)
        .where(Page.id == page_id, Page.incident_id.is_not_distinct_from(incident_id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if page is None:
        # Merged into another one meanwhile. That is locked before the page is, or its people would wait for each other.
        return await locked_page(session, page_id, viewer)
    if not await _may_see(session, page, viewer):
        raise _missing(page_id)
    return page, record_on if record_on is not None else page


async def locked_pages(
    session: AsyncSession, page_ids: Iterable[int], viewer: Viewer
) -> list[tuple[Page, HasTimeline]]:
    """Several pages, all locked before anything is done to one of them, always in one order: two transactions
    about the same pages must not wait for each other. Raises NotFound.
    """
    rows = await session.execute(select(Page.id, Page.incident_id).where(Page.id.in_(list(page_ids))))
    in_order = sorted((incident_id or 2**62, page_id) for page_id, incident_id in rows)
    return [await locked_page(session, page_id, viewer) for _, page_id in in_order]


async def visible_page(session: AsyncSession, page_id: int, viewer: Viewer) -> Page:
    """The page, to be looked at. Raises NotFound, also for one that this person may not see."""
    page = await numbered(session, Page, page_id)
    if page is None or not await _may_see(session, page, viewer):
        raise _missing(page_id)
    return page


async def open_pages(session: AsyncSession, viewer: Viewer, *, limit: int) -> Sequence[Page]:
    """The pages that are not over and that this person may see, the newest first."""
    query = select(Page).where(Page.resolved_at.is_(None))
    if not viewer.sees_everything:
        query = query.where(or_(Page.private.is_(False), _concerns(viewer)))
    return (await session.scalars(query.order_by(Page.id.desc()).limit(limit))).all()


async def _may_see(session: AsyncSession, page: Page, viewer: Viewer) -> bool:
    if viewer.sees_everything or not page.private:
        return True
    return bool(await session.scalar(select(exists().where(Page.id == page.id, _concerns(viewer)))))


def _concerns(viewer: Viewer) -> ColumnElement[bool]:
    """Who may see a private page: those who take part in its incident, and those whom it rang, called for help,
    or gave a link.
    """
    takes_part = exists().where(
        Responder.incident_id == Page.incident_id, Responder.user_id == viewer.user_id
    )
    was_rung = exists().where(Notification.page_id == Page.id, Notification.user_id == viewer.user_id)
    was_told = exists().where(PageNotice.page_id == Page.id, PageNotice.user_id == viewer.user_id)
    has_link = exists().where(AckLink.page_id == Page.id, AckLink.user_id == viewer.user_id)
    return or_(takes_part, was_rung, was_told, has_link)


def _missing(page_id: int) -> NotFound:
    return NotFound(f"There is no page #{page_id} that you can see.", "It may be of a private incident.")


async def changed(session: AsyncSession, page: Page, record_on: HasTimeline, *, now: datetime) -> None:
    """Every message about the page, and its incident's card, are to show how it stands."""
    await show(session, page, now=now)
    _card(session, record_on, now=now)


def _card(session: AsyncSession, record_on: HasTimeline, *, now: datetime) -> None:
    if isinstance(record_on, Incident):
        telling.card(session, record_on, now=now)


# -- what an incident does to its pages -----------------------------------------------------------------------


async def page_for(
    session: AsyncSession, incident: Incident, *, config: Config, now: datetime
) -> Page | None:
    """Pages by the incident's severity and service, as app.yaml says; None where that pages nobody."""
    severity = config.severity(incident.severity)
    if severity is None:
        return None
    service = config.service(incident.service) if incident.service else None
    return await page_by(session, incident, severity, service, incident.title, config=config, now=now)


async def page_by(
    session: AsyncSession,
    incident: Incident,
    severity: Severity,
    service: Service | None,
    what: str,
    *,
    config: Config,
    now: datetime,
) -> Page | None:
    """A page of the incident by a severity and a service, which need not be its own; None where they page nobody.

    What is due at once rings in this very transaction, ahead of everything else that it leaves.
    """
    policy = config.policy_for(service)
    start = start_of(severity, now, office_hours(config))
    if policy is None or start.at is None:
        return None
    return await pages.open_page(
        session,
        config=config,
        what=PRIVATE if incident.private else what,
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


async def severity_changed(
    session: AsyncSession,
    incident: Incident,
    severity: Severity,
    *,
    raised: bool,
    config: Config,
    now: datetime,
) -> None:
    """Raised, it pages again as the new severity says; lowered, those who have it go on, and what has not begun
    begins later, or not at all.
    """
    running = await open_pages_of(session, incident.id)
    service = config.service(incident.service) if incident.service else None
    start = start_of(severity, now, office_hours(config))
    for page in running:
        _rate(page, severity, service, config=config, now=now)
        pages.progress(page, now=now)
        if not raised:
            why = f"lowered to {severity.name}"
            await pages.put_off(session, page, start, why, record_on=incident, now=now)
        await show(session, page, now=now)  # the messages name the severity
    if not raised or start.at is None or not incident.is_open:
        return
    if not running:
        await page_for(session, incident, config=config, now=now)
    # The turns of round robins are locked in one order, whichever page was opened first.
    for page in sorted(running, key=lambda page: page.policy):
        await pages.begin_anew(
            session,
            page,
            start,
            f"the severity was raised to {severity.name}",
            config=config,
            record_on=incident,
            now=now,
        )


async def raise_page(
    session: AsyncSession,
    page: Page,
    severity: Severity,
    why: str,
    *,
    config: Config,
    record_on: HasTimeline,
    now: datetime,
) -> None:
    """A page of no incident, locked, is more urgent than it was, and rings again as the severity says."""
    _rate(page, severity, config.service(page.service or ""), config=config, now=now)
    start = start_of(severity, now, office_hours(config))
    if start.at is None:  # it was to ring whatever its severity
        start = Start(now, why)
    await pages.begin_anew(session, page, start, why, config=config, record_on=record_on, now=now)
    await show(session, page, now=now)  # also where it goes on as it was: the messages name the severity


def _rate(page: Page, severity: Severity, service: Service | None, *, config: Config, now: datetime) -> None:
    page.severity = severity.name
    page.urgency, _ = urgency_of(config, severity, service, now, office_hours(config))
    page.ask_after = int(ask_after(config, severity).total_seconds())
    page.again_after = int(page_again_after(config, severity).total_seconds())


async def progress(session: AsyncSession, incident: Incident, *, now: datetime) -> None:
    """A person wrote or changed something: acknowledged pages need not ask yet."""
    for page in await open_pages_of(session, incident.id):
        pages.progress(page, now=now)
        await changed(session, page, incident, now=now)


async def end_pages(
    session: AsyncSession, incident: Incident, *, by: str | None, now: datetime, reason: str
) -> None:
    """The incident is over, and so are its pages."""
    for page in await open_pages_of(session, incident.id):
        await pages.resolve(session, page, record_on=incident, by=by, now=now, reason=reason)


async def paging_now(
    session: AsyncSession, incident: Incident, *, config: Config, now: datetime
) -> PagingNow:
    """How the incident's pages stand, or why it has none."""
    found = await session.scalars(
        select(Page).where(Page.incident_id == incident.id).order_by(Page.id.desc())
    )
    of_incident = found.all()
    shown = [page for page in of_incident if page.is_open] or list(of_incident[:1])
    start = None if of_incident else begins(incident, config, now)
    why = start if isinstance(start, Unpaged) else None
    item = await items.of_incident(session, incident.id) if asks_for_item(incident, config) else None
    return PagingNow(tuple(await statuses(session, shown[::-1], config=config, now=now)), why, item)


def begins(incident: Incident, config: Config, now: datetime) -> Start | Unpaged:
    """When an incident of this severity and service pages by itself, or why it pages nobody. Pure."""
    severity = config.severity(incident.severity)
    if severity is None:
        return Unpaged("severity", f"app.yaml does not know {incident.severity} any more")
    start = start_of(severity, now, office_hours(config))
    if start.at is None:
        return Unpaged("backlog", start.reason)
    service = config.service(incident.service) if incident.service else None
    if config.policy_for(service) is None:
        return Unpaged("policy", "app.yaml has no escalation policy")
    return start


async def situation(session: AsyncSession, incident: Incident, *, config: Config, now: datetime) -> Situation:
    """Loads what surrounds an incident that the caller was allowed to load, its pages too."""
    around = await queries.situation(session, incident)
    return replace(around, paging=await paging_now(session, incident, config=config, now=now))


# -- verbs on one page, for whoever has its number ------------------------------------------------------------


async def page_directly(
    session: AsyncSession,
    to: str,
    what: str,
    *,
    config: Config,
    by: str,
    now: datetime,
    service: Service | None = None,
    incident_number: int | None = None,
) -> Page:
    """Somebody pages: `to` is a policy's name or a target. With an incident the page belongs to it.

    A private incident's page says no more than that: the words stand on the incident's timeline alone.
    """
    if incident_number is None:
        start = Start(now, "somebody asked for it")
        return await pages.open_page(
            session, config=config, what=what, policy=to, start=start, by=by, now=now, service=service
        )
    incident = await queries.locked(session, incident_number, Viewer(by))
    if incident.is_closed:
        raise RuleRefused(
            f"Incident #{incident.id} is closed; nobody is paged for it.",
            "Page from another channel, or declare a new incident: `/incident declare`.",
        )
    if incident.private and what.strip():
        record(session, incident, "note", now=now, by=by, text=what.strip()[:3000])
    page = await pages.open_page(
        session,
        config=config,
        what=PRIVATE if incident.private else what or incident.title,
        policy=to,
        start=Start(now, "somebody asked for it"),
        by=by,
        now=now,
        incident=incident,
        severity=config.severity(incident.severity),
        service=service or (config.service(incident.service) if incident.service else None),
        private=incident.private,
        drill=incident.drill,
    )
    telling.card(session, incident, now=now)
    return page


async def acknowledge(
    session: AsyncSession, page_id: int, *, config: Config, by: str, now: datetime, how: str | None = None
) -> Page:
    """Somebody takes the page, and takes part in its incident from now on."""
    page, record_on = await locked_page(session, page_id, Viewer(by))
    await _acknowledge(session, page, record_on, config=config, by=by, now=now, how=how)
    return page


async def acknowledge_all(
    session: AsyncSession,
    page_ids: Iterable[int],
    *,
    config: Config,
    by: str,
    now: datetime,
    how: str | None = None,
) -> int:
    """Those of them that still ring; returns how many these were. One that waits for others alone does not count."""
    done = 0
    for page, record_on in await locked_pages(session, page_ids, Viewer(by)):
        if page.state in (RINGING, EXHAUSTED):
            with suppress(RuleRefused):
                await _acknowledge(session, page, record_on, config=config, by=by, now=now, how=how)
                done += 1
    return done


async def escalate_all(
    session: AsyncSession, page_ids: Iterable[int], *, config: Config, by: str, now: datetime
) -> int:
    """Those of them that still ring go on to their next steps; returns how many these were."""
    done = 0
    for page, record_on in await locked_pages(session, page_ids, Viewer(by)):
        if page.state in (RINGING, EXHAUSTED):
            await pages.escalate_now(session, page, config=config, record_on=record_on, by=by, now=now)
            await changed(session, page, record_on, now=now)
            done += 1
    return done


async def _acknowledge(
    session: AsyncSession,
    page: Page,
    record_on: HasTimeline,
    *,
    config: Config,
    by: str,
    now: datetime,
    how: str | None,
) -> None:
    entry = await pages.acknowledge(
        session, page, config=config, record_on=record_on, by=by, now=now, how=how
    )
    if isinstance(record_on, Incident):
        await _takes_part(session, record_on, by, now=now)
        telling.post(session, record_on, entry_number=entry, now=now)
        telling.card(session, record_on, now=now)


async def _takes_part(session: AsyncSession, incident: Incident, user_id: str, *, now: datetime) -> None:
    if await session.get(Responder, (incident.id, user_id)) is None:
        session.add(Responder(incident_id=incident.id, user_id=user_id, joined_at=now))
        await session.flush()
        telling.invitations(session, incident, now=now)


async def unacknowledge(
    session: AsyncSession, page_id: int, *, config: Config, by: str, now: datetime
) -> Page:
    page, record_on = await locked_page(session, page_id, Viewer(by))
    await pages.unacknowledge(session, page, config=config, record_on=record_on, by=by, now=now)
    _card(session, record_on, now=now)
    return page


async def escalate_now(
    session: AsyncSession, page_id: int, *, config: Config, by: str, now: datetime
) -> Page:
    page, record_on = await locked_page(session, page_id, Viewer(by))
    await pages.escalate_now(session, page, config=config, record_on=record_on, by=by, now=now)
    await changed(session, page, record_on, now=now)
    return page


async def reassign(
    session: AsyncSession, page_id: int, to: str, *, config: Config, by: str, now: datetime
) -> Page:
    page, record_on = await locked_page(session, page_id, Viewer(by))
    await pages.reassign(session, page, to, config=config, record_on=record_on, by=by, now=now)
    _card(session, record_on, now=now)
    return page


async def snooze(session: AsyncSession, page_id: int, length: timedelta, *, by: str, now: datetime) -> Page:
    page, record_on = await locked_page(session, page_id, Viewer(by))
    await pages.snooze(session, page, length, record_on=record_on, by=by, now=now)
    _card(session, record_on, now=now)
    return page


async def resolve(session: AsyncSession, page_id: int, *, by: str, now: datetime) -> Page:
    """Ends the page; its incident goes on."""
    page, record_on = await locked_page(session, page_id, Viewer(by))
    await pages.resolve(session, page, record_on=record_on, by=by, now=now)
    _card(session, record_on, now=now)
    return page


async def note(session: AsyncSession, page_id: int, text: str, *, by: str, now: datetime) -> Page:
    page, record_on = await locked_page(session, page_id, Viewer(by))
    await pages.note(session, page, text, record_on=record_on, by=by, now=now)
    await changed(session, page, record_on, now=now)
    return page


async def confirm(session: AsyncSession, page_id: int, *, by: str, now: datetime) -> Page:
    """Whoever was asked is still on it."""
    page, record_on = await locked_page(session, page_id, Viewer(by))
    pages.confirm(session, page, record_on=record_on, by=by, now=now)
    await changed(session, page, record_on, now=now)
    return page


async def overdue(
    session: AsyncSession, page_id: int, notification_id: int, *, config: Config, now: datetime
) -> None:
    """What the tick does with a notification that no provider has accepted in time."""
    page, record_on = await locked_page(session, page_id, PROGRAM)
    notification = await session.get(Notification, notification_id, populate_existing=True)
    if notification is not None:
        await told.overdue(session, page, notification, config=config, record_on=record_on, now=now)
        await changed(session, page, record_on, now=now)


async def due(session: AsyncSession, page_id: int, *, config: Config, now: datetime) -> bool:
    """What the tick does with a page that it claimed; lets go of it."""
    page, record_on = await locked_page(session, page_id, PROGRAM)
    did = await course.due(session, page, config=config, record_on=record_on, now=now)
    page.claimed_until = page.claimed_by = None
    page.stumbles = 0
    if did:
        _card(session, record_on, now=now)
    return did
