"""Decisions: questions that wait for somebody, until they are decided; then the answer is kept. Everybody may see them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.db import insert_missing, insert_row, numbered
from bot.core.errors import NotFound, RuleRefused, UserError
from bot.core.outbox import enqueue
from bot.core.search_text import DECISION, change_text
from bot.core.seen import refuse_if_changed
from bot.core.texts import checked_text, checked_title
from bot.core.wall import moment_of, wall_of
from bot.incidents.homes import refresh_homes_soon
from bot.paging.people import accounts_of
from bot.routine.decision_rows import DECIDED, DROPPED, PENDING, Decision
from bot.routine.reminding import next_reminder

DUE_AFTER = timedelta(days=7)
LONGEST_AHEAD = timedelta(days=5 * 366)


async def ask(
    session: AsyncSession,
    *,
    question: str,
    owner: str,
    due_at: datetime | None,
    by: str,
    now: datetime,
    config: Config,
    description: str = "",
) -> Decision:
    """Without `due_at` it is due in a week. Raises UserError where something is missing, too long or over."""
    question, description = _checked_words(question, description)
    due_at = _checked_due(due_at or usual_due(config, now=now), now=now)
    decision = await insert_row(
        session,
        Decision,
        question=question,
        description=description,
        owner=owner,
        status=PENDING,
        due_at=due_at,
        remind_at=due_at,
        answer="",
        created_at=now,
        created_by=by,
    )
    _found_by_its_words(session, decision)
    refresh_homes_soon(session, now=now)
    return decision


async def ask_what_config_asks(
    session: AsyncSession, config: Config, *, now: datetime, look_up: bool
) -> bool:
    """Asks each question of app.yaml that was never asked; False where an owner's account is not known yet, which
    Slack is asked for with `look_up`.
    """
    asked = set((await session.scalars(select(Decision.name).where(Decision.name.is_not(None)))).all())
    new = [one for one in config.decisions if one.name not in asked]
    if not new:
        return True
    accounts = await accounts_of(session, config, {one.owner for one in new})
    rows = []
    for one in new:
        if one.owner in accounts:
            due_at = _in_the_morning(config, now + one.due_within)
            row = {"name": one.name, "question": one.question, "description": one.description or ""}
            row |= {"owner": accounts[one.owner], "status": PENDING, "answer": "", "created_by": ""}
            rows.append(row | {"due_at": due_at, "remind_at": due_at, "created_at": now})
    unknown = [config.person(one.owner) for one in new if one.owner not in accounts]
    emails = {person.email for person in unknown if person is not None}
    for email in filter(None, emails if look_up else ()):
        enqueue(session, "person.find", now=now, about={"email": email})
    await insert_missing(session, Decision, rows)
    names = [row["name"] for row in rows]
    for decision in await session.scalars(select(Decision).where(Decision.name.in_(names))):
        _found_by_its_words(session, decision)
    refresh_homes_soon(session, now=now)
    return len(rows) == len(new)


def _found_by_its_words(session: AsyncSession, decision: Decision) -> None:
    body = f"{decision.description}\n{decision.answer}"
    change_text(session, DECISION, number=decision.id, title=decision.question, body=body)


def _checked_words(question: str, description: str) -> tuple[str, str]:
    ask = "Say in one sentence what is to be decided."
    question = checked_title(question, of="A decision", ask=ask, details_in="description")
    return question, checked_text(description, "text")


def usual_due(config: Config, *, now: datetime) -> datetime:
    """In a week, at nine in the morning of the organization's timezone."""
    return _in_the_morning(config, now + DUE_AFTER)


def _in_the_morning(config: Config, at: datetime) -> datetime:
    wall = wall_of(at, config.zone).replace(hour=9, minute=0, second=0, microsecond=0)
    return moment_of(wall, config.zone)


def _checked_due(due_at: datetime, *, now: datetime) -> datetime:
    if due_at <= now:
        raise UserError("That time is over.", "Choose one to come.", field="due_at")
    if due_at > now + LONGEST_AHEAD:
        raise UserError("That is more than five years away.", "Choose a nearer time.", field="due_at")
    return due_at


