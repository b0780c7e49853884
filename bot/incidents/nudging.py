"""What an open incident asks its people for when the time has come: an update, a lead, whether it is over.

When it asks next stands in a row for each (`Nudge`), so that a restart loses nothing. A snooze moves that one moment and
nothing else: the moment after it follows from the severity again. Whether there is still something to ask is looked at when
the moment has come, and again when the question is sent.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.db import note_row
from bot.core.errors import RuleRefused
from bot.core.timeline import TimelineEntry
from bot.core.viewer import PROGRAM, Viewer
from bot.incidents import telling
from bot.incidents.queries import locked, roles_of
from bot.incidents.rows import Incident, Nudge

UPDATE, LEAD, QUIET = "update", "lead", "quiet"
KINDS = (UPDATE, LEAD, QUIET)
# What became of a question: somebody did what it asked for, or answered it, or the incident was over first.
DONE, SNOOZED, STOPPED, OVER = "done", "snoozed", "stopped", "over"
LENGTHS = (timedelta(minutes=15), timedelta(minutes=30), timedelta(minutes=60))


# -- rules, pure ----------------------------------------------------------------------------------------------


def every(kind: str, incident: Incident, config: Config) -> timedelta | None:
    """How long after the last answer it asks; None: it does not."""
    rules = config.nudges
    if kind == LEAD:
        return rules.no_lead_after
    if kind == QUIET:
        return rules.quiet_after
    severity = config.severity(incident.severity)
    return severity.update_every if rules.updates and severity is not None else None


def _moments(incident: Incident, config: Config, now: datetime) -> Iterable[tuple[str, datetime]]:
    for kind in KINDS:
        if (wait := every(kind, incident, config)) is not None:
            yield kind, now + wait


# -- what an incident's verbs do, with its row locked ---------------------------------------------------------


def declared(session: AsyncSession, incident: Incident, *, config: Config, now: datetime) -> None:
    """From now on it asks in time."""
    for kind, due_at in _moments(incident, config, now):
        note_row(session, Nudge, incident_id=incident.id, kind=kind, due_at=due_at, asked=0, stopped=False)


async def reopened(session: AsyncSession, incident: Incident, *, config: Config, now: datetime) -> None:
    """It asks as if it were new."""
    for kind, due_at in _moments(incident, config, now):
        row = await _row(session, incident.id, kind)
        if row is None:
            row = Nudge(incident_id=incident.id, kind=kind)
            session.add(row)
        row.due_at, row.asked, row.stopped = due_at, 0, False
        row.answer = row.answered_by = row.message_ts = None


async def over(session: AsyncSession, incident: Incident, *, by: str | None, now: datetime) -> None:
    """It asks for nothing any more."""
    for kind in KINDS:
        if (row := await _row(session, incident.id, kind)) is not None:
            row.due_at = None
            _answered(session, incident, row, OVER, by=by, now=now)


async def updated(
    session: AsyncSession,
    incident: Incident,
    *,
    config: Config,
    by: str,
    now: datetime,
    next_in: timedelta | None = None,
) -> None:
    """There was an update; `next_in` is when its author promised the next one. One that promises nothing leaves a stopped
    question stopped.
    """
    row = await _row(session, incident.id, UPDATE)
    wait = next_in or every(UPDATE, incident, config)
    if row is None:
        if next_in is None:
            return
        row = Nudge(incident_id=incident.id, kind=UPDATE, asked=0, stopped=False)
        session.add(row)
    row.stopped = row.stopped and next_in is None
    row.due_at = None if row.stopped or wait is None or not incident.is_open else now + wait
    _answered(session, incident, row, DONE, by=by, now=now)


async def severity_changed(
    session: AsyncSession, incident: Incident, *, config: Config, now: datetime
) -> None:
    """From now on updates are due as the new one asks for them."""
    row = await _row(session, incident.id, UPDATE)
    wait = every(UPDATE, incident, config)
    if row is not None and row.due_at is not None and incident.is_open:
        row.due_at = now + wait if wait is not None else None


async def lead_taken(session: AsyncSession, incident: Incident, *, by: str, now: datetime) -> None:
    row = await _row(session, incident.id, LEAD)
    if row is not None:
        row.due_at = None
        _answered(session, incident, row, DONE, by=by, now=now)


def _answered(
    session: AsyncSession, incident: Incident, row: Nudge, answer: str, *, by: str | None, now: datetime
) -> None:
    """The question that stands in the channel, if one does, says what became of it."""
    is_asked, row.asked = row.asked > 0 and row.answer is None, 0
    if is_asked:
        row.answer, row.answered_by = answer, by
        telling.nudge(session, incident, row.kind, now=now)


async def _row(session: AsyncSession, incident_id: int, kind: str) -> Nudge | None:
    """The incident's row is locked, and with it these."""
    return await session.get(Nudge, (incident_id, kind), populate_existing=True)


