"""A page as it stands now: who was rung with which result, and what comes next if nobody does anything."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config, EscalationPolicy
from bot.paging.course import answered_of, policy_of
from bot.paging.duty import duty
from bot.paging.escalation import Who, next_step, resolved
from bot.paging.hours import Hours, office_hours
from bot.paging.pages import missing_of
from bot.paging.people import people_of
from bot.paging.rows import (
    ACKNOWLEDGED,
    EXHAUSTED,
    RINGING,
    SNOOZED,
    WAITING,
    Notification,
    Page,
    Turn,
)

# What comes next.
RINGS, LAST_RESORT, NOBODY_LEFT, ASKS, RINGS_AGAIN = (
    "rings",
    "last resort",
    "nobody left",
    "asks",
    "rings again",
)


@dataclass(frozen=True)
class Next:
    """Something that happens at a moment unless somebody does something before. `who` are names as people read them."""

    at: datetime
    what: str
    who: tuple[str, ...] = ()


@dataclass(frozen=True)
class FailingCheck:
    """A check of app.yaml that fails, by its name, with what it expected and saw."""

    name: str
    expected: str
    seen: str


@dataclass(frozen=True)
class SaidNow:
    """What an alert says that came again: its newest title and link, and the details that are short, by name."""

    title: str
    details: tuple[tuple[str, str], ...] = ()
    href: str | None = None


@dataclass(frozen=True)
class AlertsNow:
    """How the alerts of an incident or a page stand, in numbers; `checks` are those of app.yaml's checks, with some
    that fail. They came `deliveries` times, the last time at `last_at`; `newest` is the one that came again last.
    """

    count: int
    resolved: int
    symptoms: int = 0
    flapping: int = 0
    acknowledged: int = 0  # by somebody, in the tool that sent it; of those that are not over
    checks: int = 0
    deliveries: int = 0
    last_at: datetime | None = None
    failing: tuple[FailingCheck, ...] = field(default=(), kw_only=True)
    newest: SaidNow | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class PageStatus:
    """All that a message or a card shows of a page."""

    page: Page
    notifications: Sequence[Notification] = ()  # in the order in which they were made
    next: tuple[Next, ...] = ()
    # Those who must still acknowledge, where the step wants that of all.
    missing: tuple[str, ...] = ()
    alerts: AlertsNow | None = None


def what_next(
    page: Page,
    policy: EscalationPolicy | None,
    who: Who,
    turns: Mapping[int, int],
    hours: Hours,
    *,
    answered: Collection[str] = (),
    snoozed_by: str | None = None,
) -> tuple[Next, ...]:
    """What the page does by itself, in the order of its moments; pure.

    `answered` have acknowledged while others still must; `snoozed_by` is rung again too.
    """
    if page.state == ACKNOWLEDGED and page.ask_at is not None:
        return (Next(page.ask_at, ASKS if page.asked_at is None else RINGS_AGAIN),)
    if policy is None:
        return ()
    if page.state == SNOOZED and page.snoozed_until is not None:
        first = _first(policy, page.snoozed_until, who, turns, hours)
        also = () if snoozed_by is None or snoozed_by in first else (snoozed_by,)
        return (Next(page.snoozed_until, RINGS, (*first, *also)),)
    if page.state in (WAITING, EXHAUSTED) and page.escalate_at is not None:
        return (Next(page.escalate_at, RINGS, _first(policy, page.escalate_at, who, turns, hours)),)
    found = []
    if page.state == RINGING and page.escalate_at is not None:
        decision = next_step(policy, page.step, page.round, page.escalate_at, who, turns, hours, answered)
        names = tuple(reach.said for reach in decision.reach)
        if names:
            found.append(Next(page.escalate_at, RINGS, names))
        elif page.last_resort_at is None:
            found.append(Next(page.escalate_at, NOBODY_LEFT))
    if page.state == RINGING and page.last_resort_at is not None and policy.last_resort is not None:
        reached = resolved(policy.last_resort.notify, page.last_resort_at, who)
        if reached is not None:
            found.append(Next(page.last_resort_at, LAST_RESORT, (reached.said,)))
    return tuple(sorted(found, key=lambda one: one.at))


def _first(
    policy: EscalationPolicy, at: datetime, who: Who, turns: Mapping[int, int], hours: Hours
) -> tuple[str, ...]:
    return tuple(reach.said for reach in next_step(policy, -1, 0, at, who, turns, hours).reach)


async def statuses(
    session: AsyncSession,
    pages: Iterable[Page],
    *,
    config: Config,
    now: datetime,
    notifications: Sequence[Notification] | None = None,
) -> list[PageStatus]:
    """Each page as it stands, in the given order; `notifications` are all of theirs, where they are loaded."""
    wanted = list(pages)
    if not wanted:
        return []
    told: dict[int, list[Notification]] = {}
    if notifications is None:
        query = select(Notification).where(Notification.page_id.in_([page.id for page in wanted]))
        notifications = (await session.scalars(query.order_by(Notification.id))).all()
    for one in notifications:
        told.setdefault(one.page_id, []).append(one)
    who = await duty(session, config, now)
    turns = await _turns(session, config, {page.policy for page in wanted})
    snoozed_by = [page.acknowledged_by for page in wanted if page.state == SNOOZED and page.acknowledged_by]
    names = await people_of(session, config, snoozed_by) if snoozed_by else {}
    hours = office_hours(config)
    found = []
    for page in wanted:
        policy = policy_of(config, page.policy)
        of_page = told.get(page.id, [])
        coming = what_next(
            page,
            policy,
            who,
            turns.get(policy.name, {}) if policy else {},
            hours,
            answered=answered_of(page, of_page),
            snoozed_by=names.get(page.acknowledged_by or ""),
        )
        present = [one for one in of_page if one.life == page.life]
        missing = tuple(missing_of(page, present, policy))
        found.append(PageStatus(page, of_page, coming, missing))
    return found


async def _turns(session: AsyncSession, config: Config, names: set[str]) -> dict[str, dict[int, int]]:
    found: dict[str, dict[int, int]] = {}
    policies = filter(None, (policy_of(config, name) for name in names))
    robins = {policy.name for policy in policies if any(step.round_robin for step in policy.steps)}
    if not robins:
        return found
    for row in await session.scalars(select(Turn).where(Turn.policy.in_(robins))):
        found.setdefault(row.policy, {})[row.step] = row.turn
    return found
