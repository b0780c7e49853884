"""What is done with a review: it begins, is held up, goes on, and ends. Each verb locks the incident first."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.config.sections.reviews import PUBLISH
from bot.core.errors import NotFound, RuleRefused, UserError
from bot.core.search_text import REVIEW, change_text
from bot.core.timeline import record
from bot.core.viewer import PROGRAM, Viewer
from bot.incidents.lifecycle import cleaned
from bot.incidents.queries import locked, roles_of
from bot.incidents.rows import Incident
from bot.reviews import course, telling
from bot.reviews.document import FIELD, Document, lessons
from bot.reviews.people import admitted, for_service, owner_of, step_owner
from bot.reviews.queries import ReviewNow, kept_document, of_incident, version_of
from bot.reviews.rows import (
    DONE,
    HELD,
    OPEN,
    SKIPPED,
    STEP_DONE,
    TO_DO,
    WAIVED,
    Review,
    ReviewTask,
    ReviewVersion,
)

LONGEST_REASON = 1000


# -- what the tick does ---------------------------------------------------------------------------------------


async def look(session: AsyncSession, number: int, *, config: Config, now: datetime) -> None:
    """Begins a review, holds it up, or has it go on, as the incident stands now."""
    incident = await locked(session, number, PROGRAM)
    if incident.review_at is None:
        return  # another process was here
    incident.review_at = None
    known = await of_incident(session, incident)
    if incident.is_open or not incident.counted:
        if known is not None and known.review.state in (OPEN, DONE):
            await _hold(session, known, config=config, now=now)
        return
    severity = config.severity(incident.severity)
    is_asked = severity is not None and severity.review == "required" and not incident.drill
    if known is None:
        if is_asked:
            await _begin(session, incident, config=config, by=None, now=now)
    elif known.review.state == HELD:
        await _go_on(session, known, config=config, required=is_asked, now=now)
    elif known.review.state == OPEN:
        known.review.required = is_asked or known.review.asked_by is not None
        _set_dues(known, config, known.over_at, now)
        await telling.changed(session, incident, now=now)


async def remind(session: AsyncSession, number: int, *, config: Config, now: datetime) -> None:
    """Reminds whoever must be by now, and notes when that is next."""
    incident = await locked(session, number, PROGRAM)
    known = await of_incident(session, incident)
    if known is None or known.review.remind_at is None or known.review.remind_at > now:
        return
    review = known.review
    found = course.reminder(config.reviews, review, known.tasks, now)
    review.remind_at = (
        course.following_reminder(config.reviews, known.due_at, now) if review.state == OPEN else None
    )
    if found is None:
        return
    review.reminders += 1
    roles = await roles_of(session, incident.id)
    of_rung: dict[str, list[str | None]] = {
        course.OWNER: [*(task.owner for task in found.tasks)],
        course.LEAD: [roles.get("lead")],
        course.SERVICE: [for_service(incident, config)],
    }
    told: set[str] = set()
    for rung in found.rungs:
        for who in await admitted(session, incident, config, of_rung[rung]):
            if who not in told:
                told.add(who)
                telling.remind(session, incident, who, rung, now=now)
    if not told:
        telling.remind(session, incident, None, course.OWNER, now=now)
    await telling.changed(session, incident, now=now)


async def _begin(
    session: AsyncSession, incident: Incident, *, config: Config, by: str | None, now: datetime
) -> ReviewNow:
    rules = config.reviews
    # What is asked for later, or written down later, has its time from then on.
    is_late = by is not None or incident.retrospective
    over_at = now if is_late else incident.resolved_at or now
    due_at = course.report_due(rules, config.severity(incident.severity), over_at)
    owner = await owner_of(session, incident, config)
    if by is not None and owner is None:
        owner = by
    review = Review(
        incident_id=incident.id,
        state=OPEN,
        required=by is None,
        owner=owner,
        began_at=now,
        asked_by=by,
        due_at=due_at,
        reminders=0,
        reason="",
        versions=0,
    )
    session.add(review)
    tasks = []
    for place, step in enumerate(rules.steps):
        if step.name == PUBLISH and incident.private:
            continue  # it is for its responders only
        tasks.append(
            ReviewTask(
                incident_id=incident.id,
                name=step.name,
                place=place,
                title=step.title,
                owner=await step_owner(session, incident, config, step.owner, owner),
                required=step.required,
                due_at=course.task_due(rules, step.name, over_at, due_at),
                state=TO_DO,
                reason="",
            )
        )
    session.add_all(tasks)
    await session.flush()
    known = ReviewNow(incident, review, tuple(tasks))
    review.remind_at = course.first_reminder(rules, known.due_at, now)
    record(
        session,
        incident,
        "review",
        now=now,
        by=by,
        what="began",
        owner=owner,
        until=due_at.isoformat(),
    )
    await telling.changed(session, incident, now=now)
    return known


async def _hold(session: AsyncSession, known: ReviewNow, *, config: Config, now: datetime) -> None:
    review = known.review
    review.state, review.remind_at, review.ended_at, review.ended_by = HELD, None, None, None
    record(
        session,
        known.incident,
        "review",
        now=now,
        by=None,
        what="held",
        none=not known.incident.counted or None,
    )
    await telling.changed(session, known.incident, now=now)


async def _go_on(
    session: AsyncSession, known: ReviewNow, *, config: Config, required: bool, now: datetime
) -> None:
    """The incident is over again: what was done was done for a shorter story, so it is asked for again."""
    review = known.review
    review.state, review.reminders = OPEN, 0
    review.required = required or review.asked_by is not None
    for task in known.tasks:
        if task.state == STEP_DONE:
            task.state, task.changed_at, task.changed_by = TO_DO, None, None
    _set_dues(known, config, known.incident.resolved_at or now, now)
    record(
        session, known.incident, "review", now=now, by=None, what="went_on", until=review.due_at.isoformat()
    )
    await telling.changed(session, known.incident, now=now)


def _set_dues(known: ReviewNow, config: Config, over_at: datetime, now: datetime) -> None:
    review, rules = known.review, config.reviews
    review.due_at = course.report_due(rules, config.severity(known.incident.severity), over_at)
    for task in known.tasks:
        task.due_at = course.task_due(rules, task.name, over_at, review.due_at)
    review.remind_at = course.first_reminder(rules, known.due_at, now)


# -- what people do -------------------------------------------------------------------------------------------


async def ask(session: AsyncSession, number: int, *, config: Config, by: str, now: datetime) -> ReviewNow:
    """Begins the review of an incident that has none, or takes one up again that was waived."""
    incident = await locked(session, number, Viewer(by))
    if incident.is_open:
        raise RuleRefused(
            f"Incident #{number} is not over yet; its review begins when it is resolved.",
            f"Until then `/incident note {number}` keeps what should stand in it.",
        )
    known = await of_incident(session, incident)
    if known is None:
        return await _begin(session, incident, config=config, by=by, now=now)
    if known.review.state != WAIVED:
        raise RuleRefused(
            f"Incident #{number} has a review already.", f"`/incident review {number}` shows it."
        )
    review = known.review
    review.state, review.reason, review.ended_at, review.ended_by = OPEN, "", None, None
    review.asked_by, review.began_at = review.asked_by or by, now
    _set_dues(known, config, now, now)
    record(session, incident, "review", now=now, by=by, what="went_on", until=review.due_at.isoformat())
    await telling.changed(session, incident, now=now)
    return known


async def give(
    session: AsyncSession, number: int, to: str, *, config: Config, by: str, now: datetime
) -> ReviewNow:
    """Hands the review to somebody, with those of its open steps that the one before had."""
    known = await _unfinished(session, number, by)
    review = known.review
    if review.owner == to:
        raise RuleRefused(f"The review of #{number} is theirs already.")
    await _refuse_stranger(session, known, to, config)
    before, review.owner = review.owner, to
    for task in known.tasks:
        if task.is_open and task.owner in (before, None):
            task.owner = to
    record(session, known.incident, "review", now=now, by=by, what="owner", owner=to, before=before)
    await telling.changed(session, known.incident, now=now)
    return known


async def give_step(
    session: AsyncSession, number: int, name: str, to: str, *, config: Config, by: str, now: datetime
) -> ReviewNow:
    """Hands one step to somebody; the review stays whose it is."""
    known = await _unfinished(session, number, by)
    task = _open_step(known, name)
    if task.owner == to:
        raise RuleRefused(f"“{task.title}” is theirs already.")
    await _refuse_stranger(session, known, to, config)
    before, task.owner = task.owner, to
    record(
        session,
        known.incident,
        "review",
        now=now,
        by=by,
        what="step_owner",
        step=task.title,
        owner=to,
        before=before,
    )
    await telling.changed(session, known.incident, now=now)
    return known


async def _refuse_stranger(session: AsyncSession, known: ReviewNow, to: str, config: Config) -> None:
    if not await admitted(session, known.incident, config, [to]):
        raise UserError(
            "They cannot see this incident, or are no full member.",
            "Invite them to its channel first, or choose somebody else.",
            field="user",
        )


async def finish_step(
    session: AsyncSession, number: int, name: str, *, config: Config, by: str, now: datetime
) -> ReviewNow:
    """A step is done."""
    known = await _unfinished(session, number, by)
    task = _open_step(known, name)
    if task.name == PUBLISH and known.review.published_at is None:
        raise RuleRefused(
            "The review is not published yet.",
            "Use its button “Publish”, which does this step too.",
        )
    await _settle_step(session, known, task, STEP_DONE, "", config=config, by=by, now=now)
    return known


async def skip_step(
    session: AsyncSession, number: int, name: str, reason: str, *, config: Config, by: str, now: datetime
) -> ReviewNow:
    """A step that is not required is left out; `reason` tells those who read it later."""
    known = await _unfinished(session, number, by)
    task = _open_step(known, name)
    if task.required:
        raise RuleRefused(
            f"“{task.title}” is required and cannot be skipped.",
            f"Do it, hand it to somebody, or waive the whole review: `/incident review {number} waive <reason>`.",
        )
    reason = _reason(reason, "A step is skipped with a reason.")
    await _settle_step(session, known, task, SKIPPED, reason, config=config, by=by, now=now)
    return known


async def redo_step(
    session: AsyncSession, number: int, name: str, *, config: Config, by: str, now: datetime
) -> ReviewNow:
    """A step is to be done after all, and so the review is not over."""
    known = await locked_review(session, number, by)
    if known.review.state not in (OPEN, DONE):
        raise RuleRefused(*_not_open(known))
    task = _step(known, name)
    if task.is_open:
        raise RuleRefused(f"“{task.title}” is still to be done.")
    task.state, task.reason, task.changed_at, task.changed_by = TO_DO, "", now, by
    review = known.review
    review.state, review.ended_at, review.ended_by = OPEN, None, None
    review.remind_at = course.first_reminder(config.reviews, known.due_at, now)
    record(session, known.incident, "review", now=now, by=by, what="step_open", step=task.title)
    await telling.changed(session, known.incident, now=now)
    return known


async def waive(
    session: AsyncSession, number: int, reason: str, *, config: Config, by: str, now: datetime
) -> ReviewNow:
    """There will be no review, or no more of it; nobody is reminded again."""
    known = await locked_review(session, number, by)
    if not known.review.is_unfinished:
        raise RuleRefused(*_not_open(known))
    reason = _reason(reason, "A review is waived with a reason.")
    review = known.review
    review.state, review.reason, review.ended_at, review.ended_by = WAIVED, reason, now, by
    review.remind_at = None
    record(session, known.incident, "review", now=now, by=by, what="waived", text=reason)
    await telling.changed(session, known.incident, now=now)
    return known


async def keep(
    session: AsyncSession,
    number: int,
    written: Document,
    *,
    draft: Document,
    seen: int,
    what: str,
    by: str | None,
    now: datetime,
) -> ReviewNow:
    """Keeps another version of the document. `draft` is what stood there before anybody wrote: it is kept as the first
    version. `seen` is the version that `written` was made from; raises RuleRefused where another has been kept since.
    """
    known = await locked_review(session, number, by)
    review = known.review
    if seen != review.versions:
        raise RuleRefused(
            f"Somebody has kept version {review.versions} while you wrote, so yours was not kept.",
            "Copy your words, close this, open the review again and put them in.",
            field=FIELD,
        )
    if review.versions == 0:
        _add_version(session, known, draft, by=None, what="drafted from the timeline", now=now)
        if written == draft:
            return known
    _add_version(session, known, written, by=by, what=what, now=now)
    await telling.changed(session, known.incident, now=now)
    return known


async def publish(
    session: AsyncSession, number: int, *, draft: Document, config: Config, by: str, now: datetime
) -> ReviewNow:
    """Has the newest version posted in the channel of reviews. Raises RuleRefused for a private incident's."""
    known = await locked_review(session, number, by)
    review, incident = known.review, known.incident
    if incident.private:
        raise RuleRefused(
            "The incident is private, so its review is for its responders only.",
            f"`/incident review {number} export` sends it to you as a file.",
        )
    if review.state in (HELD, WAIVED):
        raise RuleRefused(*_not_open(known))
    if not known.may_be_published:
        raise RuleRefused("This version is published already.", "Change something first.")
    if review.versions == 0:
        _add_version(session, known, draft, by=None, what="drafted from the timeline", now=now)
    review.published_at, review.published_by, review.published_version = now, by, review.versions
    version = await version_of(session, incident.id, review.versions)
    published = kept_document(version) if version is not None else draft
    change_text(session, REVIEW, incident_id=incident.id, body=lessons(published))
    record(session, incident, "review", now=now, by=by, what="published", version=review.versions)
    task = next((one for one in known.tasks if one.name == PUBLISH and one.is_open), None)
    if task is not None:
        await _settle_step(session, known, task, STEP_DONE, "", config=config, by=by, now=now)
    telling.published(session, incident, now=now)
    await telling.changed(session, incident, now=now)
    return known


