"""What `tocsin audit` tells: as the operator, who may read the database anyway."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.core.audit import audit_lines
from bot.core.db import Database
from bot.core.errors import NotFound
from bot.core.people import names_of
from bot.oncall.when import moment
from bot.paging.people import account_of


async def audit(
    db: Database,
    config: Config,
    *,
    since: str | None,
    who: str | None,
    act: str | None,
    limit: int,
    now: datetime,
) -> list[dict[str, Any]]:
    """The lines of the audit log, the newest first; raises UserError for a moment or a person that is none."""
    start = None if since is None else moment(since, config.zone, now=now)
    async with db.read() as session:
        by = None if who is None else await _account(session, config, who)
        found = await audit_lines(session, since=start, who=by, act=act, limit=limit)
        names = await names_of(session, {line.by for line in found if line.by is not None})
    return [
        {
            "number": line.id,
            "at": line.at.isoformat(),
            "act": line.act,
            "by": line.by,
            "name": names.get(line.by or ""),
            "incident": line.incident_id,
            "data": line.data,
        }
        for line in found
    ]


async def _account(session: AsyncSession, config: Config, who: str) -> str:
    """The Slack account of a name of app.yaml; what is no such name is taken for an account itself, or `operator`."""
    if config.person(who) is None:
        return who
    account = await account_of(session, config, who)
    if account is None:
        raise NotFound(f"Which Slack account is {who}'s is not known yet.", "Give the Slack user id instead.")
    return account


def line(told: dict[str, Any]) -> str:
    """For the terminal."""
    by = told["name"] or told["by"] or "Tocsin"
    about = f"  #{told['incident']}" if told["incident"] is not None else ""
    more = " ".join(f"{key}={value}" for key, value in told["data"].items())
    return f"{told['at'][:19]}Z  {by:<16} {told['act']:<20}{about}{'  ' + more if more else ''}"
