"""What `tocsin routine` tells: as the operator, who may see everything anyway."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from bot.config import Config, near
from bot.config.near import choose_one, folded
from bot.core.db import Database
from bot.core.errors import NotFound, UserError
from bot.core.people import names_of
from bot.core.wall import moment_of
from bot.routine.evidence import broken, evidence_of
from bot.routine.planned import titles
from bot.routine.task_rows import Evidence

COLUMNS = (
    "recorded_at",
    "task",
    "title",
    "number",
    "occurrence",
    "occurs_at",
    "due_at",
    "what",
    "by",
    "how",
    "reason",
    "seen",
    "output",
    "checklist",
    "more",
    "previous_hash",
    "hash",
)
# Of `data` these have columns of their own.
_OWN = ("how", "reason", "seen", "output", "checklist")
_WORDS = {
    "opened": "came",
    "ticked": "point ticked",
    "unticked": "tick taken back",
    "handed_over": "handed over",
    "owner_left": "its owner has left",
    "failed": "not passed",
    "ran": "passed",
    "broken_off": "broken off",
    "drill": "drill declared",
    "passed_over": "not asked for, Tocsin did not run",
}


@dataclass(frozen=True)
class Found:
    """Rows of a span, and the tasks whose evidence was changed afterwards."""

    rows: list[dict[str, Any]]
    broken: list[str]


def day(text: str, config: Config, *, end: bool = False) -> datetime:
    """The beginning of a day in the organization's zone, or its end; raises UserError."""
    try:
        found = date.fromisoformat(text.strip())
        return moment_of(datetime.combine(found + timedelta(days=end), time()), config.zone)
    except (ValueError, OverflowError):
        raise UserError(f"“{text[:60]}” is not a day.", "Write it as 2026-01-31.") from None


async def evidence(
    db: Database, config: Config, *, task: str | None, since: datetime | None, until: datetime | None
) -> Found:
    """What was recorded from `since` to before `until`, the oldest first. Raises NotFound."""
    async with db.read() as session:
        known = await titles(session, config)
        name = _known(known, task) if task is not None else None
        rows = await evidence_of(session, task=name, since=since, until=until)
        if name is not None and name not in known and not rows:
            raise NotFound(
                f"“{task}” is not a routine task, and nothing is recorded of one.",
                choose_one(name, sorted(known)),
            )
        changed = await broken(session)
        names = await names_of(session, {row.by for row in rows if row.by is not None})
    return Found([_as_json(row, known, names) for row in rows], changed)


def _known(known: Mapping[str, str], name: str) -> str:
    """The evidence of a task that is gone from app.yaml is still there, so any name is looked for as it is typed."""
    found = {folded(one): one for one in known}.get(folded(name))
    if found is not None:
        return found
    meant = near(name, known, cutoff=0.8)
    if meant is not None:
        raise NotFound(f"“{name}” is not a routine task.", f"Did you mean {meant}?")
    return name


def _as_json(row: Evidence, titles: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "recorded_at": _iso(row.recorded_at),
        "task": row.task,
        "title": titles.get(row.task, row.task),
        "number": row.number,
        "occurrence": row.occurrence_id,
        "occurs_at": _iso(row.occurs_at),
        "due_at": _iso(row.due_at),
        "what": _WORDS.get(row.kind, row.kind),
        "by": None if row.by is None else names.get(row.by, row.by),
        **{key: row.data.get(key) for key in _OWN},
        "more": {key: value for key, value in row.data.items() if key not in _OWN},
        "previous_hash": row.previous_hash,
        "hash": row.hash,
    }


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def as_csv(found: Found) -> str:
    """One row each; cells that a spreadsheet would compute are quoted."""
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\n")
    table.writerow(COLUMNS)
    for row in found.rows:
        table.writerow([_cell(row[column]) for column in COLUMNS])
    return written.getvalue()


def _cell(value: Any) -> str:
    if value is None or value in ({}, []):
        return ""
    text = "; ".join(map(str, value)) if isinstance(value, list) else value
    text = json.dumps(text, ensure_ascii=False) if isinstance(text, dict) else str(text)
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


def as_markdown(found: Found, config: Config) -> str:
    """For people: a table, then what programs wrote and how to know that nothing was changed."""
    lines = [f"# Evidence of the routine at {config.organization}", "", "Times are in UTC.", ""]
    lines += _verdict(found.broken)
    lines += ["", "| when | task | due | what | by | how | reason, result |", "|---|---|---|---|---|---|---|"]
    for row in found.rows:
        said = [row["reason"], row["seen"], *(row["checklist"] or ()), _more(row["more"])]
        cells = [
            row["recorded_at"][:16].replace("T", " "),
            f"{row['title']} ({row['task']} {row['number']})",
            row["due_at"][:16].replace("T", " "),
            row["what"],
            row["by"] or "Tocsin",
            row["how"] or "",
            "; ".join(one for one in said if one),
        ]
        lines.append("| " + " | ".join(_in_table(cell) for cell in cells) + " |")
    outputs = [row for row in found.rows if row["output"]]
    for row in outputs:
        lines += ["", f"## Output: {row['task']} {row['number']}, {row['recorded_at']}", ""]
        lines += [f"    {line}" for line in row["output"].splitlines()]
    return "\n".join(lines) + "\n"


def _verdict(changed: Sequence[str]) -> list[str]:
    if changed:
        return [f"**The evidence of {', '.join(changed)} was changed after it was written.**"]
    return ["Each row carries the hash of the one before of its task; all of them follow from each other."]


def _more(data: dict[str, Any]) -> str:
    return ", ".join(f"{key}: {value}" for key, value in data.items())


def _in_table(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
