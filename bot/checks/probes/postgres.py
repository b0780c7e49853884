"""Queries of Postgres."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from bot.checks.evaluation import Seen
from bot.checks.probes.reach import Failed, Surroundings, addresses_of, forbids_for, number, secret
from bot.config.sections.checks import Check, QueryProbe


async def probe(check: Check, around: Surroundings) -> Seen:
    wanted: QueryProbe = check.probe  # type: ignore[assignment]
    began = around.clock.monotonic()
    found = await first_value(check, around, wanted)
    latency = (around.clock.monotonic() - began) * 1000
    expected = "something" if wanted.equals is None else str(wanted.equals)
    fits = found is not None and found is not False if wanted.equals is None else _is(found, wanted.equals)
    # With thresholds these say what is good: 0 is a value like others.
    return Seen(fits, expected, str(found)[:200], latency, number(found))


def _is(found: Any, wanted: Any) -> bool:
    measured = number(found)
    if measured is not None and not isinstance(wanted, (bool, str)):
        return measured == float(wanted)
    return bool(found == wanted) or str(found) == str(wanted)


async def first_value(check: Check, around: Surroundings, wanted: QueryProbe) -> Any:
    """The first value of the first row, None without one; raises Failed. Nothing can be changed by the query."""
    import asyncpg  # 4 MB, which a bot on SQLite need not have

    url = secret(around, wanted.url_from).replace("postgresql+asyncpg://", "postgresql://", 1)
    try:
        host = urlsplit(url).hostname
    except ValueError:
        raise Failed(f"{wanted.url_from} holds no address of a database") from None
    if host is not None and not host.startswith("/"):
        await addresses_of(host, 5432, forbids_for(check))
    try:
        connection = await asyncpg.connect(url, timeout=check.timeout.total_seconds())
    except (asyncpg.PostgresError, ValueError) as error:
        raise Failed(f"the database refuses: {type(error).__name__}") from None
    try:
        async with connection.transaction(readonly=True):
            return await connection.fetchval(wanted.query)
    except asyncpg.PostgresError as error:
        raise Failed(f"the query fails: {str(error)[:200]}") from None
    finally:
        connection.terminate()
