"""One row's work at a time: what fails in our own code is put off, and stops no other row's."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import Clock
from bot.core.db import Database, is_unreachable

log = structlog.get_logger(__name__)

# What fails in our own code is put off for so long, and stops nothing else.
PUT_OFF = timedelta(minutes=5)

Work = Callable[[AsyncSession, datetime], Awaitable[None]]


async def guarded(
    db: Database, clock: Clock, work: Work, put_off: Work, *, complaint: str, **about: int | str
) -> bool:
    """Does the work in a transaction of its own; where it fails, `put_off` follows in another, and the log has
    `complaint`. Returns whether it was done. A database that does not answer is raised: nothing can be written down
    then.
    """
    try:
        async with db.begin() as session:
            await work(session, clock.now())
    except Exception as error:
        if is_unreachable(error):
            raise
        log.exception(complaint, **about)
        async with db.begin() as session:
            await put_off(session, clock.now())
        return False
    return True
