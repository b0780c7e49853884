"""Queries of Postgres."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

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
        connection = await asyncpg.connect(
            url, **await _place(check, wanted, url), timeout=check.timeout.total_seconds()
        )
    except (asyncpg.PostgresError, ValueError) as error:
        raise Failed(f"the database refuses: {type(error).__name__}") from None
    try:
        async with connection.transaction(readonly=True):
            # The first row alone is fetched, however many there are.
            row = await (await connection.cursor(wanted.query)).fetchrow()
            return row[0] if row else None
    except asyncpg.PostgresError as error:
        raise Failed(f"the query fails: {str(error)[:200]}") from None
    finally:
        connection.terminate()


async def _place(check: Check, wanted: QueryProbe, url: str) -> dict[str, Any]:
    """Where to connect to: the very address that was looked at, unless the certificate has to hold for the name."""
    try:
        parts = urlsplit(url)
        asked = parse_qs(parts.query)
        host, port = parts.hostname, parts.port or int(asked.get("port", ["5432"])[0])
    except ValueError:
        raise Failed(f"{wanted.url_from} holds no address of a database") from None
    others = asked.get("host", [])
    if host is None and all(other.startswith("/") for other in others):
        return {}  # a socket of this machine
    if host is None or others or "," in parts.netloc:
        raise Failed(f"{wanted.url_from} must name one host, as in postgresql://user@host:5432/name")
    _, place = (await addresses_of(host, port, forbids_for(check)))[0]
    return {} if asked.get("sslmode") == ["verify-full"] else {"host": place, "port": port}
