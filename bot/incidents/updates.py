"""What people write about an incident while it lasts: updates, title, summary, notes, kept messages."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.errors import RuleRefused, UserError
from bot.core.outbox import enqueue, is_waiting
from bot.core.search_text import INCIDENT, change_text
from bot.core.timeline import entry_from, incidents_with, record
from bot.core.viewer import PROGRAM, Viewer
from bot.incidents import nudging, paging, telling
from bot.incidents.field_values import searched_text
from bot.incidents.lifecycle import cleaned, cleaned_title, refuse_if_closed
from bot.incidents.other_cards import refresh_other_cards_soon
from bot.incidents.queries import by_channel, locked
from bot.incidents.rows import Incident


async def post_update(
    session: AsyncSession,
    number: int,
    text: str,
    *,
    config: Config,
    impact: str = "",
    next_in: timedelta | None = None,
    by: str,
    now: datetime,
) -> Incident:
    """Tells everybody what changed and whom it affects, in the channel and under the announcement. `next_in` is when
    there will be more.
    """
    incident = await locked(session, number, Viewer(by))
    refuse_if_closed(incident)
    text = cleaned(text, "text")
    if not text:
        raise UserError("An update needs words.", "Say what changed since the last one.", field="text")
    entry = record(
        session,
        incident,
        "update",
        now=now,
        by=by,
        text=text,
        impact=cleaned(impact, "impact") or None,
        next_at=(now + next_in).isoformat() if next_in is not None else None,
    )
    incident.updated_at = now
    await nudging.updated(session, incident, config=config, by=by, now=now, next_in=next_in)
    await paging.progress(session, incident, now=now)
    telling.changed(session, incident, now=now)
    telling.post(session, incident, entry_number=entry, now=now)
    telling.post_to_announcement(session, incident, entry_number=entry, now=now)
    return incident


async def retitle(session: AsyncSession, number: int, title: str, *, by: str, now: datetime) -> Incident:
    """Gives another title. The channel keeps its name: links and habits point to it."""
    incident = await locked(session, number, Viewer(by))
    refuse_if_closed(incident)
    if not _title_set(session, incident, title, by=by, now=now):
        raise RuleRefused(f"That is the title of incident #{number} already.")
    telling.changed(session, incident, now=now)
    telling.topic(session, incident, now=now)
    refresh_other_cards_soon(session, incident, now=now)
    return incident


async def summarise(session: AsyncSession, number: int, summary: str, *, by: str, now: datetime) -> Incident:
    """Writes down what is known: what is wrong, for whom, since when."""
    incident = await locked(session, number, Viewer(by))
    refuse_if_closed(incident)
    if not _summary_set(session, incident, summary, by=by, now=now):
        raise RuleRefused(f"That is the summary of incident #{number} already.")
    telling.changed(session, incident, now=now)
    return incident


async def describe(
    session: AsyncSession, number: int, *, title: str, summary: str, by: str, now: datetime
) -> Incident:
    """Title and summary together; whichever is as before stays untouched."""
    incident = await locked(session, number, Viewer(by))
    refuse_if_closed(incident)
    retitled = _title_set(session, incident, title, by=by, now=now)
    summarised = _summary_set(session, incident, summary, by=by, now=now)
    if retitled or summarised:
        telling.changed(session, incident, now=now)
    if retitled:
        telling.topic(session, incident, now=now)
        refresh_other_cards_soon(session, incident, now=now)
    return incident


async def began(session: AsyncSession, number: int, at: datetime, *, by: str, now: datetime) -> Incident:
    """Says since when there was harm. Nobody is told: it is for the record, and for what is measured from it."""
    incident = await locked(session, number, Viewer(by))
    refuse_if_closed(incident)
    if at == incident.began_at:
        raise RuleRefused(f"That is when incident #{number} began already.")
    if incident.retrospective:
        _began_earlier(incident, at, now=now)
    elif at > incident.declared_at:
        raise RuleRefused(
            f"Incident #{number} was declared before that.",
            "What was seen must have begun: name an earlier time.",
        )
    before, incident.began_at = incident.began_at, at
    record(
        session,
        incident,
        "began",
        now=now,
        by=by,
        at=at.isoformat(),
        before=before.isoformat() if before is not None else None,
    )
    return incident


def _began_earlier(incident: Incident, at: datetime, *, now: datetime) -> None:
    """What was written down afterwards counts from its beginning."""
    refuse_future(at, now=now)
    if not incident.has_known_end:
        incident.resolved_at = at
    elif incident.resolved_at is not None and at > incident.resolved_at:
        raise RuleRefused(f"Incident #{incident.id} was over before that.", "Name an earlier time.")
    incident.declared_at = at


def _title_set(session: AsyncSession, incident: Incident, title: str, *, by: str, now: datetime) -> bool:
    title = cleaned_title(title)
    if title == incident.title:
        return False
    before, incident.title = incident.title, title
    record(session, incident, "title", now=now, by=by, before=before, after=title)
    _found_by_its_words(session, incident)
    return True


def _summary_set(session: AsyncSession, incident: Incident, summary: str, *, by: str, now: datetime) -> bool:
    summary = cleaned(summary)
    if summary == incident.summary:
        return False
    before, incident.summary = incident.summary, summary
    record(session, incident, "summary", now=now, by=by, before=before, after=summary)
    _found_by_its_words(session, incident)
    return True


def _found_by_its_words(session: AsyncSession, incident: Incident) -> None:
    """By those that it has now; and what is like it is looked for again."""
    incident.similar = None
    change_text(
        session, INCIDENT, incident_id=incident.id, title=incident.title, body=searched_text(incident)
    )


def refuse_future(at: datetime | None, *, now: datetime) -> None:
    """Raises UserError: a timeline tells what happened."""
    if at is not None and at > now:
        raise UserError(
            "That time is still to come.",
            "Name a time that has passed, such as 14:05 or 20m ago.",
            field="when",
        )


async def note(
    session: AsyncSession,
    number: int,
    text: str,
    *,
    by: str,
    now: datetime,
    occurred_at: datetime | None = None,
) -> Incident:
    """Adds a line to the timeline, at its own time, and tells nobody; also after the close, for what is learnt later."""
    incident = await locked(session, number, Viewer(by))
    text = cleaned(text, "text")
    if not text:
        raise UserError("A note needs words.", "Write what should stand on the timeline.", field="text")
    refuse_future(occurred_at, now=now)
    record(session, incident, "note", now=now, by=by, occurred_at=occurred_at, text=text)
    await paging.progress(session, incident, now=now)
    incident.changed_at = now
    return incident


async def keep_message(
    session: AsyncSession,
    incident: Incident,
    *,
    channel: str,
    ts: str,
    by: str,
    how: str,
    now: datetime,
    said: dict[str, str] | None = None,
    lane: str | None = None,
) -> None:
    """Asks for a Slack message to be put on the timeline; its text and link are fetched when delivered.

    `how` is "reaction", "pin" or "shortcut". The same message is kept once, however often it is asked for.
    `said` is its author and text as a shortcut brought them, for a channel that the bot cannot read. `lane` is that of what
    many ask for at once: nobody who asks for one message waits behind it.
    """
    enqueue(
        session,
        "timeline.keep",
        now=now,
        incident_id=incident.id,
        about={"channel": channel, "ts": ts, "by": by, "how": how} | ({"said": said} if said else {}),
        lane=lane or f"keep:{incident.id}",
        fold=_keeping(incident.id, channel, ts),
    )


async def reread_message(
    session: AsyncSession, *, channel: str, ts: str, now: datetime, lane: str | None = None
) -> None:
    """Asks for a message to be read again that stands on a timeline, or is on its way to one: it was changed in Slack."""
    for incident_id in await timelines_with(session, channel, ts):
        enqueue(
            session,
            "timeline.reread",
            now=now,
            incident_id=incident_id,
            about={"channel": channel, "ts": ts},
            lane=lane or f"keep:{incident_id}",
            fold=f"reread:{incident_id}:{channel}:{ts}",
        )


async def timelines_with(session: AsyncSession, channel: str, ts: str) -> Sequence[int]:
    """The incidents on whose timelines a message stands, or is about to."""
    here = await by_channel(session, channel, PROGRAM)
    found = await incidents_with(session, f"{channel}/{ts}")
    if (
        here is not None
        and here.id not in found
        and await is_waiting(session, _keeping(here.id, channel, ts))
    ):
        return [*found, here.id]
    return found


def _keeping(incident_id: int, channel: str, ts: str) -> str:
    return f"keep:{incident_id}:{channel}:{ts}"


async def message_kept(
    session: AsyncSession,
    incident_id: int,
    *,
    channel: str,
    ts: str,
    author: str | None,
    app: str | None = None,
    text: str,
    permalink: str | None,
    files: list[dict[str, Any]],
    by: str,
    how: str,
    occurred_at: datetime,
    now: datetime,
) -> int | None:
    """Puts a message on the timeline with its own time and author, as the entry of the number that it returns;
    None when it stands there already."""
    incident = await locked(session, incident_id, PROGRAM)
    source = f"{channel}/{ts}"
    if await entry_from(session, incident.id, source) is not None:
        return None
    incident.changed_at = now
    return record(
        session,
        incident,
        "message",
        now=now,
        by=author,
        occurred_at=occurred_at,
        source=source,
        app=app,
        text=text,
        permalink=permalink,
        files=files or None,
        kept_by=by,
        how=how,
    )
