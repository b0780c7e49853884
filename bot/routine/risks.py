"""Risks: what may go wrong, how likely and how bad it is, and who looks at it again when. Everybody may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.backlog.priority import HIGH, LEVELS, LOW, MEDIUM
from bot.config import Config
from bot.core.db import insert_new, new_row, numbered
from bot.core.errors import NotFound, RuleRefused, UserError
from bot.core.outbox import enqueue
from bot.core.search_text import RISK, change_text
from bot.core.seen import refuse_if_changed
from bot.core.texts import checked_text, checked_title
from bot.core.wall import moment_of, wall_of
from bot.incidents.homes import refresh_homes_soon
from bot.routine.reminding import next_reminder
from bot.routine.risk_rows import CLOSED, KINDS, OPEN, STATUSES, Risk

REVIEWED_AFTER = timedelta(days=30)
# A year that somebody mistyped is no day that anybody waits for.
LONGEST_AHEAD = timedelta(days=5 * 366)
_WEIGHT = {LOW: 1, MEDIUM: 2, HIGH: 3}


def severity(likelihood: str, impact: str) -> str:
    """How great a risk is: high, medium or low, by likelihood × impact. Pure."""
    product = _WEIGHT[likelihood] * _WEIGHT[impact]
    return HIGH if product >= 6 else MEDIUM if product >= 3 else LOW


@dataclass(frozen=True)
class Judgement:
    """What a form says of a risk."""

    likelihood: str
    impact: str
    mitigation: str
    owner: str
    review_at: datetime | None  # None: as usual


async def add(
    session: AsyncSession,
    *,
    title: str,
    kind: str,
    said: Judgement,
    by: str,
    now: datetime,
    config: Config,
    description: str = "",
) -> Risk:
    """Raises UserError where something of it is missing, too long or over."""
    title, description = _checked_words(title, kind, description)
    said = _checked(said, config=config, now=now)
    risk = new_row(
        Risk,
        kind=kind,
        title=title,
        description=description,
        likelihood=said.likelihood,
        impact=said.impact,
        mitigation=said.mitigation,
        owner=said.owner,
        status=OPEN,
        review_at=said.review_at,
        remind_at=said.review_at,
        created_at=now,
        created_by=by,
        changed_at=now,
        changed_by=by,
    )
    await insert_new(session, risk)
    _found_by_its_words(session, risk)
    refresh_homes_soon(session, now=now)
    return risk


def _found_by_its_words(session: AsyncSession, risk: Risk) -> None:
    body = f"{risk.description}\n{risk.mitigation}"
    change_text(session, RISK, number=risk.id, title=risk.title, body=body)


async def review(
    session: AsyncSession,
    number: int,
    status: str,
    said: Judgement,
    *,
    by: str,
    now: datetime,
    config: Config,
    seen: str | None = None,
) -> Risk:
    """Somebody has looked at it again: it is judged anew, and reminded of at its next date, or closed."""
    risk = await risk_by_number(session, number, lock=True)
    refuse_if_changed(f"risk #{risk.id}", risk.changed_at, risk.changed_by, seen)
    if status not in STATUSES:
        raise UserError("Say where it stands.", "Choose one from the list.", field="status")
    said = _checked(said, config=config, now=now)
    risk.likelihood, risk.impact, risk.mitigation = said.likelihood, said.impact, said.mitigation
    risk.owner, risk.status = said.owner, status
    risk.review_at = risk.remind_at = None if status == CLOSED else said.review_at
    risk.closed_at = now if status == CLOSED else None
    risk.reviewed_at, risk.reviewed_by = now, by
    risk.changed_at, risk.changed_by = now, by
    _found_by_its_words(session, risk)
    refresh_homes_soon(session, now=now)
    return risk


async def change(
    session: AsyncSession,
    number: int,
    *,
    title: str,
    kind: str,
    description: str,
    by: str,
    now: datetime,
    seen: str | None = None,
) -> Risk:
    """Says in other words what may go wrong; nobody has looked at it again by that. `seen` is the state that a form showed."""
    risk = await risk_by_number(session, number, lock=True)
    if risk.status == CLOSED:
        raise RuleRefused(f"Risk #{risk.id} is closed.", f"`/ops risks review {risk.id}` takes it up again.")
    refuse_if_changed(f"risk #{risk.id}", risk.changed_at, risk.changed_by, seen)
    title, description = _checked_words(title, kind, description)
    if (title, kind, description) == (risk.title, risk.kind, risk.description):
        return risk
    risk.title, risk.kind, risk.description = title, kind, description
    risk.changed_at, risk.changed_by = now, by
    _found_by_its_words(session, risk)
    refresh_homes_soon(session, now=now)
    return risk


async def close(session: AsyncSession, number: int, *, by: str, now: datetime) -> Risk:
    """It is a risk no more."""
    risk = await risk_by_number(session, number, lock=True)
    if risk.status == CLOSED:
        raise RuleRefused(f"Risk #{risk.id} is closed already.")
    risk.status, risk.closed_at, risk.review_at, risk.remind_at = CLOSED, now, None, None
    risk.reviewed_at = risk.changed_at = now
    risk.reviewed_by = risk.changed_by = by
    refresh_homes_soon(session, now=now)
    return risk


def _checked_words(title: str, kind: str, description: str) -> tuple[str, str]:
    """Title and description, as they are kept."""
    ask = "Say in a few words what may go wrong."
    title = checked_title(title, of="A risk", ask=ask, details_in="description")
    if kind not in KINDS:
        raise UserError("Say what it is a risk of.", "Choose one from the list.", field="kind")
    return title, checked_text(description, "text")


def _checked(said: Judgement, *, config: Config, now: datetime) -> Judgement:
    for name, level in (("likelihood", said.likelihood), ("impact", said.impact)):
        if level not in LEVELS:
            raise UserError(f"The {name} is high, medium or low.", "Choose one from the list.", field=name)
    review_at = said.review_at or usual_review(config, now=now)
    if review_at <= now:
        raise UserError("The review is in the past.", "Choose a day to come.", field="review_at")
    if review_at > now + LONGEST_AHEAD:
        raise UserError("The review is more than five years away.", "Choose a nearer day.", field="review_at")
    return Judgement(
        said.likelihood, said.impact, checked_text(said.mitigation, "mitigation"), said.owner, review_at
    )


def usual_review(config: Config, *, now: datetime) -> datetime:
    """In thirty days, at nine in the morning of the organization's timezone."""
    wall = wall_of(now + REVIEWED_AFTER, config.zone).replace(hour=9, minute=0, second=0, microsecond=0)
    return moment_of(wall, config.zone)


