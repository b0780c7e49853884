"""What is done with an item of the backlog. Who may see one is decided before: bot.incidents.backlog."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.backlog.priority import LEVELS
from bot.backlog.rows import (
    BUG,
    DECLINED,
    DONE,
    GROOMING,
    INCIDENT,
    KINDS,
    OPEN,
    PERSON,
    PLANNED,
    SPLIT,
    BacklogItem,
)
from bot.core.errors import RuleRefused, UserError
from bot.core.search_text import BACKLOG, add_text, change_text
from bot.core.seen import refuse_if_changed
from bot.core.texts import checked_text, checked_title, one_line

MOST_PARTS = 10
LONGEST_MILESTONE = 60


@dataclass(frozen=True)
class Said:
    """What a form says of an item that it showed as `seen`; `impact` and `effort` are both empty where it was not judged."""

    title: str
    kind: str
    description: str
    impact: str
    effort: str
    owner: str | None
    milestone: str
    seen: str | None = None


def cause(*said: str | None) -> str:
    """What an item is made for, in as many characters as the column has; other words give another one."""
    return hashlib.sha256("\x00".join(one or "" for one in said).encode()).hexdigest()


async def add(
    session: AsyncSession,
    *,
    title: str,
    by: str | None,
    now: datetime,
    kind: str = BUG,
    description: str = "",
    service: str | None = None,
    origin: str = PERSON,
    cause: str | None = None,
    incident_id: int | None = None,
    private: bool = False,
    part_of: int | None = None,
) -> tuple[BacklogItem, bool]:
    """Makes an item and returns it with True; where one of the same `cause` is unfinished that one, with False.

    Raises UserError where the title is empty or a text too long.
    """
    ask = "Say in a few words what is to be done."
    title = checked_title(title, of="An item", ask=ask, details_in="description")
    description = checked_text(description, "text")
    there = await of_cause(session, cause) if cause is not None else None
    if there is not None:
        return there, False
    sqlite = session.get_bind().dialect.name == "sqlite"
    # Two who ask for the same at once get one item: the second waits for the first, and finds what it made.
    made = await session.scalar(
        (insert_sqlite if sqlite else insert_postgres)(BacklogItem)
        .values(
            kind=kind,
            title=title,
            description=description,
            service=service,
            status=OPEN,
            reason="",
            private=private,
            origin=origin,
            cause=cause,
            incident_id=incident_id,
            part_of=part_of,
            place=0,
            created_at=now,
            created_by=by,
            changed_at=now,
            changed_by=by,
        )
        .on_conflict_do_nothing()
        .returning(BacklogItem.id)
    )
    if made is not None:
        item = await session.get_one(BacklogItem, made)
        found_by_its_words(session, item, note=add_text)
        return item, True
    found = await of_cause(session, str(cause))
    if found is None:  # the other one was finished in this very moment
        raise RuleRefused("The item of this was closed just now.", "Try again to make another one.")
    return found, False


def found_by_its_words(
    session: AsyncSession, item: BacklogItem, *, note: Callable[..., None] = change_text
) -> None:
    """Has it found by what it says now; that of a private incident by those who may see that one."""
    body = f"{item.description}\n{item.reason if item.status == DECLINED else ''}"
    incident = item.incident_id if item.private else None
    note(session, BACKLOG, incident_id=incident, number=item.id, title=item.title, body=body)


async def of_cause(session: AsyncSession, cause: str) -> BacklogItem | None:
    """The unfinished item that was made for this."""
    found: BacklogItem | None = await session.scalar(
        select(BacklogItem).where(BacklogItem.cause == cause, BacklogItem.closed_at.is_(None))
    )
    return found


async def of_incident(session: AsyncSession, incident_id: int) -> int | None:
    """The number of the item that was made for an incident."""
    return await session.scalar(
        select(BacklogItem.id)
        .where(BacklogItem.incident_id == incident_id, BacklogItem.origin == INCIDENT)
        .order_by(BacklogItem.id)
        .limit(1)
    )


def judge(
    item: BacklogItem, impact: str, effort: str, seen: str | None = None, *, by: str, now: datetime
) -> None:
    """How much it would change, and how much work it is; the priority follows. Raises UserError for other words, and
    where the item was changed since a form showed it as `seen`.
    """
    _refuse_if_closed(item)
    _refuse_if_changed(item, seen)
    for name, level in (("impact", impact), ("effort", effort)):
        if level not in LEVELS:
            raise UserError(f"The {name} is high, medium or low.", f"Choose one for the {name}.", field=name)
    item.impact, item.effort, item.judged_at, item.judged_by = impact, effort, now, by
    _looked_at(item, by=by, now=now)


def give(item: BacklogItem, owner: str | None, *, by: str, now: datetime) -> None:
    """Who sees to it; None: nobody any more."""
    _refuse_if_closed(item)
    item.owner = owner
    _looked_at(item, by=by, now=now)


def keep(item: BacklogItem, *, by: str, now: datetime) -> None:
    """It stays as it is, and grooming goes on to the next one."""
    _refuse_if_closed(item)
    _looked_at(item, by=by, now=now)


async def put_first(session: AsyncSession, item: BacklogItem, *, by: str, now: datetime) -> None:
    """Before all others of its priority."""
    _refuse_if_closed(item)
    least = await session.scalar(select(func.min(BacklogItem.place)).where(BacklogItem.closed_at.is_(None)))
    item.place = min(0, least or 0) - 1
    _looked_at(item, by=by, now=now)


async def split(
    session: AsyncSession, item: BacklogItem, titles: Sequence[str], *, by: str, now: datetime
) -> list[BacklogItem]:
    """Makes an item of each part and closes this one. Raises UserError for fewer than two parts, or too many."""
    _refuse_if_closed(item)
    titles = [title for title in titles if title.strip()]
    if not 2 <= len(titles) <= MOST_PARTS:
        raise UserError(
            f"To split an item needs 2 to {MOST_PARTS} parts, and these are {len(titles)}.",
            "Write one a line.",
            field="parts",
        )
    parts = []
    for title in titles:
        part, _ = await add(
            session,
            title=title,
            by=by,
            now=now,
            kind=item.kind,
            service=item.service,
            origin=GROOMING,
            incident_id=item.incident_id,
            private=item.private,
            part_of=item.id,
        )
        part.owner, part.milestone = item.owner, item.milestone
        parts.append(part)
    _close(item, SPLIT, by=by, now=now)
    item.reason = " ".join(f"#{part.id}" for part in parts)
    return parts


def plan(item: BacklogItem, milestone: str = "", *, by: str, now: datetime) -> None:
    """Somebody means to do it, for a `milestone` if they name one."""
    milestone = _checked_milestone(milestone)
    if item.status == PLANNED and milestone in ("", item.milestone):
        raise RuleRefused(f"Item #{item.id} is planned already.")
    _refuse_if_closed(item)
    item.status = PLANNED
    item.milestone = milestone or item.milestone
    _looked_at(item, by=by, now=now)


def change(item: BacklogItem, said: Said, *, by: str, now: datetime) -> None:
    """Makes it what a form says. Raises UserError where something of it is missing, too long or not known, and where the
    item was changed since the form was opened.
    """
    _refuse_if_closed(item)
    _refuse_if_changed(item, said.seen)
    ask = "Say in a few words what is to be done."
    title = checked_title(said.title, of="An item", ask=ask, details_in="description")
    if said.kind not in KINDS:
        raise UserError("Say of which kind it is.", "Choose one from the list.", field="kind")
    description = checked_text(said.description, "text")
    milestone = _checked_milestone(said.milestone)
    if (said.impact, said.effort) != (item.impact or "", item.effort or ""):
        judge(item, said.impact, said.effort, by=by, now=now)
    item.title, item.kind, item.description = title, said.kind, description
    item.owner, item.milestone = said.owner, milestone or None
    _looked_at(item, by=by, now=now)


def _checked_milestone(milestone: str) -> str:
    milestone = one_line(milestone)
    if len(milestone) > LONGEST_MILESTONE:
        raise UserError(
            f"The milestone is {len(milestone)} characters long; {LONGEST_MILESTONE} is the most.",
            "Give it a short name.",
            field="milestone",
        )
    return milestone


def finish(item: BacklogItem, *, by: str, now: datetime) -> None:
    """It is done."""
    _close(item, DONE, by=by, now=now)


def decline(item: BacklogItem, reason: str, *, by: str, now: datetime) -> None:
    """It will not be done; `reason` tells those who ask for it again."""
    reason = checked_text(reason, "reason")
    if not reason:
        raise UserError("An item is declined with a reason.", "Say why it will not be done.", field="reason")
    _close(item, DECLINED, by=by, now=now)
    item.reason = reason


async def reopen(session: AsyncSession, item: BacklogItem, *, by: str, now: datetime) -> None:
    """It is to be done after all."""
    if item.is_unfinished:
        raise RuleRefused(f"Item #{item.id} is {item.status}; it was never closed.")
    other = await of_cause(session, item.cause) if item.cause is not None else None
    if other is not None:
        raise RuleRefused(
            f"Item #{other.id} was made for the same since.", f"`/ops backlog show {other.id}` shows it."
        )
    item.status, item.reason, item.closed_at, item.closed_by = OPEN, "", None, None
    _looked_at(item, by=by, now=now)


def _close(item: BacklogItem, status: str, *, by: str, now: datetime) -> None:
    _refuse_if_closed(item)
    item.status, item.closed_at, item.closed_by = status, now, by
    _looked_at(item, by=by, now=now)


def _looked_at(item: BacklogItem, *, by: str, now: datetime) -> None:
    item.looked_at, item.changed_at, item.changed_by = now, now, by


def _refuse_if_changed(item: BacklogItem, seen: str | None) -> None:
    refuse_if_changed(f"item #{item.id}", item.changed_at, item.changed_by, seen)


def _refuse_if_closed(item: BacklogItem) -> None:
    if not item.is_unfinished:
        raise RuleRefused(
            f"Item #{item.id} is {item.status} already.",
            f"`/ops backlog reopen {item.id}` takes it up again.",
        )
