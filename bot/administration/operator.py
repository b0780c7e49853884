"""Whoever sits at the command line: the operating system knows who that is, Tocsin does not."""

import getpass
import os
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from bot.administration.configuration import newest_version
from bot.core.audit import OPERATOR, audit
from bot.core.db import Database, exists

UNKNOWN = "the command line"


def operator() -> str:
    """Their name, for what is noted of what they did. In a container there may be none."""
    try:
        return (os.environ.get("SUDO_USER") or getpass.getuser() or UNKNOWN)[:120]
    except (KeyError, OSError):
        return UNKNOWN


async def noted(url: str, act: str, *, now: datetime, **data: Any) -> str | None:
    """Has a line about what they did in the audit log of the database; returns why there is no line where there should be.
    What was done is done either way: a backup of a database that only reads is one, too. One that Tocsin has never run with
    stays as it is: whoever tries a backup out there restores it next, into an empty one.
    """
    if not exists(url):
        return None
    db = Database(url)
    try:
        async with db.begin() as session:
            if await newest_version(session) is None:
                return None
            audit(session, act, by=OPERATOR, now=now, operator=operator(), **data)
    except (SQLAlchemyError, OSError) as error:
        return type(error).__name__
    finally:
        await db.close()
    return None
