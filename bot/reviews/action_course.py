"""What becomes of an action item: begun, done, dropped, taken up again, handed over, moved to another day."""

from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.errors import RuleRefused, UserError
from bot.core.seen import refuse_if_changed
from bot.core.timeline import record
from bot.core.viewer import PROGRAM, Viewer
from bot.incidents import telling
from bot.incidents.homes import refresh_home
from bot.incidents.queries import locked
from bot.incidents.rows import Incident
from bot.reviews.action_queries import item_by_number
from bot.reviews.action_rows import DONE, DROPPED, IN_PROGRESS, OPEN, ActionItem
from bot.reviews.actions import (
    cleaned,
    cleaned_title,
    found_by_its_words,
    give,
    next_reminder,
    refuse_day,
    refuse_levels,
    refuse_stranger,
    tell_github,
)


async def start(session: AsyncSession, number: int, *, by: str, now: datetime) -> ActionItem:
    """Somebody is at it."""
    item, incident = await _held(session, number, by)
    if item.status == IN_PROGRESS:
        raise RuleRefused(f"Action item #{item.id} is in progress already.")
    _refuse_if_closed(item)
    item.status = IN_PROGRESS
    _changed(session, item, incident, "started", by=by, now=now)
    return item


async def finish(session: AsyncSession, number: int, *, by: str, now: datetime) -> ActionItem:
    """It is done."""
    item, incident = await _held(session, number, by)
    _close(session, item, incident, DONE, by=by, now=now)
    return item


async def drop(session: AsyncSession, number: int, reason: str, *, by: str, now: datetime) -> ActionItem:
    """It will not be done; `reason` tells those who ask why."""
    reason = cleaned(reason, "reason")
    if not reason:
        raise UserError(
            "An action item is dropped with a reason.", "Say why it will not be done.", field="reason"
        )
    item, incident = await _held(session, number, by)
    _close(session, item, incident, DROPPED, by=by, now=now, reason=reason)
    return item


async def reopen(session: AsyncSession, number: int, *, config: Config, by: str, now: datetime) -> ActionItem:
    """It is to be done after all, by the day that it had."""
    item, incident = await _held(session, number, by)
    if item.is_unfinished:
        raise RuleRefused(f"Action item #{item.id} is {item.status}; it was never closed.")
    open_again(session, item, incident, config=config, by=by, now=now)
    return item


async def change(
    session: AsyncSession,
    number: int,
    *,
    config: Config,
    by: str,
    now: datetime,
    owner: str | None = None,
    due_on: date | None = None,
    rating: tuple[str | None, str | None] | None = None,
    words: tuple[str, str] | None = None,
    seen: str | None = None,
) -> ActionItem:
    """Hands it over to another owner, moves it to another day, judges it anew (impact, effort), words it anew (title,
    description); None leaves as it is. `seen` is the state that a form showed.
    """
    item, incident = await _held(session, number, by)
    _refuse_if_closed(item)
    refuse_if_changed(f"action item #{item.id}", item.changed_at, item.changed_by, seen)
    if words is not None:
        _reword(session, item, incident, *words, by=by, now=now)
    if rating is not None:
        refuse_levels(*rating)
        item.impact, item.effort = rating
    if due_on is not None and due_on != item.due_on:
        refuse_day(due_on, config=config, now=now)
        before, item.due_on = item.due_on, due_on
        item.remind_at = next_reminder(due_on, config=config, now=now)
        _note(session, item, incident, "due", by=by, now=now, before=before.isoformat())
    if owner is not None and owner != item.owner:
        await refuse_stranger(session, incident, owner)
        former, item.owner = item.owner, owner
        give(session, item, by=by, now=now)
        refresh_home(session, former, now=now)
        _note(session, item, incident, "handed over", by=by, now=now, before=former)
    _touched(session, item, by=by, now=now)
    return item


def _reword(
    session: AsyncSession,
    item: ActionItem,
    incident: Incident | None,
    title: str,
    description: str,
    *,
    by: str,
    now: datetime,
) -> None:
    title, description = cleaned_title(title), cleaned(description)
    if (title, description) == (item.title, item.description):
        return
    before, item.title, item.description = item.title, title, description
    found_by_its_words(session, item)
    if title != before:
        _note(session, item, incident, "renamed", by=by, now=now, before=before)


def close_elsewhere(
    session: AsyncSession,
    item: ActionItem,
    incident: Incident | None,
    status: str,
    *,
    reason: str,
    now: datetime,
) -> None:
    """Its issue was closed on GitHub: the item is `status` from now on. The caller holds the incident and the item."""
    _close(session, item, incident, status, by=None, now=now, reason=reason, via="github")


def open_again(
    session: AsyncSession,
    item: ActionItem,
    incident: Incident | None,
    *,
    config: Config,
    by: str | None,
    now: datetime,
    via: str | None = None,
) -> None:
    """The caller holds the incident and the item, which is closed."""
    item.status, item.reason, item.closed_at, item.closed_by = OPEN, "", None, None
    item.remind_at = next_reminder(item.due_on, config=config, now=now)
    found_by_its_words(session, item)
    _changed(session, item, incident, "reopened", by=by, now=now, via=via)


async def held(session: AsyncSession, number: int, viewer: Viewer) -> tuple[ActionItem, Incident | None]:
    """The item and its incident, both locked in the order of all locks; raises NotFound."""
    seen = await item_by_number(session, number, viewer)
    incident = await locked(session, seen.incident_id, PROGRAM) if seen.incident_id is not None else None
    return await item_by_number(session, number, viewer, lock=True), incident


async def _held(session: AsyncSession, number: int, by: str) -> tuple[ActionItem, Incident | None]:
    return await held(session, number, Viewer(by))


def _close(
    session: AsyncSession,
    item: ActionItem,
    incident: Incident | None,
    status: str,
    *,
    by: str | None,
    now: datetime,
    reason: str = "",
    via: str | None = None,
) -> None:
    _refuse_if_closed(item)
    item.status, item.reason, item.closed_at, item.closed_by = status, reason, now, by
    item.remind_at = None
    found_by_its_words(session, item)
    _changed(session, item, incident, status, by=by, now=now, text=reason or None, via=via)


def _refuse_if_closed(item: ActionItem) -> None:
    if not item.is_unfinished:
        raise RuleRefused(
            f"Action item #{item.id} is {item.status} already.",
            f"`/ops actions reopen {item.id}` takes it up again.",
        )


def _changed(
    session: AsyncSession,
    item: ActionItem,
    incident: Incident | None,
    what: str,
    *,
    by: str | None,
    now: datetime,
    text: str | None = None,
    via: str | None = None,
) -> None:
    _note(session, item, incident, what, by=by, now=now, text=text, via=via)
    _touched(session, item, by=by, now=now)


def _touched(session: AsyncSession, item: ActionItem, *, by: str | None, now: datetime) -> None:
    item.changed_at, item.changed_by = now, by
    refresh_home(session, item.owner, now=now)
    tell_github(session, item, now=now)


def _note(
    session: AsyncSession,
    item: ActionItem,
    incident: Incident | None,
    what: str,
    *,
    by: str | None,
    now: datetime,
    before: str | None = None,
    text: str | None = None,
    via: str | None = None,
) -> None:
    if incident is None:
        return
    record(
        session,
        incident,
        "action_item",
        now=now,
        by=by,
        change=what,
        item=item.id,
        title=item.title,
        owner=item.owner,
        due=item.due_on.isoformat(),
        before=before,
        text=text,
        via=via,
    )
    telling.card(session, incident, now=now)
