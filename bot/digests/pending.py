"""What is due or overdue between incidents: each kind has its query here, over the rows of its feature.

Everybody reads digests: nothing of a private incident is in it, and nothing that a drill brought about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from bot.config import Config
from bot.core.people import names_of
from bot.core.wall import midnight
from bot.digests.incidents import is_counted
from bot.incidents.rows import Incident
from bot.reviews.action_rows import ActionItem
from bot.reviews.actions import today
from bot.reviews.rows import OPEN, TO_DO, Review, ReviewTask
from bot.routine.decision_rows import Decision
from bot.routine.meeting_rows import Meeting
from bot.routine.risk_rows import Risk
from bot.routine.task_rows import RoutineOccurrence
from bot.runbooks.library import stale_from
from bot.runbooks.rows import RunbookRow

# Of each kind so many are read; the rest is counted.
MOST = 50

REVIEW, MEETING, ACTION, TASK = "review", "recurring review", "action item", "routine task"
RISK, DECISION, RUNBOOK = "risk to look at", "decision", "stale runbook"


@dataclass(frozen=True)
class Item:
    """Something that somebody has to do: what it is, in words; its owner's name, as people read it; when it is due.

    `due_on` is set where a day is what was promised; `due_at` is then the end of it.
    """

    what: str
    owner: str | None
    due_at: datetime
    due_on: date | None = None


@dataclass(frozen=True)
class Due:
    """The items, the longest due first, and how many there are of each kind; more than are listed, if they are many."""

    items: Sequence[Item] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return sum(self.counts.values())


Found = tuple[str, int, list[Item]]
"""A kind, how many there are, and the first of them."""


async def overdue(session: AsyncSession, config: Config, *, now: datetime, runbooks: bool = True) -> Due:
    """What should have been done by now."""
    found = [
        await _reviews(session, until=now),
        await _meetings(session, ended_by=now),
        await _actions(session, config, before=today(config, now)),
        await _tasks(session, now=now),
        await _risks(session, now=now),
        await _decisions(session, now=now),
    ]
    if runbooks:
        found.append(await _runbooks(session, config, now=now))
    return await _together(session, config, found)


async def reviews_due(session: AsyncSession, config: Config, *, until: datetime) -> Due:
    """Reviews of incidents of which something is due by then, and recurring reviews that are held by then."""
    return await _together(
        session, config, [await _reviews(session, until=until), await _meetings(session, held_by=until)]
    )


async def _together(session: AsyncSession, config: Config, found: Sequence[Found]) -> Due:
    items = [item for _, _, some in found for item in some]
    strangers = {item.owner for item in items if item.owner and config.person(item.owner) is None}
    names = await names_of(session, strangers) if strangers else {}
    items = [replace(item, owner=names.get(item.owner, item.owner)) if item.owner else item for item in items]
    return Due(
        sorted(items, key=lambda item: item.due_at), {kind: count for kind, count, _ in found if count}
    )


async def _reviews(session: AsyncSession, *, until: datetime) -> Found:
    """Of each review the first step that is due."""
    step = (
        select(
            Review.incident_id,
            Incident.title.label("of"),
            ReviewTask.title,
            func.coalesce(ReviewTask.owner, Review.owner).label("owner"),
            ReviewTask.due_at,
            func.row_number()
            .over(partition_by=Review.incident_id, order_by=(ReviewTask.due_at, ReviewTask.place))
            .label("place"),
        )
        .join(Incident, Incident.id == Review.incident_id)
        .join(ReviewTask, ReviewTask.incident_id == Review.incident_id)
        .where(
            Review.ended_at.is_(None),
            Review.state == OPEN,
            is_counted(),
            ReviewTask.state == TO_DO,
            ReviewTask.due_at <= until,
        )
        .subquery()
    )
    rows = (
        await session.execute(
            select(step, func.count().over().label("of_all"))
            .where(step.c.place == 1)
            .order_by(step.c.due_at, step.c.incident_id)
            .limit(MOST)
        )
    ).all()
    items = [
        Item(f"Review of #{row.incident_id} {row.of}: {row.title}", row.owner, row.due_at) for row in rows
    ]
    return REVIEW, rows[0].of_all if rows else 0, items


async def _meetings(
    session: AsyncSession, *, ended_by: datetime | None = None, held_by: datetime | None = None
) -> Found:
    """Those whose time is over and that nobody has closed, or those that begin by a moment."""
    of: list[ColumnElement[bool]] = [Meeting.closed_at.is_(None)]
    of += [Meeting.ends_at <= ended_by] if ended_by is not None else []
    of += [Meeting.starts_at <= held_by] if held_by is not None else []
    rows = (
        await session.execute(
            select(Meeting.id, Meeting.title, Meeting.facilitator, Meeting.starts_at, func.count().over())
            .where(*of)
            .order_by(Meeting.starts_at, Meeting.id)
            .limit(MOST)
        )
    ).all()
    late = ": nobody has closed it" if ended_by is not None else ""
    items = [Item(f"Recurring review #{n} {title}{late}", owner, at) for n, title, owner, at, _ in rows]
    return MEETING, rows[0][-1] if rows else 0, items


async def _actions(session: AsyncSession, config: Config, *, before: date) -> Found:
    """Those that were promised for a day before this one."""
    rows = (
        await session.execute(
            select(ActionItem.id, ActionItem.title, ActionItem.owner, ActionItem.due_on, func.count().over())
            .where(
                ActionItem.closed_at.is_(None),
                ActionItem.private.is_(False),
                ActionItem.drill.is_(False),
                ActionItem.due_on < before,
            )
            .order_by(ActionItem.due_on, ActionItem.id)
            .limit(MOST)
        )
    ).all()
    items = [
        Item(f"Action item #{n} {title}", owner, midnight(day + timedelta(days=1), config.zone), day)
        for n, title, owner, day, _ in rows
    ]
    return ACTION, rows[0][-1] if rows else 0, items


async def _tasks(session: AsyncSession, *, now: datetime) -> Found:
    row = RoutineOccurrence
    rows = (
        await session.execute(
            select(row.id, row.title, row.owner, row.due_at, func.count().over())
            .where(row.closed_at.is_(None), row.due_at <= now)
            .order_by(row.due_at, row.id)
            .limit(MOST)
        )
    ).all()
    items = [Item(f"Routine task #{n} {title}", owner, at) for n, title, owner, at, _ in rows]
    return TASK, rows[0][-1] if rows else 0, items


async def _risks(session: AsyncSession, *, now: datetime) -> Found:
    rows = (
        await session.execute(
            select(Risk.id, Risk.title, Risk.owner, Risk.review_at, func.count().over())
            .where(Risk.closed_at.is_(None), Risk.review_at <= now)
            .order_by(Risk.review_at, Risk.id)
            .limit(MOST)
        )
    ).all()
    items = [Item(f"Risk #{n} {title}: look at it again", owner, at) for n, title, owner, at, _ in rows if at]
    return RISK, rows[0][-1] if rows else 0, items


async def _decisions(session: AsyncSession, *, now: datetime) -> Found:
    rows = (
        await session.execute(
            select(Decision.id, Decision.question, Decision.owner, Decision.due_at, func.count().over())
            .where(Decision.decided_at.is_(None), Decision.due_at <= now)
            .order_by(Decision.due_at, Decision.id)
            .limit(MOST)
        )
    ).all()
    items = [Item(f"Decision #{n} {question}", owner, at) for n, question, owner, at, _ in rows]
    return DECISION, rows[0][-1] if rows else 0, items


async def _runbooks(session: AsyncSession, config: Config, *, now: datetime) -> Found:
    stale = [row for row in await usable_runbooks(session, config) if stale_from(row, config) <= now]
    items = []
    for row in stale[:MOST]:
        last = f"last tested on {row.tested_on:%d %b %Y}" if row.tested_on is not None else "never tested"
        items.append(Item(f"Runbook {row.title}: {last}", row.owner, stale_from(row, config)))
    return RUNBOOK, len(stale), items


async def usable_runbooks(session: AsyncSession, config: Config) -> Sequence[RunbookRow]:
    """Those that people can read, without their text."""
    if not config.runbooks.are_there:
        return ()
    query = select(RunbookRow).where(RunbookRow.digest.is_not(None)).order_by(RunbookRow.name)
    return (await session.scalars(query.options(defer(RunbookRow.text)))).all()
