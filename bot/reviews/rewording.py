"""Another wording for a review: asked for, claimed, ended, taken or left. Each verb locks the incident first.

asked ──claimed──▶ running ──▶ ready ──▶ taken: another version · left
  └────────────────────┴──▶ failed, and why
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.config.sections.reviews import Wording
from bot.core.db import left_work, numbered
from bot.core.errors import NotFound, RuleRefused
from bot.core.outbox import Priority, enqueue
from bot.core.timeline import record
from bot.core.viewer import PROGRAM
from bot.incidents.queries import locked
from bot.incidents.rows import Incident
from bot.reviews.document import Document
from bot.reviews.facts import facts_of
from bot.reviews.lifecycle import keep, locked_review
from bot.reviews.queries import ReviewNow, kept_document, of_incident, review_of, version_of
from bot.reviews.rows import ASKED, FAILED, LEFT, READY, RUNNING, TAKEN, ReviewWording
from bot.reviews.wording import Reworded, sentences_of

# What is added to the endpoint's own time, for writing down what came.
GRACE = timedelta(seconds=30)
UNDER_WAY = (ASKED, RUNNING)
LOST = "Tocsin was stopped while it waited for the answer. Ask again."
PRIVATE = "The incident is private: nothing of its review leaves this server."
OFF = "app.yaml names no endpoint for it any more."


@dataclass(frozen=True)
class Claimed:
    """What a process is to ask for."""

    number: int
    incident_id: int
    document: Document
    section: Wording


async def newest_of(session: AsyncSession, incident_id: int) -> ReviewWording | None:
    """The newest of an incident that the caller was allowed to load, whatever became of it."""
    found: ReviewWording | None = await session.scalar(
        select(ReviewWording)
        .where(ReviewWording.incident_id == incident_id)
        .order_by(ReviewWording.id.desc())
        .limit(1)
    )
    return found


async def ask(
    session: AsyncSession, number: int, *, draft: Document, config: Config, by: str, now: datetime
) -> ReviewWording:
    """Somebody wants the newest version, or the draft, in better words. Raises UserError; for a private incident always."""
    known = await locked_review(session, number, by)
    section = config.reviews.wording
    if known.incident.private:
        raise RuleRefused(PRIVATE, "Edit it by hand.")
    if section is None:
        raise RuleRefused(
            "Nothing is set up that could improve the wording.",
            "Whoever runs Tocsin can name an endpoint in app.yaml: `reviews.wording`.",
        )
    before = await newest_of(session, number)
    if before is not None and before.state in UNDER_WAY:
        raise RuleRefused(
            f"<@{before.asked_by}> has asked for it already, and the answer is not there yet.",
            "It comes within some minutes.",
        )
    kept = await version_of(session, number, known.review.versions) if known.review.versions else None
    document = draft if kept is None else kept_document(kept)
    if not sentences_of(document):
        raise RuleRefused("There is no sentence in it whose wording could be improved.", "Write some first.")
    if before is not None and before.state == READY:
        _settle(before, LEFT, by=by)
    row = ReviewWording(
        incident_id=number,
        state=ASKED,
        model=section.model,
        asked_by=by,
        asked_at=now,
        made_from=known.review.versions,
        sections=dict(document.sections),
        answer={},
        changes=[],
        kept={},
        problem="",
        due_at=now,
    )
    session.add(row)
    await session.flush()
    left_work(session)
    record(
        session,
        known.incident,
        "review",
        now=now,
        by=by,
        what="wording_asked",
        model=section.model,
        host=urlsplit(section.url).hostname,
    )
    return row


async def take(
    session: AsyncSession, number: int, wording: int, *, draft: Document, by: str, now: datetime
) -> ReviewNow:
    """The proposed wording becomes a version. Raises UserError where it was decided on, or something newer was written."""
    known = await locked_review(session, number, by)
    row = await ready(session, known, wording, lock=True)
    before, after = _document(row.sections), _document(row.answer)
    if row.made_from == 0 and known.review.versions == 0 and draft != before:
        raise RuleRefused(
            "The draft follows what was recorded, and has changed since, so this wording was not taken.",
            "Ask for it again.",
        )
    if row.made_from != known.review.versions:
        raise RuleRefused(
            f"Somebody has kept version {known.review.versions} since, so this wording was not taken.",
            "Ask for it again.",
        )
    said = f"better wording by {row.model}"
    known = await keep(session, number, after, draft=before, seen=row.made_from, what=said, by=by, now=now)
    _settle(row, TAKEN, by=by)
    return known


async def leave(session: AsyncSession, number: int, wording: int, *, by: str, now: datetime) -> ReviewNow:
    """Nobody wants it. Raises UserError where it was decided on."""
    known = await locked_review(session, number, by)
    _settle(await ready(session, known, wording, lock=True), LEFT, by=by)
    return known


async def ready(
    session: AsyncSession, known: ReviewNow, wording: int, *, lock: bool = False
) -> ReviewWording:
    """The one that waits for somebody to take it or leave it. Raises UserError where it does not."""
    row = await numbered(session, ReviewWording, wording, lock=lock)
    if row is None or row.incident_id != known.incident.id:
        raise NotFound("There is no such wording of this review.", "Open the review again.")
    if row.state != READY:
        decided = f"<@{row.decided_by}> has {'taken' if row.state == TAKEN else 'left'} it"
        why = decided if row.decided_by else "it is not ready" if row.state in UNDER_WAY else "it failed"
        raise RuleRefused(f"This wording cannot be taken any more: {why}.", "Open the review again.")
    return row


def _settle(row: ReviewWording, state: str, *, by: str) -> None:
    """Nobody can take it any more; what it said is kept in the version, if at all."""
    row.state, row.decided_by = state, by
    row.sections, row.answer, row.changes = {}, {}, []


async def withdraw(session: AsyncSession, incident: Incident, *, now: datetime) -> None:
    """An entry was redacted: what was made from the words of before is not to come back."""
    row = await newest_of(session, incident.id)
    if row is not None and (row.state in UNDER_WAY or row.state == READY):
        _fail(session, row, incident, "An entry of the timeline was redacted meanwhile. Ask again.", now=now)


# -- by the tick --------------------------------------------------------------------------------------------------


async def due(session: AsyncSession, *, now: datetime) -> Sequence[int]:
    """Those that wait for a process."""
    query = select(ReviewWording.id).where(ReviewWording.due_at <= now).order_by(ReviewWording.due_at)
    return (await session.scalars(query.limit(20))).all()


async def orphans(session: AsyncSession, *, now: datetime) -> Sequence[int]:
    """Those whose process has not written what came of it."""
    return (await session.scalars(select(ReviewWording.id).where(ReviewWording.claimed_until <= now))).all()


async def claim(
    session: AsyncSession, number: int, *, config: Config, worker: str, now: datetime
) -> Claimed | None:
    """Takes one for this process; None when another has it, or nothing may be asked any more."""
    row, incident, known = await _locked(session, number)
    if row.due_at is None or row.due_at > now:
        return None
    section = config.reviews.wording
    if incident.private or section is None or known is None:
        _fail(session, row, incident, PRIVATE if incident.private else OFF, now=now)
        return None
    row.due_at, row.state, row.model = None, RUNNING, section.model
    row.claimed_until, row.claimed_by = now + section.timeout + GRACE, worker
    return Claimed(row.id, incident.id, _document(row.sections), section)


async def terms_of(session: AsyncSession, incident_id: int, config: Config) -> frozenset[str]:
    """The names of people and services, which must neither come into a sentence nor go."""
    _, known = await review_of(session, incident_id, PROGRAM)
    people = (await facts_of(session, known)).names.values() if known is not None else ()
    return frozenset([*people, *(one.shown_name for one in config.services)])


async def end(
    session: AsyncSession, number: int, came: Reworded | str, *, worker: str, now: datetime
) -> None:
    """What came of it: another wording, or in words why there is none. Whoever asked is told."""
    row, incident, known = await _locked(session, number)
    if row.state != RUNNING or row.claimed_by != worker:
        return
    if isinstance(came, str):
        _fail(session, row, incident, came, now=now)
    elif known is None or known.review.versions != row.made_from:
        _fail(session, row, incident, "Somebody has kept another version meanwhile. Ask again.", now=now)
    elif not came.changes:
        row.kept = dict(came.kept)
        _fail(session, row, incident, _nothing(came), now=now)
    else:
        row.state, row.claimed_until, row.ended_at = READY, None, now
        row.answer, row.kept = dict(came.document.sections), dict(came.kept)
        row.changes = [[one.section, one.before, one.after] for one in came.changes]
        _tell(session, row, incident, now=now)


def _nothing(came: Reworded) -> str:
    if not came.kept:
        return "It found nothing to improve."
    reasons = ", ".join(f"{reason} ({count})" for reason, count in came.kept.items())
    return f"Nothing of its answer could be taken: {reasons}."


async def lose(session: AsyncSession, number: int, *, now: datetime) -> None:
    """The process that asked is gone. It is not asked again by itself: somebody pays for each answer."""
    row, incident, _ = await _locked(session, number)
    if row.state == RUNNING and row.claimed_until is not None and row.claimed_until <= now:
        _fail(session, row, incident, LOST, now=now)


async def put_off(session: AsyncSession, number: int, *, until: datetime) -> None:
    """What fails in our own code is looked at later."""
    row = await session.get(ReviewWording, number, with_for_update=True)
    if row is not None and row.due_at is not None:
        row.due_at = until
    elif row is not None and row.claimed_until is not None:
        row.claimed_until = until


async def release_claims_of_the_dead(session: AsyncSession, *, now: datetime) -> None:
    """Where there is one process only, what was asked at its start was the former one's."""
    for row in await session.scalars(select(ReviewWording).where(ReviewWording.claimed_until.is_not(None))):
        row.claimed_until = now


async def _locked(session: AsyncSession, number: int) -> tuple[ReviewWording, Incident, ReviewNow | None]:
    row = await session.get_one(ReviewWording, number)
    incident = await locked(session, row.incident_id, PROGRAM)
    await session.refresh(row, with_for_update=True)
    return row, incident, await of_incident(session, incident)


def _fail(
    session: AsyncSession, row: ReviewWording, incident: Incident, problem: str, *, now: datetime
) -> None:
    row.state, row.problem, row.ended_at = FAILED, problem, now
    row.due_at, row.claimed_until = None, None
    row.sections, row.answer, row.changes = {}, {}, []
    _tell(session, row, incident, now=now)


def _tell(session: AsyncSession, row: ReviewWording, incident: Incident, *, now: datetime) -> None:
    enqueue(
        session,
        "review.wording",
        now=now,
        incident_id=incident.id,
        about={"wording": row.id, "to": row.asked_by},
        priority=Priority.ANSWER,
    )


def _document(sections: dict[str, object]) -> Document:
    return Document({str(key): str(text) for key, text in sections.items()})
