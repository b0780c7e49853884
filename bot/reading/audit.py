"""What `tocsin audit` tells: as the operator, who may read the database anyway."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config, near
from bot.core.audit import ACTS, OPERATOR, audit_lines
from bot.core.db import Database
from bot.core.errors import NotFound, UserError
from bot.core.people import accounts_named, names_of
from bot.oncall.when import moment
from bot.paging.people import account_of

_ACCOUNT = re.compile(r"[UW][A-Z0-9]{2,}")


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
    """The lines of the audit log, the newest first; raises UserError for a moment, a person or an act that is none."""
    if act is not None and act not in ACTS:
        meant = near(act, ACTS)
        guess = f" Did you mean {meant}?" if meant else ""
        raise UserError(f"“{act[:60]}” is no act of the audit log.{guess}", f"There are {', '.join(ACTS)}.")
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
    """The Slack account of a name of app.yaml, or of one that Slack has; or an account itself, or `operator`."""
    if who == OPERATOR or _ACCOUNT.fullmatch(who):
        return who
    if config.person(who) is None:
        return await _account_in_slack(session, config, who)
    account = await account_of(session, config, who)
    if account is None:
        raise NotFound(f"Which Slack account is {who}'s is not known yet.", "Give the Slack user id instead.")
    return account


async def _account_in_slack(session: AsyncSession, config: Config, who: str) -> str:
    """As the lines show people."""
    named = await accounts_named(session, who)
    if len(named) == 1:
        return named[0]
    if named:
        raise UserError(f"{len(named)} people are named {who[:60]}.", f"Give one of {', '.join(named)}.")
    meant = near(who, [OPERATOR, *(one.name for one in config.people)])
    guess = f" Did you mean {meant}?" if meant else ""
    raise NotFound(
        f"Nobody is known as “{who[:60]}”.{guess}",
        f"Give a name of app.yaml, one that Slack has, a Slack user id, or {OPERATOR} for the command line.",
    )


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
