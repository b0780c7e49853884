"""Which runbooks there are: what was read of them, which of them fit an incident, and when they are stale."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from bot.alerts.event import OWN_CHECKS
from bot.alerts.rows import Alert
from bot.config import Config, near
from bot.core.db import left_work
from bot.core.errors import NotFound
from bot.core.outbox import enqueue
from bot.core.search_text import RUNBOOK, change_text, remove_text
from bot.incidents.queries import FittingRunbook, Situation
from bot.incidents.rows import Incident
from bot.runbooks.page import Runbook, body_of
from bot.runbooks.rows import RunbookRow

# Raised when a text would be read in another way than before.
RULES = "1"
# Nobody is reminded in the first day: not before people have seen what there is.
FIRST_REMINDER = timedelta(days=1)
LONGEST_WAIT = timedelta(hours=6)
LONGEST_PROBLEM = 2000
# So many fit on a card.
SHOWN = 4


def digest_of(text: str, config: Config) -> str:
    """Names a text and all that decides how it is read."""
    about = [config.runbooks.model_dump_json(), RULES]
    known = [config.commands, config.services, config.checks, config.people, config.severities]
    about += [",".join(one.name for one in names) for names in known]  # type: ignore[attr-defined]
    return hashlib.sha256("\0".join([text, *about]).encode()).hexdigest()


def keep(
    session: AsyncSession,
    row: RunbookRow,
    found: Runbook,
    text: str,
    *,
    digest: str,
    etag: str | None,
    config: Config,
    now: datetime,
) -> None:
    """A new text that is in order."""
    row.text, row.digest, row.etag = text, digest, etag
    row.title, row.owner, row.link = found.title, found.owner, found.link
    row.services, row.checks, row.severities = (
        list(found.services),
        list(found.checks),
        list(found.severities),
    )
    row.steps = [asdict(step) for step in found.steps]
    row.problem, row.failures = None, 0
    if found.tested is not None and (row.tested_on is None or found.tested > row.tested_on):
        row.tested_on, row.tested_by = found.tested, None
    change_text(session, RUNBOOK, name=row.name, title=found.title, body=body_of(text))
    before = row.remind_at
    _plan_reminder(row, config)
    if before is not None and row.remind_at is not None and row.remind_at <= now:
        row.remind_at = min(
            before, now + config.runbooks.remind_every
        )  # who changes a file is not reminded for it


async def forget(session: AsyncSession, row: RunbookRow) -> None:
    """It is there no more."""
    remove_text(session, RUNBOOK, name=row.name)
    await session.delete(row)


def failed(row: RunbookRow, problem: str) -> bool:
    """The newest cannot be had or used, and the last good copy stays; True when that is news."""
    is_news = row.problem != problem[:LONGEST_PROBLEM]
    row.problem = problem[:LONGEST_PROBLEM]
    row.failures = min(row.failures + 1, 1000)
    return is_news


def wait_of(row: RunbookRow, every: timedelta) -> timedelta:
    """How long until it is read again: longer each time it fails."""
    return min(every * 2 ** min(row.failures, 6), max(LONGEST_WAIT, every)) if row.failures else every


# -- staleness ----------------------------------------------------------------------------------------------------


def stale_from(row: RunbookRow, config: Config) -> datetime:
    """When it becomes stale; one that was never tested is so from the first."""
    if row.tested_on is None:
        return row.known_at
    return datetime.combine(row.tested_on, time(12), UTC) + config.runbooks.stale_after


def is_stale(row: RunbookRow, config: Config, *, now: datetime) -> bool:
    return row.text is not None and stale_from(row, config) <= now


def _plan_reminder(row: RunbookRow, config: Config) -> None:
    row.remind_at = max(stale_from(row, config), row.known_at + FIRST_REMINDER)


async def due_reminders(session: AsyncSession, *, now: datetime) -> Sequence[str]:
    """The runbooks of which somebody is to be reminded."""
    return (await session.scalars(select(RunbookRow.name).where(RunbookRow.remind_at <= now))).all()


async def remind(session: AsyncSession, name: str, *, config: Config, now: datetime) -> None:
    """Tells whoever keeps it that it is stale, if it is, and once more after a while."""
    row = await session.get(RunbookRow, name, with_for_update=True)
    if row is None or row.remind_at is None or row.remind_at > now:
        return
    if not is_stale(row, config, now=now):
        _plan_reminder(row, config)
        return
    enqueue(session, "runbook.stale", now=now, about={"runbook": name, "at": now.isoformat()})
    row.remind_at = now + config.runbooks.remind_every


async def tested(session: AsyncSession, name: str, *, on: date, by: str, config: Config) -> RunbookRow:
    """Somebody has tried its steps today. Raises NotFound."""
    row = await session.get(RunbookRow, name, with_for_update=True)
    if row is None:
        raise _missing(name, [])
    row.tested_on, row.tested_by = on, by
    _plan_reminder(row, config)
    left_work(session)
    return row


# -- finding ------------------------------------------------------------------------------------------------------


async def all_runbooks(session: AsyncSession) -> Sequence[RunbookRow]:
    """All of them, in the order of their names, also those that could not be read yet."""
    return (await session.scalars(select(RunbookRow).order_by(RunbookRow.name))).all()


async def runbook_named(session: AsyncSession, name: str) -> RunbookRow:
    """The runbook of this name or title, as far as it can be used; raises NotFound with what was meant."""
    usable = [row for row in await all_runbooks(session) if row.text is not None]
    wanted = name.strip().casefold()
    found = next((row for row in usable if wanted in (row.name, row.title.casefold())), None)
    if found is None:
        raise _missing(name, [row.name for row in usable])
    return found


def _missing(name: str, names: Sequence[str]) -> NotFound:
    guess = near(name, names)
    meant = f"Did you mean {guess}? " if guess else ""
    return NotFound(
        f"There is no runbook “{name[:60]}”.", f"{meant}`/ops runbooks` shows those that there are."
    )


async def fitting(session: AsyncSession, incident: Incident) -> list[RunbookRow]:
    """Those that are for an incident such as this, those for its checks first, then those for its service."""
    there = select(RunbookRow).where(RunbookRow.digest.is_not(None)).order_by(RunbookRow.name)
    usable = (await session.scalars(there.options(defer(RunbookRow.text)))).all()
    if not usable:
        return []
    checks: set[str] = set()
    if any(row.checks for row in usable):
        found = await session.scalars(
            select(Alert.source)
            .where(Alert.incident_id == incident.id, Alert.integration == OWN_CHECKS)
            .distinct()
        )
        checks = {source for source in found if source}
    ranked = [(rank, row) for row in usable if (rank := _fit(row, incident, checks)) is not None]
    return [row for _, row in sorted(ranked, key=lambda one: (one[0], one[1].name))]


def _fit(row: RunbookRow, incident: Incident, checks: set[str]) -> int | None:
    """How well it fits, 0 the best; None: not at all."""
    if row.severities and incident.severity not in row.severities:
        return None
    if checks & set(row.checks):
        return 0
    if incident.service is not None and incident.service in row.services:
        return 1
    return 2 if row.severities and not row.services and not row.checks else None


async def with_runbooks(session: AsyncSession, around: Situation, config: Config) -> Situation:
    """The same with the runbooks that are for it, if there are any."""
    if not config.runbooks.are_there or around.incident.is_closed:
        return around
    found = await fitting(session, around.incident)
    return replace(
        around, runbooks=tuple(FittingRunbook(row.name, row.title, row.link) for row in found[:SHOWN])
    )