async def remind(session: AsyncSession, number: int, *, config: Config, now: datetime) -> None:
    """Has its owner reminded, and again the next day unless somebody has reviewed it by then."""
    risk = await session.get(Risk, number, with_for_update=True, populate_existing=True)
    if risk is None or risk.remind_at is None or risk.review_at is None or risk.remind_at > now:
        return
    enqueue(session, "risk.reminder", now=now, about={"risk": risk.id}, fold=f"risk:{risk.id}")
    risk.remind_at = next_reminder(risk.review_at, config.zone, now=now)


async def risk_by_number(session: AsyncSession, number: int, *, lock: bool = False) -> Risk:
    """Raises NotFound."""
    found = await numbered(session, Risk, number, lock=lock)
    if found is None:
        raise NotFound(f"There is no risk #{number}.", "`/ops risks` shows them.")
    return found


_GREATEST_FIRST = case(
    *(
        (
            and_(Risk.likelihood == likelihood, Risk.impact == impact),
            -_WEIGHT[likelihood] * _WEIGHT[impact],
        )
        for likelihood in LEVELS
        for impact in LEVELS
    ),
    else_=0,
)


async def listed(
    session: AsyncSession, *, everything: bool = False, kind: str | None = None, limit: int, offset: int = 0
) -> Sequence[Risk]:
    """The greatest first; closed ones, if they are asked for, come last."""
    query = select(Risk).where(*_of(everything, kind))
    order = (Risk.closed_at.is_not(None), _GREATEST_FIRST, Risk.id)
    return (await session.scalars(query.order_by(*order).limit(limit).offset(offset))).all()


async def count_risks(session: AsyncSession, *, everything: bool = False, kind: str | None = None) -> int:
    return await session.scalar(select(func.count()).select_from(Risk).where(*_of(everything, kind))) or 0


async def to_review(session: AsyncSession, *, by: datetime, limit: int) -> Sequence[Risk]:
    """Those to be looked at again by a moment, the first due first."""
    query = select(Risk).where(*_to_review(by)).order_by(Risk.review_at, Risk.id)
    return (await session.scalars(query.limit(limit))).all()


async def count_to_review(session: AsyncSession, *, by: datetime) -> int:
    return await session.scalar(select(func.count()).select_from(Risk).where(*_to_review(by))) or 0


def _to_review(by: datetime) -> list[ColumnElement[bool]]:
    return [Risk.closed_at.is_(None), Risk.review_at <= by]


def _of(everything: bool, kind: str | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [] if everything else [Risk.closed_at.is_(None)]
    return found if kind is None else [*found, Risk.kind == kind]
