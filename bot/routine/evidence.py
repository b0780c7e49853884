"""The evidence of routine tasks: what was done, when, by whom and how. Rows are only added.

Each carries the hash of the one before of its task, and the head of the chain stands on a row of its own: a later
edit of the database shows (`broken`).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.db import insert_missing
from bot.routine.task_rows import Evidence, EvidenceChain, RoutineOccurrence


async def attest(
    session: AsyncSession, of: RoutineOccurrence, kind: str, *, by: str | None, now: datetime, **data: Any
) -> None:
    """Adds a row; the task's chain is locked until the transaction ends."""
    await insert_missing(session, EvidenceChain, [{"task": of.task, "length": 0, "head": ""}])
    chain = (
        await session.scalars(
            select(EvidenceChain)
            .where(EvidenceChain.task == of.task)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).one()
    row = Evidence(
        task=of.task,
        number=chain.length + 1,
        occurrence_id=of.id,
        kind=kind,
        occurs_at=of.occurs_at,
        due_at=of.due_at,
        recorded_at=now,
        by=by,
        data={key: value for key, value in data.items() if value not in (None, "")},
        previous_hash=chain.head,
    )
    row.hash = digest(row)
    chain.length, chain.head = row.number, row.hash
    session.add(row)
    await session.flush()


def digest(row: Evidence) -> str:
    """SHA-256 over all of the row and the hash of the one before, as canonical JSON."""
    said = [
        row.task,
        row.number,
        row.occurrence_id,
        row.kind,
        *(at.astimezone(UTC).isoformat(timespec="microseconds") for at in _moments(row)),
        row.by,
        row.data,
        row.previous_hash,
    ]
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _moments(row: Evidence) -> tuple[datetime, ...]:
    return row.occurs_at, row.due_at, row.recorded_at


async def evidence_of(
    session: AsyncSession,
    *,
    task: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
) -> Sequence[Evidence]:
    """What was recorded in a span, the oldest first; with `limit` the newest of it."""
    query = select(Evidence)
    if task is not None:
        query = query.where(Evidence.task == task)
    if since is not None:
        query = query.where(Evidence.recorded_at >= since)
    if until is not None:
        query = query.where(Evidence.recorded_at < until)
    if limit is None:
        return (await session.scalars(query.order_by(Evidence.recorded_at, Evidence.id))).all()
    newest = await session.scalars(query.order_by(Evidence.id.desc()).limit(limit))
    return list(reversed(newest.all()))


def altered(rows: Iterable[Evidence]) -> list[str]:
    """The tasks of which one of these rows was edited. Of rows that are missing only `broken` knows."""
    return sorted({row.task for row in rows if row.hash != digest(row)})


async def broken(session: AsyncSession) -> list[str]:
    """The tasks whose evidence was changed afterwards: a row that was edited, added, or is missing."""
    chains = {chain.task: chain for chain in await session.scalars(select(EvidenceChain))}
    rows: dict[str, list[Evidence]] = {task: [] for task in chains}
    for row in await session.scalars(select(Evidence).order_by(Evidence.task, Evidence.number)):
        rows.setdefault(row.task, []).append(row)
    return sorted(task for task, of_task in rows.items() if not holds(of_task, chains))


def holds(rows: Iterable[Evidence], chains: Mapping[str, EvidenceChain]) -> bool:
    """Whether these rows of one task follow from each other, up to the head."""
    previous, number, task = "", 0, None
    for number, row in enumerate(rows, start=1):
        task = row.task
        if row.number != number or row.previous_hash != previous or row.hash != digest(row):
            return False
        previous = row.hash
    if task is None:
        return True
    head = chains.get(task)
    return head is not None and (head.length, head.head) == (number, previous)
