"""What `tocsin audit` tells: as the operator, who may read the database anyway."""

from collections.abc import Sequence
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


def lines(told: Sequence[dict[str, Any]]) -> list[str]:
    """For the terminal, in columns: when, who, what, the incident where there is one, and what else is known."""
    rows = [
        (
            f"{one['at'][:19]}Z",
            one["name"] or one["by"] or "Tocsin",
            one["act"],
            f"#{one['incident']}" if one["incident"] is not None else "",
        )
        for one in told
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            [*(cell.ljust(width) for cell, width in zip(row, widths, strict=True)), _more(one)]
        ).rstrip()
        for row, one in zip(rows, told, strict=True)
    ]


def _more(told: dict[str, Any]) -> str:
    return " ".join(f"{key}={value}" for key, value in told["data"].items())
