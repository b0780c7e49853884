"""Amending the timeline: each correction, new time, hiding and redaction is an entry of its own, with its reason.

What an amended entry says from then on follows from these (bot.core.standing), and stands on its row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.audit import audit
from bot.core.chain import digest_of_rest
from bot.core.errors import NotAllowed, NotFound, RuleRefused, UserError
from bot.core.search_text import ENTRY, change_text, remove_text
from bot.core.standing import (
    AMENDMENTS,
    CORRECTED,
    DELETED,
    EDITED,
    HIDDEN,
    REDACTED,
    RETIMED,
    SHOWN,
    amend,
    has_words,
    is_deleted,
    is_hidden,
    is_redacted,
    marks_of,
    standing_of,
    words_of,
)
from bot.core.timeline import WRITTEN, TimelineEntry, record, written_text
from bot.core.viewer import PROGRAM, Viewer
from bot.incidents import telling
from bot.incidents.copies import THINGS, clear, entries_beside, merged_with
from bot.incidents.lifecycle import cleaned
from bot.incidents.names_redacted import NAMING
from bot.incidents.permissions import require
from bot.incidents.queries import by_number, locked, roles_of
from bot.incidents.rows import Incident
from bot.incidents.updates import refuse_future

# Who keeps the record may amend what others wrote.
KEEPERS = ("lead", "scribe")
# What somebody wrote in their own words, at a time of their own: both can be mended.
RETIMED_KINDS = ("note", "message")


async def correct(
    session: AsyncSession, number: int, entry_number: int, text: str, *, why: str, by: str, now: datetime
) -> Incident:
    """Puts other words in the place of an entry's; what it said before stays on record."""
    incident, entry = await _for_change(session, number, entry_number, by=by)
    text = cleaned(text, "text")
    if not is_correctable(entry):
        raise RuleRefused(f"Entry {entry_number} tells what Tocsin did; there are no words of people in it.")
    if not text:
        raise UserError("An entry needs words.", "Hide it, if nothing of it is true.", field="text")
    if text == entry.data.get("text"):
        raise UserError("That is what it says already.", "Change the words, or close the form.", field="text")
    _amend(session, incident, entry, CORRECTED, by=by, now=now, text=text, why=_reason(why))
    return incident


async def retime(
    session: AsyncSession, number: int, entry_number: int, at: datetime, *, why: str, by: str, now: datetime
) -> Incident:
    """Moves an entry to when it happened."""
    incident, entry = await _for_change(session, number, entry_number, by=by)
    if entry.kind not in RETIMED_KINDS:
        raise RuleRefused(
            f"Entry {entry_number} was written when it happened.",
            "Only notes and messages have a time of their own.",
        )
    refuse_future(at, now=now)
    if at == entry.occurred_at:
        raise UserError("That is its time already.", "Choose another.", field="when")
    at = at.astimezone(UTC)
    _amend(session, incident, entry, RETIMED, by=by, now=now, at=at.isoformat(), why=_reason(why))
    return incident


async def set_hidden(
    session: AsyncSession,
    number: int,
    entry_number: int,
    hidden: bool,
    *,
    config: Config,
    why: str,
    by: str,
    now: datetime,
) -> Incident:
    """Folds an entry away, or takes that back: the timeline tells who did so and why."""
    incident, entry = await _for_everybody(session, number, entry_number, config=config, by=by, now=now)
    if is_hidden(entry) is hidden:
        raise RuleRefused(f"Entry {entry_number} is {'hidden already' if hidden else 'not hidden'}.")
    kind = HIDDEN if hidden else SHOWN
    _amend(session, incident, entry, kind, by=by, now=now, why=_reason(why))
    audit(session, kind, by=by, now=now, incident_id=number, entry=entry_number)
    return incident


@dataclass(frozen=True)
class Taken:
    """What a redaction took: from which entries of an incident, and the texts that stood there."""

    incident: Incident
    numbers: frozenset[int]
    texts: frozenset[str]


