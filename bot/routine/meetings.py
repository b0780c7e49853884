"""Recurring reviews: announced ahead, begun, written down, closed; or postponed, or missed.

announced ──▶ running ──▶ over ──▶ held, or missed where nobody wrote anything down
    ▲   postpone  │         │
    └─ postponed ◀┴─────────┘
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cadences.cadence import cadence
from bot.cadences.recurring import Occurrence, Plan
from bot.config import Config
from bot.config.sections.recurring_reviews import RecurringReview
from bot.core.errors import RuleRefused, UserError
from bot.core.outbox import enqueue
from bot.incidents.homes import refresh_homes_soon
from bot.paging.people import person_of
from bot.reviews import actions
from bot.reviews.action_rows import ActionItem
from bot.routine.meeting_queries import by_number
from bot.routine.meeting_rows import (
    ANNOUNCED,
    DECISION,
    FEEDBACK,
    HELD,
    MISSED,
    NOTE,
    OVER,
    POSTPONED,
    RUNNING,
    Meeting,
    MeetingWord,
)
from bot.routine.turns import Turn, there_at, whose_turn

KIND = "recurring review"
LONGEST_TEXT = 2000
# Whoever leads it has so long to close it; then it is held, or missed.
CLOSED_WITHIN = timedelta(days=1)
# The figures of the first one reach back so far.
FIRST_PERIOD = timedelta(days=14)
LONGEST_AWAY = timedelta(days=366)


def plans(config: Config) -> Mapping[str, Plan]:
    """When each review comes, and how long before it is announced."""
    return {
        review.name: Plan(cadence(config, review.cadence), review.remind_before)
        for review in config.recurring_reviews
    }


async def announce(
    session: AsyncSession, config: Config, occurrence: Occurrence, now: datetime
) -> Meeting | None:
    """The next one is near: it gets a row, somebody who leads it, and a message that asks for feedback."""
    review = config.recurring_review(occurrence.key[1])
    if review is None:
        return None
    turn = await _whose_turn(session, config, review, at=max(occurrence.at, now))
    row = Meeting(
        review=review.name,
        title=review.title,
        facilitator=turn.person,
        turn=turn.entry,
        participants=list(review.participants),
        agenda=[topic.model_dump(mode="json") for topic in review.agenda],
        questions=list(review.questions),
        planned_at=occurrence.at,
        since_at=await _period_of(session, review.name, occurrence),
        starts_at=occurrence.at,
        ends_at=occurrence.at + review.duration,
        missed_since=occurrence.missed,
        status=ANNOUNCED,
        postponed=0,
        reason="",
        act_at=occurrence.at,
        opened_at=now,
    )
    session.add(row)
    await session.flush()
    changed(session, row, now=now)
    return row


async def _whose_turn(
    session: AsyncSession, config: Config, review: RecurringReview, *, at: datetime
) -> Turn:
    """Who leads it: the one behind whoever led it last."""
    before = await session.scalar(
        select(func.coalesce(Meeting.turn, Meeting.facilitator))
        .where(Meeting.review == review.name)
        .order_by(Meeting.planned_at.desc())
        .limit(1)
    )
    people = review.facilitators or review.participants
    return await whose_turn(session, config, people, after=before, at=at)


async def _period_of(session: AsyncSession, review: str, occurrence: Occurrence) -> datetime:
    """Since the last one that was held."""
    last: datetime | None = await session.scalar(
        select(func.max(Meeting.starts_at)).where(Meeting.review == review, Meeting.status == HELD)
    )
    return last or occurrence.last_at or occurrence.at - FIRST_PERIOD


# -- what people do -----------------------------------------------------------------------------------------------


async def say(
    session: AsyncSession,
    number: int,
    kind: str,
    text: str,
    *,
    by: str | None,
    now: datetime,
    question: str | None = None,
) -> Meeting:
    """Feedback (to a question), a note or a decision. Without `by` it has no name, and nobody can find out whose it is."""
    text = text.replace("\x00", "").strip()
    if not text:
        raise UserError("That says nothing.", "Write it in a sentence or two.", field="text")
    if len(text) > LONGEST_TEXT:
        raise UserError(
            f"That is {len(text)} characters; {LONGEST_TEXT} is the most.", "Shorten it.", field="text"
        )
    row = await by_number(session, number, lock=True)
    _refuse_if_closed(row)
    word = MeetingWord(meeting_id=row.id, kind=kind, question=question, text=text, by=by, said_at=now)
    session.add(word)
    await session.flush()
    if kind in (NOTE, DECISION) or row.has_begun:
        tell(session, row, "word", now=now, word=word.id)
    changed(session, row, now=now)
    return row


async def promise(
    session: AsyncSession,
    number: int,
    *,
    title: str,
    owner: str,
    due_on: date | None,
    impact: str | None,
    effort: str | None,
    config: Config,
    by: str,
    now: datetime,
) -> ActionItem:
    """An action item of the meeting."""
    row = await by_number(session, number, lock=True)
    _refuse_if_closed(row)
    item = await actions.add(
        session,
        title=title,
        owner=owner,
        due_on=due_on,
        impact=impact,
        effort=effort,
        by=by,
        now=now,
        config=config,
        meeting_id=row.id,
    )
    tell(session, row, "item", now=now, item=item.id)
    changed(session, row, now=now)
    return item


async def postpone(
    session: AsyncSession, number: int, to: datetime, reason: str, *, config: Config, by: str, now: datetime
) -> Meeting:
    """It is held later; people are reminded ahead of the new time too."""
    row = await by_number(session, number, lock=True)
    _refuse_if_closed(row)
    if to <= now:
        raise UserError("That time is over.", "Choose one that is to come.", field="at")
    if to > now + LONGEST_AWAY:
        raise UserError("That is more than a year away.", "Choose a nearer time.", field="at")
    if to == row.starts_at:
        raise RuleRefused("It is at that time already.", "Choose another one.")
    reason = reason.replace("\x00", "").strip()
    if len(reason) > LONGEST_TEXT:
        raise UserError(
            f"That is {len(reason)} characters; {LONGEST_TEXT} is the most.", "Shorten it.", field="reason"
        )
    review = config.recurring_review(row.review)
    ahead = review.remind_before if review is not None else timedelta()
    row.starts_at, row.ends_at = to, to + (row.ends_at - row.starts_at)
    row.status = POSTPONED
    row.postponed += 1
    row.postponed_by, row.reason = by, reason
    # Of a time that is nearer than that, people are told by the postponing itself.
    row.act_at = to - ahead if to - ahead > now else to
    tell(session, row, "postponed", now=now)
    changed(session, row, now=now)
    return row


async def hand_over(
    session: AsyncSession, number: int, to: str, *, config: Config, by: str, now: datetime
) -> Meeting:
    """Somebody else leads it; `to` is a Slack user id."""
    row = await by_number(session, number, lock=True)
    _refuse_if_closed(row)
    person = await person_of(session, config, to)
    if row.facilitator == person:
        raise RuleRefused("They lead it already.", "Choose somebody else.")
    row.facilitator = person
    tell(session, row, "handed", now=now, by=by)
    changed(session, row, now=now)
    return row


async def close(session: AsyncSession, number: int, *, by: str | None, now: datetime) -> Meeting:
    """It was held: decisions, items with their owners and the next date are told."""
    row = await by_number(session, number, lock=True)
    _refuse_if_closed(row)
    if by is not None and not row.has_begun:
        raise RuleRefused("It has not begun yet.", "Postpone it, if it is to be at another time.")
    _end(session, row, HELD, by=by, now=now)
    return row


# -- what the tick does -------------------------------------------------------------------------------------------


async def advance(session: AsyncSession, number: int, *, config: Config, now: datetime) -> None:
    """What is due of it: a reminder, its beginning, its end, or that nobody closed it."""
    row = await by_number(session, number, lock=True)
    if not row.is_open or row.act_at is None or row.act_at > now:
        return
    if row.starts_at > now:  # it was postponed, and comes near
        row.status, row.act_at = ANNOUNCED, row.starts_at
        tell(session, row, "soon", now=now)
    elif not row.has_begun:
        row.status, row.act_at = RUNNING, max(row.ends_at, now)
        await _stand_in(session, row, config=config, now=now)
        if row.ends_at > now:  # otherwise the bot did not run meanwhile
            tell(session, row, "begun", now=now)
        await _tell_feedback(session, row, now=now)
    elif row.status == RUNNING:
        row.status, row.act_at = OVER, now + CLOSED_WITHIN
        tell(session, row, "over", now=now)
    else:
        _end(session, row, HELD if await _anything(session, row) else MISSED, by=None, now=now)
        return
    changed(session, row, now=now)


async def _stand_in(session: AsyncSession, row: Meeting, *, config: Config, now: datetime) -> None:
    """Whoever should lead it may be away by now, or have left: then it is the next one of those who take turns."""
    review = config.recurring_review(row.review)
    if review is None or row.facilitator is None:
        return
    there = await there_at(session, config, [row.facilitator], now)
    if there.absence(row.facilitator) is not None:
        people = review.facilitators or review.participants
        turn = await whose_turn(session, config, people, after=row.turn, at=now)
        row.facilitator, row.turn = turn.person, turn.entry


async def _tell_feedback(session: AsyncSession, row: Meeting, *, now: datetime) -> None:
    given = await session.scalars(
        select(MeetingWord.id)
        .where(MeetingWord.meeting_id == row.id, MeetingWord.kind == FEEDBACK)
        .order_by(MeetingWord.id)
    )
    for word in given:
        tell(session, row, "word", now=now, word=word)


async def _anything(session: AsyncSession, row: Meeting) -> bool:
    """Whether something was written down, so that it was held."""
    words = await session.scalar(
        select(MeetingWord.id).where(MeetingWord.meeting_id == row.id, MeetingWord.kind != FEEDBACK).limit(1)
    )
    items = await session.scalar(select(ActionItem.id).where(ActionItem.meeting_id == row.id).limit(1))
    return words is not None or items is not None


# -- what they share ----------------------------------------------------------------------------------------------


def _refuse_if_closed(row: Meeting) -> None:
    if not row.is_open:
        raise RuleRefused(
            f"“{row.title}” #{row.id} is {row.status} already.", "`/ops meetings` shows those to come."
        )


def _end(session: AsyncSession, row: Meeting, status: str, *, by: str | None, now: datetime) -> None:
    row.status, row.closed_at, row.closed_by, row.act_at = status, now, by, None
    tell(session, row, status, now=now)
    changed(session, row, now=now)


def changed(session: AsyncSession, row: Meeting, *, now: datetime) -> None:
    """Its message and the Homes that show it are to be brought up to date."""
    refresh_homes_soon(session, now=now)
    enqueue(
        session,
        "meeting.message",
        now=now,
        about={"meeting": row.id},
        fold=f"meeting:{row.id}",
        lane=f"meeting:{row.id}",
    )


def tell(session: AsyncSession, row: Meeting, what: str, *, now: datetime, **more: int | str) -> None:
    """Something to be said beside its message, in the order in which it happened."""
    about = {"meeting": row.id, "what": what, **more}
    enqueue(session, "meeting.word", now=now, about=about, lane=f"meeting:{row.id}")
