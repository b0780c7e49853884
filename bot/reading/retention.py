"""What `tocsin retention --dry-run` tells."""

from datetime import datetime
from typing import Any

from bot.config import Config
from bot.config.fields import duration_text
from bot.core.db import Database
from bot.steps.retention import KINDS, count


async def dry_run(db: Database, config: Config, *, now: datetime) -> list[dict[str, Any]]:
    """For each kind how long it is kept, how many rows there are, and how many would go now."""
    found = []
    async with db.read_much() as session:
        for kind in KINDS:
            goes, there = await count(session, kind, config.retention, now=now)
            kept_for = kind.kept_for(config.retention)
            kept = None if kept_for is None else duration_text(kept_for)
            found.append({"kind": kind.name, "kept_for": kept, "rows": there, "would_go": goes})
    return found


def line(told: dict[str, Any]) -> str:
    """For the terminal."""
    return f"{told['kind']:<16} kept {told['kept_for'] or 'for ever':<9} {told['would_go']:>8} of {told['rows']} would go"
