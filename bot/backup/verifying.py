"""Trying a backup out: restored into a scratch database, which is counted, and of which every chain is followed."""

import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Select, create_engine, func, literal_column, select
from sqlalchemy.orm import Session

from bot.backup.archive import Archive, Part
from bot.backup.making import tables
from bot.backup.restoring import fill_file, refuse_newer
from bot.core.chain import examine
from bot.core.timeline import TimelineEntry
from bot.incidents.rows import Incident
from bot.paging.rows import Page
from bot.routine.evidence import holds
from bot.routine.task_rows import Evidence, EvidenceChain

ROWS_AT_ONCE = 1000
# Of what is wrong so many are told.
TOLD = 50


@dataclass(frozen=True)
class Found:
    """What a backup holds, and what is wrong with it: nothing, most likely."""

    made_at: str
    schema: str
    database: str
    rows: int
    incidents: int
    entries: int
    chains: int
    problems: list[str]

    def as_json(self) -> dict[str, Any]:
        return {"ok": not self.problems, **asdict(self)}


async def verify(archive: Archive) -> Found:
    """Raises OperatorError where it cannot be restored at all. The scratch database is a file in TMPDIR."""
    refuse_newer(archive)
    with tempfile.TemporaryDirectory(prefix="tocsin-verify-") as folder:
        file = Path(folder) / "scratch.sqlite3"
        await fill_file(file, archive)
        engine = create_engine(f"sqlite:///{file}")
        try:
            return _examined(engine, archive)
        finally:
            engine.dispose()


def _examined(engine: Engine, archive: Archive) -> Found:
    with Session(engine) as session:
        problems = list(_counts(session, archive.manifest.parts))
        chains = 0
        for problem in (*_timelines(session, Incident), *_timelines(session, Page), *_evidence(session)):
            chains += 1
            if problem:
                problems.append(problem)
        problems += _strays(session)
        return Found(
            made_at=archive.manifest.made_at,
            schema=archive.manifest.schema,
            database=archive.manifest.database,
            rows=archive.manifest.rows,
            incidents=session.scalar(select(func.count()).select_from(Incident)) or 0,
            entries=session.scalar(select(func.count()).select_from(TimelineEntry)) or 0,
            chains=chains,
            problems=problems[:TOLD],
        )


def _counts(session: Session, parts: list[Part]) -> Iterator[str]:
    """A migration after the backup's schema may have moved rows; of the same schema every row must be there."""
    there = {one.name: one for one in tables(session.connection())}
    for part in parts:
        if part.name in there:
            count = session.scalar(select(func.count()).select_from(there[part.name]))
            if count != part.rows:
                yield f"{part.name} has {count} rows instead of {part.rows}"


def _timelines(session: Session, kind: type[Incident | Page]) -> Iterator[str]:
    """For each incident or page nothing, or what is wrong with its chain; in the memory of one of them."""
    owner = TimelineEntry.incident_id if kind is Incident else TimelineEntry.page_id
    query = select(TimelineEntry).where(owner.is_not(None)).order_by(owner, TimelineEntry.number)
    entries = session.scalars(query.execution_options(yield_per=ROWS_AT_ONCE))
    heads = {
        number: (length, head)
        for number, length, head in session.execute(select(kind.id, kind.timeline_length, kind.timeline_head))
    }
    what = kind.__tablename__
    for number, of_one in groupby(entries, key=lambda entry: getattr(entry, owner.key)):
        seen = list(of_one)
        length, head = heads.pop(number, (0, ""))
        wrong = examine(seen, length=length, head=head)
        yield (
            "" if wrong is None else f"{what} {number}: the chain breaks at entry {wrong.number}: {wrong.why}"
        )
        session.expunge_all()
    for number, (length, _) in heads.items():
        yield f"{what} {number}: {length} entries are missing" if length else ""


def _evidence(session: Session) -> Iterator[str]:
    chains = {chain.task: chain for chain in session.scalars(select(EvidenceChain))}
    rows = session.scalars(select(Evidence).order_by(Evidence.task, Evidence.number))
    for task, of_task in groupby(rows, key=lambda row: row.task):
        yield "" if holds(of_task, chains) else f"evidence of {task}: the chain is broken"


def _strays(session: Session) -> list[str]:
    """Rows that belong to an incident that is not there."""
    found = []
    one: Select[Any] = select(literal_column("1"))
    for of in tables(session.connection()):
        if "incident_id" in of.c:
            missing = ~one.where(Incident.id == of.c.incident_id).exists()
            count = session.scalar(
                select(func.count()).select_from(of).where(of.c.incident_id.is_not(None), missing)
            )
            if count:
                found.append(f"{of.name}: {count} rows belong to incidents that are not there")
    return found
