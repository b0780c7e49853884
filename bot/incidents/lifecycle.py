"""Change status and severity, resolve, close, reopen: the verbs that move a declared incident through its life."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import CloseReason, Config, Severity, Status
from bot.core.audit import audit
from bot.core.errors import RuleRefused, UserError
from bot.core.texts import checked_text, checked_title
from bot.core.timeline import record
from bot.core.viewer import Viewer
from bot.incidents import backlog, nudging, paging, relations, telling
from bot.incidents.automation import Change, set_off
from bot.incidents.field_values import missing_of, refuse_if_missing
from bot.incidents.other_cards import refresh_other_cards_soon
from bot.incidents.permissions import require
from bot.incidents.queries import locked
from bot.incidents.rows import Incident
from bot.incidents.task_queries import count_tasks

# Why pages end that nobody ended by themselves.
WITH_INCIDENT = "the incident is resolved"
CLOSED_EARLY = "the incident is closed"


def cleaned_title(title: str) -> str:
    """One line, without the blanks that people paste; raises UserError when nothing is left."""
    ask = "Say in a few words what is wrong."
    return checked_title(title, of="An incident", ask=ask, details_in="summary")


def cleaned(text: str, field: str = "summary") -> str:
    """A text of several lines, bounded by what one Slack section shows."""
    return checked_text(text, field, mend="Shorten it, or post the rest as a message.")


async def set_status(
    session: AsyncSession,
    number: int,
    status: Status,
    *,
    config: Config,
    by: str,
    now: datetime,
    text: str = "",
) -> Incident:
    """Moves the incident to `status`; `text` says why. Resolving, closing and reopening have verbs of their own rules."""
    if status.name == "resolved":
        return await resolve(session, number, config=config, by=by, now=now, text=text)
    if status.name == "closed":
        return await close(session, number, config=config, by=by, now=now, text=text)
    incident = await locked(session, number, Viewer(by))
    refuse_if_closed(incident)
    if incident.status == status.name:
        raise RuleRefused(
            f"Incident #{number} is {status.name} already.",
            f"Use `/incident update {number}` to tell what is new.",
        )
    if incident.is_resolved:
        return await reopen(session, number, config=config, by=by, now=now, text=text, status=status)
    before, incident.status = incident.status, status.name
    entry = record(
        session,
        incident,
        "status",
        now=now,
        by=by,
        before=before,
        after=status.name,
        text=cleaned(text, "text") or None,
    )
    await paging.progress(session, incident, now=now)
    told(session, incident, entry, Change("status", status.name, before), config=config, now=now)
    return incident


async def resolve(
    session: AsyncSession, number: int, *, config: Config, by: str | None, now: datetime, text: str = ""
) -> Incident:
    """The harm is over. `text` says what ended it. Tasks that are still open hold up nothing: they are told of."""
    incident = await locked(session, number, Viewer(by))
    refuse_if_closed(incident)
    if incident.is_resolved:
        raise RuleRefused(
            f"Incident #{number} is resolved already.", f"`/incident close {number}` ends it for good."
        )
    await require(session, config, "resolve", incident, by=by, now=now)
    if by is not None:
        refuse_if_missing(incident, config, "resolve")
    before, incident.status, incident.resolved_at = incident.status, "resolved", now
    incident.review_at = now
    _, left = await count_tasks(session, incident.id)
    entry = record(
        session,
        incident,
        "resolved",
        now=now,
        by=by,
        before=before,
        after="resolved",
        text=cleaned(text, "text") or None,
        open_tasks=left or None,
    )
    await paging.end_pages(session, incident, by=by, now=now, reason=WITH_INCIDENT)
    await nudging.over(session, incident, by=by, now=now)
    told(session, incident, entry, Change("status", "resolved", before), config=config, now=now)
    if asked := missing_of(incident, config, "resolve"):
        # Nobody was there to be asked: what is over is over, and whoever reads the channel is asked now.
        labels = [field.label for field in asked]
        entry = record(session, incident, "fields_missing", now=now, by=None, labels=labels)
        telling.post(session, incident, entry_number=entry, now=now)
    return incident


async def close(
    session: AsyncSession,
    number: int,
    *,
    config: Config,
    by: str,
    now: datetime,
    text: str = "",
    reason: CloseReason | None = None,
    instead: int | None = None,
) -> Incident:
    """Nothing more is to be done. What was not resolved can be closed for a reason only: it was none, or another one
    tells of it, which `instead` names: the two are tied.
    """
    if instead is not None:
        incident, other = await relations.locked_both(session, number, instead, Viewer(by))
    else:
        incident, other = await locked(session, number, Viewer(by)), None
    refuse_if_closed(incident)
    if incident.is_open and reason is None:
        reasons = ", ".join(f"`{one.name}`" for one in config.close_reasons)
        early = f" If it was none, say why: `/incident close {number}` with {reasons}." if reasons else ""
        raise RuleRefused(
            f"Incident #{number} is still {incident.status}, and only a resolved incident can be closed.",
            f"When the harm is over, use `/incident resolve {number}` first.{early}",
        )
    await require(session, config, "close", incident, by=by, now=now)
    audit(session, "closed", by=by, now=now, incident_id=number)
    if incident.is_resolved:  # what was none needs to tell no more than that
        refuse_if_missing(incident, config, "close")
    before = incident.status
    await end(session, incident, config=config, by=by, now=now)
    if reason is not None:
        incident.close_reason, incident.counted = reason.name, reason.counted
    entry = record(
        session,
        incident,
        "closed",
        now=now,
        by=by,
        before=before,
        after="closed",
        reason=reason.title if reason else None,
        instead=other.id if other is not None and not other.private else None,
        text=cleaned(text, "text") or None,
    )
    if other is not None:
        await relations.stands_for(session, incident, other, by=by, now=now)
    told(session, incident, entry, Change("status", "closed", before), config=config, now=now)
    return incident


async def end(session: AsyncSession, incident: Incident, *, config: Config, by: str, now: datetime) -> None:
    """Closes a locked incident, and with it what still went on because of it."""
    if incident.is_open:
        await paging.end_pages(session, incident, by=by, now=now, reason=CLOSED_EARLY)
        await nudging.over(session, incident, by=by, now=now)
    incident.status, incident.closed_at = "closed", now
    incident.resolved_at = incident.resolved_at or now
    incident.review_at = now
    if config.channels.archive_after is not None:
        incident.archive_at = now + config.channels.archive_after


async def reopen(
    session: AsyncSession,
    number: int,
    *,
    config: Config,
    by: str,
    now: datetime,
    text: str,
    status: Status | None = None,
) -> Incident:
    """It is not over after all, and `text` says why. What was closed is open again, its channel too; whoever its severity
    pages is paged.
    """
    incident = await locked(session, number, Viewer(by))
    if incident.is_open:
        raise RuleRefused(
            f"Incident #{number} is open: {incident.status}.", f"`/incident status {number}` changes that."
        )
    if incident.merged_into is not None:
        refuse_if_closed(incident)
    await require(session, config, "reopen", incident, by=by, now=now)
    audit(session, "reopened", by=by, now=now, incident_id=number)
    text = cleaned(text, "text")
    if not text:
        raise UserError(
            "A reopening needs a reason.",
            f"Say why it is not over: `/incident reopen {number} The errors are back`.",
            field="text",
        )
    before = incident.status
    incident.status = (status or config.active_statuses[0]).name
    incident.resolved_at = incident.closed_at = incident.archive_at = incident.close_reason = None
    incident.counted, incident.retrospective = True, False
    incident.review_at = now
    entry = record(
        session, incident, "reopened", now=now, by=by, before=before, after=incident.status, text=text
    )
    await paging.page_for(session, incident, config=config, now=now)
    await nudging.reopened(session, incident, config=config, now=now)
    if incident.archived_at is not None:
        telling.unarchive(session, incident, by=by, now=now)
    told(session, incident, entry, Change("status", incident.status, before), config=config, now=now)
    return incident


async def set_severity(
    session: AsyncSession,
    number: int,
    severity: Severity,
    *,
    config: Config,
    by: str | None,
    now: datetime,
    text: str = "",
) -> Incident:
    """Rates it anew, up or down; `text` says why."""
    incident = await locked(session, number, Viewer(by))
    refuse_if_closed(incident)
    if incident.severity == severity.name:
        raise RuleRefused(
            f"Incident #{number} is {severity.name} already.", "Name another severity to change it."
        )
    await require(session, config, "severity", incident, by=by, now=now)
    before, incident.severity = incident.severity, severity.name
    if incident.is_resolved:
        incident.review_at = now
    raised = config.severity_rank(severity.name) < config.severity_rank(before)
    entry = record(
        session,
        incident,
        "severity",
        now=now,
        by=by,
        before=before,
        after=severity.name,
        raised=raised,
        text=cleaned(text, "text") or None,
    )
    await paging.progress(session, incident, now=now)
    await paging.severity_changed(session, incident, severity, raised=raised, config=config, now=now)
    await nudging.severity_changed(session, incident, config=config, now=now)
    await backlog.item_for(session, incident, config=config, by=by, now=now)
    told(session, incident, entry, Change("severity", severity.name, before), config=config, now=now)
    return incident


def refuse_if_closed(incident: Incident) -> None:
    """A closed incident is a record."""
    if incident.merged_into is not None:
        raise RuleRefused(
            f"Incident #{incident.id} was merged into #{incident.merged_into}, and its record is closed.",
            f"Go on there: `/incident show {incident.merged_into}`. If this is another harm, declare a new one: `/incident declare`.",
        )
    if incident.is_closed:
        raise RuleRefused(
            f"Incident #{incident.id} is closed, and its record is not changed any more.",
            f"If it is back, declare a new one: `/incident declare`. If it was never over, open it again: `/incident reopen {incident.id}`.",
        )


def told(
    session: AsyncSession,
    incident: Incident,
    entry_number: int,
    change: Change,
    *,
    config: Config,
    now: datetime,
) -> None:
    """A change of state is shown everywhere that shows state, said in both places where people read, and sets off the
    rules that it fits.
    """
    telling.changed(session, incident, now=now)
    telling.topic(session, incident, now=now)
    refresh_other_cards_soon(session, incident, now=now)
    telling.post(session, incident, entry_number=entry_number, now=now)
    telling.post_to_announcement(session, incident, entry_number=entry_number, now=now)
    set_off(session, incident, change, entry=entry_number, config=config, now=now)