# -- what people answer ---------------------------------------------------------------------------------------


async def snooze(
    session: AsyncSession, number: int, kind: str, length: timedelta, *, by: str, now: datetime
) -> Incident:
    """Asks again after this time, and then as always."""
    incident, row = await _asked(session, number, kind, by=by)
    _answered(session, incident, row, SNOOZED, by=by, now=now)
    row.due_at = now + length
    return incident


async def stop(session: AsyncSession, number: int, kind: str, *, by: str, now: datetime) -> Incident:
    """Asks no more, until an update says when the next one comes, or the incident is reopened."""
    incident, row = await _asked(session, number, kind, by=by)
    _answered(session, incident, row, STOPPED, by=by, now=now)
    row.due_at, row.stopped = None, True
    return incident


async def _asked(session: AsyncSession, number: int, kind: str, *, by: str) -> tuple[Incident, Nudge]:
    incident = await locked(session, number, Viewer(by))
    row = await _row(session, incident.id, kind)
    if row is None or not incident.is_open:
        raise RuleRefused(
            f"Incident #{number} is {incident.status} and asks for nothing any more.",
            f"`/incident show {number}` shows how it stands.",
        )
    if row.asked == 0 or row.answer is not None:
        # Two answered at once. A snooze behind an update would ask sooner than the cadence does.
        raise RuleRefused(
            "Somebody was faster: that question is answered.", f"`/incident update {number}` posts an update."
        )
    return incident, row


# -- what the tick does ---------------------------------------------------------------------------------------


async def ask(session: AsyncSession, number: int, kind: str, *, config: Config, now: datetime) -> None:
    """Asks in the channel, unless there is nothing to ask any more; notes when that is next."""
    incident = await locked(session, number, PROGRAM)
    row = await _row(session, number, kind)
    if row is None or row.due_at is None or row.due_at > now:
        return  # another process was here
    row.due_at = None
    wait = every(kind, incident, config)
    is_off = (
        not config.nudges.updates if kind == UPDATE else wait is None
    )  # a promise holds without a cadence
    if not incident.is_open or is_off:
        return
    roles = await roles_of(session, number)
    if kind == LEAD and "lead" in roles:
        return
    if kind == QUIET and wait is not None:
        alive_until = await last_sign_of_life(session, incident) + wait
        if alive_until > now:
            row.due_at, row.asked = alive_until, 0
            return
    if row.message_ts is not None and row.asked and row.answer is None:
        telling.nudge_asked_again(session, incident, kind, row.message_ts, now=now)
    row.asked += 1
    row.answer = row.answered_by = row.message_ts = None
    is_last = row.asked >= (1 if kind == LEAD else config.nudges.at_most)
    row.due_at = None if is_last or wait is None else now + wait
    telling.nudge(session, incident, kind, now=now)
    told = roles.get("lead") or incident.declared_by
    if is_last and kind != LEAD and told:
        telling.nudge_in_person(session, incident, kind, told, now=now)


async def last_sign_of_life(session: AsyncSession, incident: Incident) -> datetime:
    """When somebody did, wrote or kept something for it last, or an alert of it came."""
    query = select(func.max(TimelineEntry.recorded_at)).where(
        TimelineEntry.incident_id == incident.id,
        TimelineEntry.author.is_not(None) | TimelineEntry.kind.in_(("alert", "message")),
    )
    return await session.scalar(query) or incident.declared_at