async def redact(
    session: AsyncSession, number: int, entry_number: int, *, config: Config, why: str, by: str, now: datetime
) -> Sequence[Taken]:
    """Takes an entry's words out of the database for good, with those of its corrections, and of its task, link, fields, title
    or summary; the chain still holds. What moved by a merge is reached on all its timelines; each is told of, the entry's own first.
    """
    others = await _lock_with_merged(session, number, entry_number, by=by)
    incident, entry = await _for_everybody(session, number, entry_number, config=config, by=by, now=now)
    own = [entry, *await _amendments_with_words(session, incident, entry)]
    if not any(has_words(one) or has_words(standing_of(one).recorded) for one in own):
        raise RuleRefused(f"Entry {entry_number} has no words that could be redacted.")
    why = _reason(why)
    beside = await entries_beside(session, incident, entry)
    elsewhere = [(other, await entries_beside(session, other, entry)) for other in others]
    await clear(session, [incident, *others], entry, now=now)
    taken = [_take(session, incident, entry, [*own, *beside], why=why, by=by, now=now)]
    for other, found in elsewhere:
        if found:
            taken.append(_take(session, other, found[0], found, why=why, by=by, now=now))
    return taken


async def _lock_with_merged(
    session: AsyncSession, number: int, entry_number: int, *, by: str
) -> Sequence[Incident]:
    """Locks the incident with those that its task, link or title may have gone to or come from, in one order; returns these others.
    Whoever may redact the words here need not see them there.
    """
    incident = await by_number(session, number, Viewer(by))
    if (await _entry(session, incident, entry_number)).kind not in (*THINGS, *NAMING):
        return ()
    found = await merged_with(session, number)
    rows = [await locked(session, one, PROGRAM) for one in found]
    if await merged_with(session, number) != found:
        raise RuleRefused(
            f"Incident #{number} was merged just now, and nothing is redacted yet.", "Send it again."
        )
    return [row for row in rows if row.id != number]


def _take(
    session: AsyncSession,
    incident: Incident,
    entry: TimelineEntry,
    whole: Sequence[TimelineEntry],
    *,
    why: str,
    by: str,
    now: datetime,
) -> Taken:
    """Takes the words of the whole, which says what this entry says, and adds the one that tells of it."""
    said: dict[str, Any] = {
        "entry": entry.number,
        "why": why,
        "left": {str(one.number): digest_of_rest(one) for one in whole},
    }
    texts = {
        text
        for one in whole
        for now_and_first in (one, standing_of(one).recorded)
        for text in words_of(now_and_first)
    }
    mark = record(session, incident, REDACTED, now=now, by=by, **said)
    for one in whole:
        one.salt = None  # without it nobody can try out what the words may have been
        _stands(one, REDACTED, mark, by=by, now=now, said=said)
        remove_text(session, ENTRY, incident_id=incident.id, number=one.number)
        if one.kind not in AMENDMENTS:
            _shown_elsewhere(session, incident, one, now=now)
    audit(session, REDACTED, by=by, now=now, incident_id=incident.id, entry=entry.number)
    return Taken(incident, frozenset(one.number for one in whole), frozenset(texts))


async def message_changed(
    session: AsyncSession,
    incident_id: int,
    source: str,
    *,
    text: str | None,
    files: Sequence[Any] = (),
    by: str | None,
    now: datetime,
) -> None:
    """Notes that a kept message says something else in Slack now, or is gone there (`text` is None).

    What it said when it was kept stays on record. A redacted one is left alone: its words are not to come back.
    """
    incident = await locked(session, incident_id, PROGRAM)
    entry = await _from_source(session, incident_id, source)
    if entry is None or is_redacted(entry) or is_deleted(entry):
        return
    if text is None:
        _amend(session, incident, entry, DELETED, by=by, now=now)
        return
    if (text, list(files)) == slack_said(entry):
        return
    _amend(session, incident, entry, EDITED, by=by, now=now, text=text, files=list(files))


def slack_said(entry: TimelineEntry) -> tuple[str, list[Any]]:
    """The words and files of a kept message as Slack had them last, whatever people corrected here."""
    last = (entry.amended or {}).get("slack") or standing_of(entry).recorded.data
    return str(last.get("text", "")), list(last.get("files", ()))


async def amendable(
    session: AsyncSession, number: int, entry_number: int, viewer: Viewer
) -> tuple[Incident, TimelineEntry]:
    """The entry for the form that amends it; raises NotFound."""
    incident = await by_number(session, number, viewer)
    return incident, await _entry(session, incident, entry_number)


async def refuse_others(session: AsyncSession, incident: Incident, entry: TimelineEntry, *, by: str) -> None:
    """Raises NotAllowed: words and times are mended by who wrote or kept them, and by who keeps the record."""
    roles = await roles_of(session, incident.id)
    if by not in (entry.author, entry.data.get("kept_by"), *(roles.get(name) for name in KEEPERS)):
        raise NotAllowed(
            f"Entry {entry.number} is amended by who wrote or kept it, the lead or the scribe.",
            f"Ask one of them, or take a role with `/incident scribe {incident.id}`.",
        )


