"""What `tocsin incident verify` reads: whether timelines are as they were recorded."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.chain import Broken, examine
from bot.core.db import Database
from bot.core.errors import OperatorError
from bot.core.timeline import TimelineEntry
from bot.core.viewer import PROGRAM
from bot.incidents.queries import by_number
from bot.incidents.rows import Incident


@dataclass(frozen=True)
class Verified:
    """What came of examining one incident's timeline."""

    number: int
    entries: int
    head: str
    broken: Broken | None

    def as_json(self) -> dict[str, Any]:
        found = {
            "incident": self.number,
            "ok": self.broken is None,
            "entries": self.entries,
            "head": self.head,
        }
        return found | ({"entry": self.broken.number, "why": self.broken.why} if self.broken else {})

    def words(self) -> str:
        if self.broken is None:
            return f"#{self.number}: all {self.entries} entries are as they were recorded (head {self.head[:12] or 'none'})."
        return (
            f"#{self.number}: BROKEN at entry {self.broken.number}: {self.broken.why}. "
            f"What stands before it is proven, that entry and what follows is not: compare it with an export or a backup from before."
        )


async def verified(db: Database, number: int | None) -> list[Verified]:
    """This incident's, or all in their order; raises NotFound."""
    async with db.read() as session:
        if number is not None:
            return [await _examined(session, await by_number(session, number, PROGRAM))]
        numbers = (await session.scalars(select(Incident.id).order_by(Incident.id))).all()
    found = []
    for one in numbers:
        async with db.read() as session:
            found.append(await _examined(session, await by_number(session, one, PROGRAM)))
    return found


async def _examined(session: AsyncSession, incident: Incident) -> Verified:
    entries = await _in_numbered_order(session, incident.id)
    broken = examine(entries, length=incident.timeline_length, head=incident.timeline_head)
    return Verified(incident.id, len(entries), incident.timeline_head, broken)


async def _in_numbered_order(session: AsyncSession, incident_id: int) -> Sequence[TimelineEntry]:
    query = (
        select(TimelineEntry).where(TimelineEntry.incident_id == incident_id).order_by(TimelineEntry.number)
    )
    return (await session.scalars(query)).all()


def verified_file(path: Path) -> Verified:
    """The chain of an export as JSON, for those who have nothing else; raises OperatorError."""
    try:
        told = json.loads(path.read_text())
        entries = sorted(
            (_entry(told["number"], one) for one in told["timeline"]), key=lambda one: one.number
        )
        number, head = int(told["number"]), str(told.get("timeline_head", ""))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise OperatorError(
            f"{path} is not an export of an incident ({type(error).__name__}).",
            "Make one with `tocsin incident export N --format json`.",
        ) from None
    return Verified(number, len(entries), head, examine(entries, head=head or None))


def _entry(incident: int, told: dict[str, Any]) -> SimpleNamespace:
    """An entry of an export, as a row has it."""
    moments = {name: datetime.fromisoformat(told[name]) for name in ("occurred_at", "recorded_at")}
    whole = {"page_id": None, "salt": None, "data_digest": None, "amended": None} | told
    return SimpleNamespace(incident_id=incident, **(whole | moments))