async def decide(
    session: AsyncSession, number: int, answer: str, *, by: str, now: datetime, seen: str | None = None
) -> Decision:
    """It is decided, and the answer is kept with who said it and when. `seen` is the question that a form showed: to
    another one it is no answer.
    """
    return await _end(session, number, DECIDED, answer, by=by, now=now, seen=seen)


async def drop(
    session: AsyncSession, number: int, reason: str, *, by: str, now: datetime, seen: str | None = None
) -> Decision:
    """Nobody needs to decide it any more."""
    return await _end(session, number, DROPPED, reason, by=by, now=now, seen=seen)


async def _end(
    session: AsyncSession, number: int, status: str, answer: str, *, by: str, now: datetime, seen: str | None
) -> Decision:
    decision = await _pending(session, number, seen)
    answer = checked_text(answer, "answer")
    if not answer:
        asked = "What was decided?" if status == DECIDED else "Why needs nobody decide it any more?"
        raise UserError("It needs an answer.", asked, field="answer")
    decision.status, decision.answer, decision.decided_at, decision.decided_by = status, answer, now, by
    decision.remind_at = None
    _found_by_its_words(session, decision)
    refresh_homes_soon(session, now=now)
    return decision


async def change(
    session: AsyncSession,
    number: int,
    *,
    question: str,
    description: str,
    owner: str,
    due_at: datetime,
    by: str,
    now: datetime,
    seen: str | None = None,
) -> Decision:
    """Asks in other words, hands it over, or gives it more time. `seen` is the state that a form showed."""
    decision = await _pending(session, number, seen)
    question, description = _checked_words(question, description)
    said = (question, description, owner, due_at)
    if said == (decision.question, decision.description, decision.owner, decision.due_at):
        return decision
    if due_at != decision.due_at:
        decision.due_at = decision.remind_at = _checked_due(due_at, now=now)
    decision.question, decision.description, decision.owner = question, description, owner
    decision.changed_at, decision.changed_by = now, by
    _found_by_its_words(session, decision)
    refresh_homes_soon(session, now=now)
    return decision


async def _pending(session: AsyncSession, number: int, seen: str | None) -> Decision:
    """The decision, locked. Raises NotFound, and RuleRefused where it is over, or not any more as it was `seen`."""
    decision = await decision_by_number(session, number, lock=True)
    if decision.status != PENDING:
        raise RuleRefused(
            f"Decision #{decision.id} is {decision.status} already.",
            f"`/ops decisions show {decision.id}` shows the answer.",
        )
    refuse_if_changed(f"decision #{decision.id}", decision.stands_since, decision.changed_by, seen)
    return decision


async def remind(session: AsyncSession, number: int, *, config: Config, now: datetime) -> None:
    """Has its owner reminded, and again the next day unless it is decided by then."""
    decision = await session.get(Decision, number, with_for_update=True, populate_existing=True)
    if decision is None or decision.remind_at is None or decision.remind_at > now:
        return
    about = {"decision": decision.id}
    enqueue(session, "decision.reminder", now=now, about=about, fold=f"decision:{decision.id}")
    decision.remind_at = next_reminder(decision.due_at, config.zone, now=now)


async def decision_by_number(session: AsyncSession, number: int, *, lock: bool = False) -> Decision:
    """Raises NotFound."""
    found = await numbered(session, Decision, number, lock=lock)
    if found is None:
        raise NotFound(f"There is no decision #{number}.", "`/ops decisions` shows them.")
    return found


async def listed(
    session: AsyncSession, *, everything: bool = False, limit: int, offset: int = 0
) -> Sequence[Decision]:
    """Those that are pending, the first due first; with `everything` what was decided behind them, the newest first."""
    query = select(Decision)
    if everything:
        query = query.order_by(Decision.decided_at.is_not(None), Decision.decided_at.desc(), Decision.due_at)
    else:
        query = query.where(Decision.decided_at.is_(None)).order_by(Decision.due_at, Decision.id)
    return (await session.scalars(query.limit(limit).offset(offset))).all()


async def count_decisions(session: AsyncSession, *, everything: bool = False) -> int:
    query = select(func.count()).select_from(Decision)
    return await session.scalar(query if everything else query.where(Decision.decided_at.is_(None))) or 0
