"""A runbook's steps in an incident's channel: posted, ticked, unticked. Each is told by the timeline."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.db import numbered
from bot.core.errors import NotFound, RuleRefused
from bot.core.outbox import Priority, enqueue
from bot.core.timeline import record
from bot.core.viewer import Viewer
from bot.incidents import paging
from bot.incidents.lifecycle import refuse_if_closed
from bot.incidents.queries import locked
from bot.incidents.rows import Incident
from bot.runbooks.library import runbook_named
from bot.runbooks.rows import Checklist

# What of a step stands on the timeline.
LONGEST_TOLD = 200


async def post(
    session: AsyncSession,
    number: int,
    name: str,
    *,
    by: str | None,
    now: datetime,
    rule: str | None = None,
    because: str | None = None,
) -> Checklist:
    """Posts the runbook's steps in the incident's channel; once, however often it is asked for. Without `by` the program
    does, by this rule of app.yaml and for this reason. Raises UserError.
    """
    incident = await locked(session, number, Viewer(by))
    refuse_if_closed(incident)
    row = await runbook_named(session, name)
    there = await posted(session, incident.id, row.name)
    if there is not None:
        raise RuleRefused(
            f"The steps of “{there.title}” are in the channel of #{incident.id} already.",
            "Scroll up, or look for its name in the channel.",
        )
    made = Checklist(
        incident_id=incident.id,
        name=row.name,
        title=row.title,
        link=row.link,
        steps=list(row.steps),
        ticks={},
        posted_at=now,
        posted_by=by or "",
    )
    session.add(made)
    await session.flush()
    record(
        session,
        incident,
        "runbook",
        now=now,
        by=by,
        name=row.name,
        title=row.title,
        rule=rule,
        because=because,
    )
    tell(session, made, now=now)
    return made


async def posted(session: AsyncSession, number: int, name: str) -> Checklist | None:
    """The checklist of the runbook of this name that is in the incident's channel already."""
    found: Checklist | None = await session.scalar(
        select(Checklist).where(Checklist.incident_id == number, Checklist.name == name)
    )
    return found


async def tick(
    session: AsyncSession, number: int, step: int, done: bool, *, by: str, now: datetime
) -> Checklist:
    """Ticks a step of the checklist of this number, or takes the tick back. Raises UserError."""
    checklist, incident = await locked_checklist(session, number, by=by)
    key = str(step)
    if not 0 <= step < len(checklist.steps):
        raise NotFound("There is no such step.", "Look at the list again.")
    if done == (key in checklist.ticks):
        tell(session, checklist, now=now)
        by_whom = "done already" if done else "not done yet"
        raise RuleRefused(f"Step {step + 1} is {by_whom}.", "The list is brought up to date.")
    ticks = dict(checklist.ticks)
    if done:
        ticks[key] = {"by": by, "at": now.isoformat()}
    else:
        del ticks[key]
    checklist.ticks = ticks
    record(
        session,
        incident,
        "runbook_step",
        now=now,
        by=by,
        title=checklist.title,
        step=step + 1,
        text=str(checklist.steps[step]["text"])[:LONGEST_TOLD],
        undone=None if done else True,
    )
    await paging.progress(session, incident, now=now)
    tell(session, checklist, now=now)
    return checklist


async def locked_checklist(session: AsyncSession, number: int, *, by: str) -> tuple[Checklist, Incident]:
    """The checklist and its incident, both locked; raises UserError, NotFound also where this person may not see it."""
    found = await numbered(session, Checklist, number)
    if found is None:
        raise NotFound("There is no such checklist that you can see.", "Post it anew: `/incident runbook`.")
    incident = await locked(session, found.incident_id, Viewer(by))
    refuse_if_closed(incident)
    await session.refresh(found, with_for_update=True)
    return found, incident


def tell(session: AsyncSession, checklist: Checklist, *, now: datetime) -> None:
    """The message with the steps is to be brought up to date."""
    enqueue(
        session,
        "runbook.checklist",
        now=now,
        incident_id=checklist.incident_id,
        about={"checklist": checklist.id},
        fold=f"checklist:{checklist.id}",
        priority=Priority.CARD,
    )
