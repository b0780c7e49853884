"""When a review is due, when somebody is reminded of it, and who. Pure: rows and a moment in, a decision out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.config import Reviews, Severity
from bot.reviews.rows import OPEN, Review, ReviewTask

# Whom a reminder goes to, the firmest last.
OWNER, LEAD, SERVICE = RUNGS = ("owner", "lead", "service")
# To the incident's channel: none of these is there.
NOBODY = "nobody"


def report_due(rules: Reviews, severity: Severity | None, over_at: datetime) -> datetime:
    """When the report of an incident is due that was over then."""
    within = severity.review_within if severity is not None else None
    return over_at + (within or rules.due)


def task_due(rules: Reviews, name: str, over_at: datetime, due_at: datetime) -> datetime:
    """When a step is due: as it says itself, or with the report."""
    step = rules.step(name)
    return over_at + step.within if step is not None and step.within is not None else due_at


def next_due(tasks: Iterable[ReviewTask]) -> datetime | None:
    """When the first of what is still to do is due."""
    return min((task.due_at for task in tasks if task.is_open), default=None)


def is_overdue(review: Review, tasks: Iterable[ReviewTask], now: datetime) -> bool:
    """Whether something of it should have been done by now."""
    due = next_due(tasks)
    return review.state == OPEN and due is not None and due <= now


def first_reminder(rules: Reviews, due_at: datetime | None, now: datetime) -> datetime | None:
    """When somebody is reminded first of what is due then; nothing is due: never."""
    if due_at is None:
        return None
    ahead = due_at - rules.remind_before
    if now < ahead:
        return ahead
    return due_at if now < due_at else now + rules.remind_every


def following_reminder(rules: Reviews, due_at: datetime | None, now: datetime) -> datetime | None:
    """When the next one follows on a reminder that goes out now: the due moment, the regular time, or the moment from
    which on somebody else is reminded too, whichever comes first.
    """
    if due_at is None:
        return None
    if now < due_at:
        return due_at
    firmer = (due_at + rules.lead_after, due_at + rules.service_owner_after)
    return min([now + rules.remind_every, *(moment for moment in firmer if moment > now)])


@dataclass(frozen=True)
class Reminder:
    """What is near or overdue, and how far up it goes: the rungs, in their order."""

    tasks: tuple[ReviewTask, ...]
    rungs: tuple[str, ...]


def reminder(rules: Reviews, review: Review, tasks: Sequence[ReviewTask], now: datetime) -> Reminder | None:
    """What somebody must be reminded of now; None: of nothing."""
    near = tuple(task for task in tasks if task.is_open and task.due_at - rules.remind_before <= now)
    if review.state != OPEN or not near:
        return None
    late = now - min(task.due_at for task in near)
    rungs = [OWNER]
    rungs += [LEAD] if late >= rules.lead_after else []
    rungs += [SERVICE] if late >= rules.service_owner_after else []
    return Reminder(near, tuple(rungs))