def _add_version(
    session: AsyncSession, known: ReviewNow, written: Document, *, by: str | None, what: str, now: datetime
) -> None:
    known.review.versions += 1
    session.add(
        ReviewVersion(
            incident_id=known.incident.id,
            number=known.review.versions,
            sections=dict(written.sections),
            author=by,
            kept_at=now,
            what=what[:200],
        )
    )


async def _settle_step(
    session: AsyncSession,
    known: ReviewNow,
    task: ReviewTask,
    state: str,
    reason: str,
    *,
    config: Config,
    by: str,
    now: datetime,
) -> None:
    review = known.review
    task.state, task.reason, task.changed_at, task.changed_by = state, reason, now, by
    what = "step_done" if state == STEP_DONE else "step_skipped"
    record(session, known.incident, "review", now=now, by=by, what=what, step=task.title, text=reason or None)
    review.remind_at = course.first_reminder(config.reviews, known.due_at, now)
    if known.due_at is None:
        review.state, review.ended_at, review.ended_by = DONE, now, by
        record(session, known.incident, "review", now=now, by=by, what="done")
    await telling.changed(session, known.incident, now=now)


# -- loading --------------------------------------------------------------------------------------------------


async def locked_review(session: AsyncSession, number: int, by: str | None) -> ReviewNow:
    """The review, with its incident locked until the transaction ends. Raises NotFound."""
    incident = await locked(session, number, Viewer(by))
    known = await of_incident(session, incident)
    if known is None:
        raise NotFound(
            f"Incident #{number} has no review.", f"`/incident review {number}` offers to begin one."
        )
    return known


