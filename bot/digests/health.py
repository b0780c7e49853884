"""How what is open stands: action items, the backlog, risks, decisions, runbooks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.backlog.grooming import PUBLIC
from bot.backlog.health import Health as BacklogHealth
from bot.backlog.health import health as backlog_health
from bot.backlog.priority import HIGH
from bot.config import Config
from bot.digests.pending import usable_runbooks
from bot.digests.spans import Span
from bot.reviews.action_queries import health as action_health
from bot.reviews.action_rows import DONE, DROPPED, ActionItem
from bot.reviews.actions import today
from bot.routine.decision_rows import Decision
from bot.routine.risk_rows import Risk
from bot.routine.risks import severity
from bot.runbooks.library import stale_from


@dataclass(frozen=True)
class ActionItemHealth:
    """How many are open and overdue now, since when the oldest is open and which day was promised longest ago; how many
    were opened, done and dropped in the span.
    """

    open: int = 0
    overdue: int = 0
    opened: int = 0
    done: int = 0
    dropped: int = 0
    oldest_at: datetime | None = None
    longest_due_on: date | None = None

    @property
    def is_anything(self) -> bool:
        return bool(self.open or self.opened or self.done or self.dropped)


@dataclass(frozen=True)
class Standing:
    """What is open now; `great` risks are those that `/ops risks` calls so."""

    actions: ActionItemHealth
    backlog: BacklogHealth
    risks: int = 0
    great: int = 0
    to_look_at: int = 0
    decisions: int = 0
    late_decisions: int = 0
    runbooks: int = 0
    stale: int = 0


async def standing(session: AsyncSession, config: Config, span: Span, *, now: datetime) -> Standing:
    """Of all that everybody may know of; what drills brought about does not count."""
    levels = (
        await session.execute(
            select(Risk.likelihood, Risk.impact, func.count(), func.count().filter(Risk.review_at <= now))
            .where(Risk.closed_at.is_(None))
            .group_by(Risk.likelihood, Risk.impact)
        )
    ).all()
    decisions, late = (
        await session.execute(
            select(func.count(), func.count().filter(Decision.due_at <= now)).where(
                Decision.decided_at.is_(None)
            )
        )
    ).one()
    runbooks = await usable_runbooks(session, config)
    return Standing(
        actions=await _actions(session, config, span, now=now),
        backlog=await backlog_health(session, PUBLIC, now=now),
        risks=sum(count for _, _, count, _ in levels),
        great=sum(count for likelihood, impact, count, _ in levels if severity(likelihood, impact) == HIGH),
        to_look_at=sum(due for *_, due in levels),
        decisions=decisions,
        late_decisions=late,
        runbooks=len(runbooks),
        stale=sum(stale_from(row, config) <= now for row in runbooks),
    )


async def _actions(session: AsyncSession, config: Config, span: Span, *, now: datetime) -> ActionItemHealth:
    now_open = await action_health(session, today=today(config, now))
    everybodys = (ActionItem.private.is_(False), ActionItem.drill.is_(False))
    opened = await session.scalar(
        select(func.count())
        .select_from(ActionItem)
        .where(ActionItem.created_at >= span.start, ActionItem.created_at < span.end, *everybodys)
    )
    closed = await session.execute(
        select(ActionItem.status, func.count())
        .where(
            ActionItem.closed_at.is_not(None),
            ActionItem.closed_at >= span.start,
            ActionItem.closed_at < span.end,
            *everybodys,
        )
        .group_by(ActionItem.status)
    )
    ended: dict[str, int] = dict(iter(closed))
    return ActionItemHealth(
        open=now_open.open,
        overdue=now_open.overdue,
        opened=opened or 0,
        done=ended.get(DONE, 0),
        dropped=ended.get(DROPPED, 0),
        oldest_at=now_open.oldest_at,
        longest_due_on=now_open.longest_due_on,
    )
