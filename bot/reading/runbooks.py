"""What `tocsin runbook` tells: the folder as it is now, what is kept elsewhere as it was fetched last."""

from collections import defaultdict
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from bot.config import Config, near
from bot.core.db import Database
from bot.core.errors import NotFound
from bot.runbooks.files import read_all
from bot.runbooks.library import all_runbooks
from bot.runbooks.rows import RunbookRow

Json = dict[str, Any]


async def listed(db: Database | None, config: Config, folder: Path, now: datetime) -> list[Json]:
    """All runbooks, in the order of their names, also those that cannot be read."""
    found, problems = read_all(folder, config)
    wrong: dict[str, list[str]] = defaultdict(list)
    for problem in problems:
        wrong[Path(problem.file).stem].append(str(problem))
    rows: dict[str, RunbookRow] = {}
    if db is not None:
        async with db.read() as session:
            rows = {row.name: row for row in await all_runbooks(session)}
    known = {
        one.name: _as_json(
            {**asdict(one), "steps": [asdict(step) for step in one.steps]},
            _later(one.tested, rows.get(one.name)),
            rows.get(one.name),
            config,
            now,
        )
        for one in found
    }
    for page in config.runbooks.pages:
        if page.is_fetched:
            known[page.name] = _fetched(page.name, rows.get(page.name), config, now)
    for name, said in wrong.items():
        known[name] = known.get(name, _nothing(name)) | {"problem": "\n".join(said)}
    return [known[name] for name in sorted(known)]


async def shown(db: Database | None, config: Config, folder: Path, now: datetime, *, name: str) -> Json:
    """One with its steps; raises NotFound."""
    every = {one["name"]: one for one in await listed(db, config, folder, now)}
    if name not in every:
        guess = near(name, every)
        raise NotFound(
            f"There is no runbook “{name}”.",
            f"Did you mean {guess}?" if guess else "`tocsin runbook list` shows those that there are.",
        )
    return every[name]


def _nothing(name: str) -> Json:
    nothing: Json = {
        "title": name,
        "owner": None,
        "services": [],
        "checks": [],
        "severities": [],
        "link": None,
    }
    return {
        "name": name,
        **nothing,
        "steps": [],
        "tested": None,
        "tested_by": None,
        "stale": False,
        "problem": None,
    }


def _fetched(name: str, row: RunbookRow | None, config: Config, now: datetime) -> Json:
    if row is None:
        return _nothing(name) | {"problem": None}
    about = {
        key: getattr(row, key)
        for key in ("name", "title", "owner", "services", "checks", "severities", "link", "steps")
    }
    return _as_json(about, row.tested_on, row, config, now) | {"problem": row.problem}


def _later(tested: date | None, row: RunbookRow | None) -> date | None:
    days = [day for day in (tested, row.tested_on if row is not None else None) if day is not None]
    return max(days, default=None)


def _as_json(about: Json, tested: date | None, row: RunbookRow | None, config: Config, now: datetime) -> Json:
    is_stale = tested is None or datetime.combine(tested, time(12), UTC) + config.runbooks.stale_after <= now
    return {
        **about,
        "tested": tested.isoformat() if tested else None,
        "tested_by": row.tested_by if row is not None and row.tested_on == tested else None,
        "stale": is_stale,
        "problem": None,
    }


def line(one: Json) -> str:
    """A runbook on a terminal."""
    mark = "cannot be read" if one["problem"] else "stale" if one["stale"] else ""
    said = (
        f"{one['name']:<24} {one['owner'] or '-':<10} {one['tested'] or 'never tested':<13} {len(one['steps']):>2} steps"
        f"  {one['title']}{f' [{mark}]' if mark else ''}"
    )
    return said + (f"\n  {one['problem']}" if one["problem"] else "")


def lines(one: Json) -> list[str]:
    """One with its steps."""
    head = [
        f"{one['title']} ({one['name']})",
        f"kept by {one['owner'] or 'nobody'}, tested {one['tested'] or 'never'}",
    ]
    for key in ("services", "checks", "severities"):
        if one[key]:
            head.append(f"{key}: {', '.join(one[key])}")
    steps = []
    for number, step in enumerate(one["steps"], 1):
        carried = f" [command {step['command']}]" if step.get("command") else ""
        steps.append(f"{number:>3}. {step['text'].replace(chr(10), chr(10) + '     ')}{carried}")
    return [*head, *([one["problem"]] if one["problem"] else []), "", *steps]