async def _unfinished(session: AsyncSession, number: int, by: str) -> ReviewNow:
    known = await locked_review(session, number, by)
    if known.review.state != OPEN:
        raise RuleRefused(*_not_open(known))
    return known


def _not_open(known: ReviewNow) -> tuple[str, str]:
    number = known.incident.id
    return {
        HELD: (f"The review of #{number} is on hold.", "It goes on when the incident is resolved again."),
        DONE: (f"The review of #{number} is done.", "Its steps can be opened again."),
        WAIVED: (
            f"The review of #{number} was waived: {known.review.reason}",
            f"`/incident review {number} begin` takes it up again.",
        ),
    }.get(known.review.state, (f"The review of #{number} is open.", ""))


def _step(known: ReviewNow, name: str) -> ReviewTask:
    found = next((task for task in known.tasks if task.name == name.lower()), None)
    if found is None:
        names = ", ".join(task.name for task in known.tasks)
        raise NotFound(f"The review has no step “{name[:40]}”.", f"Its steps are {names}.")
    return found


def _open_step(known: ReviewNow, name: str) -> ReviewTask:
    task = _step(known, name)
    if not task.is_open:
        said = "done" if task.state == STEP_DONE else "skipped"
        raise RuleRefused(f"“{task.title}” is {said} already.")
    return task


def _reason(text: str, asked: str) -> str:
    reason = cleaned(text, "reason")[:LONGEST_REASON]
    if not reason:
        raise UserError(asked, "Say why, for those who read it later.", field="reason")
    return reason
