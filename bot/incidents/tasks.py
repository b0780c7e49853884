"""Tasks: what is to be done while an incident lasts, by whom, and whether it is done.

The incident is locked before its task, so that of two who click at the same moment the second sees what the first did.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.db import insert_row
from bot.core.errors import RuleRefused
from bot.core.outbox import Priority, enqueue
from bot.core.texts import checked_title
from bot.core.timeline import record
from bot.core.viewer import Viewer
from bot.incidents import telling
from bot.incidents.homes import refresh_home
from bot.incidents.lifecycle import refuse_if_closed
from bot.incidents.queries import locked
from bot.incidents.roles import takes_part
from bot.incidents.rows import Incident
from bot.incidents.task_queries import missing_task, task_by_number
from bot.incidents.task_rows import Task

# Several tasks that somebody gets in a row are told in one message.
GATHER = timedelta(seconds=3)
# What is said in the channel; the rest stands on the card and on the timeline.
SAID = ("added", "given", "done", "reopened")


async def add_task(
    session: AsyncSession,
    number: int,
    title: str,
    *,
    owner: str | None = None,
    source: str | None = None,
    by: str | None,
    now: datetime,
) -> Task:
    """Adds a task to incident `number`, for `owner` (a Slack user id) or for whoever takes it.

    The owner takes part from now on, and is told unless it is `by`. Without `by` Tocsin adds it, as a rule asked for.
    `source` is the message that it is made from, "channel/ts": of one message there is one task. Raises NotFound,
    RuleRefused, and UserError where the title is empty or too long.
    """
    incident = await locked(session, number, Viewer(by))
    refuse_if_closed(incident)
    title = cleaned_title(title)
    if source is not None:
        await _refuse_second(session, incident, source)
    task = await insert_row(
        session,
        Task,
        incident_id=incident.id,
        title=title,
        created_at=now,
        created_by=by,
        source=source,
    )
    if owner is not None:
        await _give(session, incident, task, owner, by=by, now=now)
    _tell(session, incident, task, "added", by=by, now=now, user=owner)
    return task


async def take(session: AsyncSession, task_id: int, *, by: str, now: datetime) -> Task:
    """Somebody does what nobody does yet."""
    incident, task = await _locked_task(session, task_id, by)
    _refuse_done(task)
    if task.owner is not None:
        who = "You have" if task.owner == by else f"<@{task.owner}> has"
        raise RuleRefused(f"{who} task #{task.id} already.", "“Change …” gives it to somebody else.")
    await _give(session, incident, task, by, by=by, now=now)
    _tell(session, incident, task, "taken", by=by, now=now, user=by)
    return task


async def change_task(
    session: AsyncSession, task_id: int, *, title: str, owner: str | None, by: str, now: datetime
) -> Task:
    """Another title, another owner or nobody; whatever is as before stays untouched."""
    incident, task = await _locked_task(session, task_id, by)
    _refuse_done(task)
    title, former = cleaned_title(title), task.title
    if title != former:
        task.title = title
        _tell(session, incident, task, "renamed", by=by, now=now, former=former)
    before = task.owner
    if owner != before:
        await _give(session, incident, task, owner, by=by, now=now)
        change = "given" if owner is not None else "put back"
        _tell(session, incident, task, change, by=by, now=now, user=owner, before=before)
    return task


async def finish(session: AsyncSession, task_id: int, *, by: str, now: datetime) -> Task:
    """It is done. Where nobody had it, whoever says so did it."""
    incident, task = await _locked_task(session, task_id, by)
    _refuse_done(task)
    task.done_at, task.done_by = now, by
    task.owner = task.owner or by
    await takes_part(session, incident, [by], now=now)
    _tell(session, incident, task, "done", by=by, now=now, user=task.owner)
    return task


async def reopen(session: AsyncSession, task_id: int, *, by: str, now: datetime) -> Task:
    """It is to be done after all, by whoever had it."""
    incident, task = await _locked_task(session, task_id, by)
    if task.is_open:
        raise RuleRefused(f"Task #{task.id} is open already.", "`/incident tasks` shows how it stands.")
    task.done_at = task.done_by = None
    await _give(session, incident, task, task.owner, by=by, now=now)
    _tell(session, incident, task, "reopened", by=by, now=now, user=task.owner)
    return task


def cleaned_title(title: str) -> str:
    """One line; raises UserError when nothing is left, or too much."""
    return checked_title(
        title, of="A task", ask="Say in a few words what is to be done.", details_in="channel"
    )


async def _locked_task(session: AsyncSession, task_id: int, by: str) -> tuple[Incident, Task]:
    """The task, with its incident locked; both as this person may see them."""
    viewer = Viewer(by)
    of = (await task_by_number(session, task_id, viewer)).incident_id
    incident = await locked(session, of, viewer)
    refuse_if_closed(incident)
    task = await task_by_number(session, task_id, viewer)
    if task.incident_id != of:  # it moved to another incident just now, which is not locked
        raise missing_task(task_id)
    return incident, task


def _refuse_done(task: Task) -> None:
    if not task.is_open:
        who = f", by <@{task.done_by}>" if task.done_by else ""
        raise RuleRefused(f"Task #{task.id} is done already{who}.", "“Reopen” takes that back.")


async def _refuse_second(session: AsyncSession, incident: Incident, source: str) -> None:
    """One message is one task, however many people make it one."""
    found = await session.scalar(
        select(Task.id).where(Task.incident_id == incident.id, Task.source == source).limit(1)
    )
    if found is not None:
        raise RuleRefused(
            f"That message is task #{found} of incident #{incident.id} already.",
            f"`/incident tasks {incident.id}` shows how it stands.",
        )


async def _give(
    session: AsyncSession, incident: Incident, task: Task, owner: str | None, *, by: str | None, now: datetime
) -> None:
    """Whoever has it takes part, and is told unless they took it themselves."""
    for user in {task.owner, owner} - {None}:
        refresh_home(session, str(user), now=now)
    task.owner = owner
    is_told = owner is not None and owner != by
    task.given_by, task.given_at, task.told_at = (by, now, None) if is_told else (None, None, None)
    if owner is None:
        return
    await takes_part(session, incident, [owner], now=now)
    if is_told:
        enqueue(
            session,
            "task.given",
            now=now,
            incident_id=incident.id,
            about={"user": owner},
            fold=f"task.given:{incident.id}:{owner}",
            priority=Priority.ANSWER,
            delay=GATHER,
        )


def _tell(
    session: AsyncSession,
    incident: Incident,
    task: Task,
    change: str,
    *,
    by: str | None,
    now: datetime,
    user: str | None = None,
    before: str | None = None,
    former: str | None = None,
) -> None:
    """The timeline, the channel and the card tell of it; Home of whoever has it shows it."""
    entry = record(
        session,
        incident,
        "task",
        now=now,
        by=by,
        change=change,
        task=task.id,
        title=task.title,
        user=user,
        before=before,
        former=former,
    )
    incident.changed_at = now
    if task.owner is not None:
        refresh_home(session, task.owner, now=now)
    telling.card(session, incident, now=now)
    if change in SAID:
        telling.post(session, incident, entry_number=entry, now=now)
