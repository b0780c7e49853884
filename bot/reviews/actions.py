"""Action items: what somebody has promised to do by a day, and what becomes of it.

Of one that came of an incident the incident is locked before the item, and its timeline tells what happened.
"""

from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.backlog.priority import LEVELS
from bot.config import Config
from bot.core.db import insert_row
from bot.core.errors import RuleRefused, UserError
from bot.core.outbox import enqueue
from bot.core.search_text import ACTION, change_text
from bot.core.timeline import record
from bot.core.viewer import Viewer
from bot.core.wall import wall_of
from bot.incidents import telling
from bot.incidents.homes import refresh_home
from bot.incidents.queries import locked
from bot.incidents.rows import Incident, Responder
from bot.reviews import action_reminders
from bot.reviews.action_rows import INCIDENT, MEETING, OPEN, PERSON, REVIEW, ActionItem

LONGEST_TITLE = 200
LONGEST_TEXT = 3000
# A year that somebody mistyped is no day that anybody waits for.
LONGEST_AHEAD = timedelta(days=5 * 366)


async def add(
    session: AsyncSession,
    *,
    title: str,
    owner: str,
    due_on: date | None,
    impact: str | None,
    effort: str | None,
    by: str | None,
    now: datetime,
    config: Config,
    incident_id: int | None = None,
    review_id: int | None = None,
    meeting_id: int | None = None,
    service: str | None = None,
    description: str = "",
) -> ActionItem:
    """Makes an item of `owner` (a Slack user id) and returns it. Without `due_on` it is due when app.yaml says.

    `impact` and `effort` are high, medium or low, or None as long as nobody judged them. Where it comes from follows
    from the ids: `review_id` is given together with the incident's, `meeting_id` is a recurring review's. `by` None:
    Tocsin makes it. Without `service` it is the incident's. Raises UserError where a text is empty or too long, the
    day over, the incident private and the owner no responder of it; NotFound where `by` may not see the incident.
    """
    incident = await locked(session, incident_id, Viewer(by)) if incident_id is not None else None
    title, description = cleaned_title(title), cleaned(description)
    due_on = due_on or today(config, now) + timedelta(days=config.actions.due_after_days)
    refuse_day(due_on, config=config, now=now)
    refuse_levels(impact, effort)
    await refuse_stranger(session, incident, owner)
    item = await insert_row(
        session,
        ActionItem,
        title=title,
        description=description,
        service=service or (incident.service if incident is not None else None),
        owner=owner,
        due_on=due_on,
        impact=impact,
        effort=effort,
        status=OPEN,
        private=incident is not None and incident.private,
        drill=incident is not None and incident.drill,
        origin=_origin(incident_id, review_id, meeting_id),
        incident_id=incident_id,
        review_id=review_id,
        meeting_id=meeting_id,
        created_at=now,
        created_by=by,
        changed_at=now,
        changed_by=by,
        remind_at=next_reminder(due_on, config=config, now=now),
        issue_wanted=_is_exported(incident, config),
    )
    found_by_its_words(session, item)
    tell_github(session, item, now=now)
    if incident is not None:
        entry = record(
            session,
            incident,
            "action_item",
            now=now,
            by=by,
            change="added",
            item=item.id,
            title=title,
            owner=owner,
            due=due_on.isoformat(),
        )
        telling.card(session, incident, now=now)
        if item.origin == INCIDENT and not incident.is_closed:
            telling.post(session, incident, entry_number=entry, now=now)
    give(session, item, by=by, now=now)
    return item


def found_by_its_words(session: AsyncSession, item: ActionItem) -> None:
    """Has it found by what it says now; that of a private incident by those who may see that one."""
    incident = item.incident_id if item.private else None
    body = f"{item.description}\n{item.reason}"
    change_text(session, ACTION, incident_id=incident, number=item.id, title=item.title, body=body)


def give(session: AsyncSession, item: ActionItem, *, by: str | None, now: datetime) -> None:
    """Its owner learns of it, unless it was they who took it."""
    refresh_home(session, item.owner, now=now)
    if item.owner != by:
        enqueue(session, "action.given", now=now, about={"item": item.id, "to": item.owner, "by": by})


def _origin(incident_id: int | None, review_id: int | None, meeting_id: int | None) -> str:
    if meeting_id is not None:
        return MEETING
    if review_id is not None:
        return REVIEW
    return INCIDENT if incident_id is not None else PERSON


def _is_exported(incident: Incident | None, config: Config) -> bool:
    """Whether it becomes an issue on GitHub without being asked for."""
    is_for_all = incident is None or not (incident.private or incident.drill)
    return config.github is not None and config.github.export == "all" and is_for_all


def tell_github(session: AsyncSession, item: ActionItem, *, now: datetime) -> None:
    """Bring its issue up to date, or make it; nothing for an item that is to have none."""
    if item.issue_wanted and not item.private:
        enqueue(
            session,
            "action.issue",
            now=now,
            about={"item": item.id},
            lane="github",
            fold=f"issue:{item.id}",
            way="github",
        )


def today(config: Config, now: datetime) -> date:
    """The day that it is for the organization: what is due on it is in time."""
    return wall_of(now, config.zone).date()


def next_reminder(due_on: date, *, config: Config, now: datetime) -> datetime:
    """When the owner is reminded next of what is due on this day."""
    rule = config.actions
    return action_reminders.following(
        due_on, after=now, at=rule.remind_at, ahead=rule.remind_days_before, zone=config.zone
    )


def refuse_day(due_on: date, *, config: Config, now: datetime) -> None:
    """Raises UserError for a day that is over, or so far away that it must be a mistake."""
    if due_on < today(config, now):
        raise UserError(
            f"{due_on.isoformat()} is over.", "Choose today or a day that is to come.", field="due"
        )
    if due_on > today(config, now) + LONGEST_AHEAD:
        raise UserError(
            f"{due_on.isoformat()} is more than five years away.", "Choose a day that is nearer.", field="due"
        )


def refuse_levels(impact: str | None, effort: str | None) -> None:
    """Raises UserError for what is neither a level nor nothing."""
    for name, level in (("impact", impact), ("effort", effort)):
        if level is not None and level not in LEVELS:
            raise UserError(f"“{level}” is no {name}.", "Choose high, medium or low.", field=name)


async def refuse_stranger(session: AsyncSession, incident: Incident | None, owner: str) -> None:
    """Raises RuleRefused where the owner could not see the private incident that an item came of."""
    if incident is None or not incident.private:
        return
    if await session.get(Responder, (incident.id, owner)) is None:
        raise RuleRefused(
            f"<@{owner}> does not take part in private incident #{incident.id}, and could not see its item.",
            "Choose a responder of it, or let this person join first.",
        )


def cleaned_title(title: str) -> str:
    """One line, without the blanks that people paste; raises UserError when nothing is left."""
    title = " ".join(title.replace("\x00", "").split())
    if not title:
        raise UserError(
            "An action item needs a title.", "Say in a few words what is to be done.", field="title"
        )
    if len(title) > LONGEST_TITLE:
        raise UserError(
            f"The title is {len(title)} characters long; {LONGEST_TITLE} is the most.",
            "Put the details into the description.",
            field="title",
        )
    return title


def cleaned(text: str, field: str = "text") -> str:
    """A text of several lines, bounded by what one Slack section shows."""
    text = text.replace("\x00", "").strip()
    if len(text) > LONGEST_TEXT:
        raise UserError(
            f"That is {len(text)} characters; {LONGEST_TEXT} is the most.", "Shorten it.", field=field
        )
    return text