def is_correctable(entry: TimelineEntry) -> bool:
    """Whether somebody's words stand in it."""
    return entry.kind in WRITTEN and bool(entry.data.get("text"))


async def _for_change(
    session: AsyncSession, number: int, entry_number: int, *, by: str
) -> tuple[Incident, TimelineEntry]:
    incident = await locked(session, number, Viewer(by))
    entry = await _entry(session, incident, entry_number)
    await refuse_others(session, incident, entry, by=by)
    return incident, entry


async def _for_everybody(
    session: AsyncSession, number: int, entry_number: int, *, config: Config, by: str, now: datetime
) -> tuple[Incident, TimelineEntry]:
    """For what changes what all others read: `permissions` of app.yaml say who may."""
    incident = await locked(session, number, Viewer(by))
    entry = await _entry(session, incident, entry_number)
    await require(session, config, "redact", incident, by=by, now=now)
    return incident, entry


async def _entry(session: AsyncSession, incident: Incident, number: int) -> TimelineEntry:
    found: TimelineEntry | None = None
    if 0 < number < 2**31:
        found = await session.scalar(
            select(TimelineEntry)
            .where(TimelineEntry.incident_id == incident.id, TimelineEntry.number == number)
            .execution_options(populate_existing=True)
        )
    if found is None:
        raise NotFound(
            f"Incident #{incident.id} has no entry {number}.",
            f"`/incident timeline {incident.id}` shows them.",
        )
    if found.kind in AMENDMENTS:
        raise RuleRefused(
            f"Entry {number} amends another one, and stays as it is.", "Amend the entry that it is about."
        )
    return found


async def _amendments_with_words(
    session: AsyncSession, incident: Incident, entry: TimelineEntry
) -> Sequence[TimelineEntry]:
    """The corrections of an entry, and what Slack had its message say."""
    numbers = [mark["number"] for mark in marks_of(entry) if mark["kind"] in (CORRECTED, EDITED)]
    if not numbers:
        return ()
    found = await session.scalars(
        select(TimelineEntry)
        .where(TimelineEntry.incident_id == incident.id, TimelineEntry.number.in_(numbers))
        .order_by(TimelineEntry.number)
    )
    return found.all()


async def _from_source(session: AsyncSession, incident_id: int, source: str) -> TimelineEntry | None:
    found: TimelineEntry | None = await session.scalar(
        select(TimelineEntry)
        .where(TimelineEntry.incident_id == incident_id, TimelineEntry.source == source)
        .execution_options(populate_existing=True)
    )
    return found


def _reason(why: str) -> str:
    why = cleaned(why, "why")
    if not why:
        raise UserError("An amendment needs a reason.", "Say in a few words why.", field="why")
    return why


def _amend(
    session: AsyncSession,
    incident: Incident,
    entry: TimelineEntry,
    kind: str,
    *,
    by: str | None,
    now: datetime,
    **said: Any,
) -> None:
    """Adds the entry that tells of it, and has the amended one say what follows."""
    said = {"entry": entry.number} | {key: value for key, value in said.items() if value is not None}
    mark = record(session, incident, kind, now=now, by=by, **said)
    _stands(entry, kind, mark, by=by, now=now, said=said)
    if entry.kind in WRITTEN:
        body = "" if is_hidden(entry) or is_redacted(entry) else written_text(entry.data)
        change_text(session, ENTRY, incident_id=incident.id, number=entry.number, body=body)
    _shown_elsewhere(session, incident, entry, now=now)


def _shown_elsewhere(
    session: AsyncSession, incident: Incident, entry: TimelineEntry, *, now: datetime
) -> None:
    """The card and the announcement show the last update, and what ended it; Slack has what was posted of it."""
    incident.changed_at = now
    telling.amended(session, incident, entry_number=entry.number, now=now)
    if entry.kind in ("update", "resolved"):
        telling.changed(session, incident, now=now)


def _stands(
    entry: TimelineEntry, kind: str, number: int, *, by: str | None, now: datetime, said: dict[str, Any]
) -> None:
    after = amend(standing_of(entry), kind, number=number, by=by, at=now.astimezone(UTC), said=said)
    entry.data, entry.occurred_at, entry.amended = (
        dict(after.data),
        after.occurred_at,
        dict(after.amended or {}),
    )
