"""What `tocsin page` tells: by app.yaml, with what the database knows where there is one."""

from datetime import datetime
from typing import Any

from bot.config import Config, choose_one
from bot.core.db import Database
from bot.core.errors import NotFound
from bot.oncall.when import moment
from bot.paging.forecast import as_json, forecast, lines
from bot.paging.targets import wanted


async def plan(
    db: Database | None, config: Config, to: str, *, severity: str | None, at: str, now: datetime
) -> tuple[dict[str, Any], list[str]]:
    """Who would be reached, as data and as lines. Without a database: no overrides, and Slack as the only method."""
    whom, when = wanted(config, to), moment(at, config.zone, now=now)
    known = config.severity(severity) if severity is not None else None
    if severity is not None and known is None:
        names = [one.name for one in config.severities]
        aliases = (name for one in config.severities for name in one.names)
        raise NotFound(f"“{severity}” is not a severity.", choose_one(severity, names, aliases=aliases))
    if db is None:
        found = await forecast(None, whom, config=config, at=when, severity=known)
    else:
        async with db.read() as session:
            found = await forecast(session, whom, config=config, at=when, severity=known)
    return as_json(found), lines(found, config)
