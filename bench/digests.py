"""`python -m bench.digests`: digests over 100,000 incidents of two years with 5 million timeline entries.

    python -m bench.digests [incidents] [folder]

With a folder SQLite's data set is kept there for the next time: it takes minutes to make. All that digests read is filled:
pages and what they rang, alerts, deployments, results of checks.
"""

import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from bot.config import Config, load
from bot.config.sections.checks import Check
from bot.config.sections.digests import Period
from bot.core.db import Database, engine_for
from bot.digests.gather import gathered
from bot.digests.spans import complete
from bot.migrate import migrate
from bot.views.digest import detail_blocks, digest_blocks, trends
from tests.databases import PostgresCluster

COUNT = 100_000
ENTRIES = 50
DAYS = 730
CHECKS = 20
TIMES = 5
AT_ONCE = 2_000  # incidents in one statement
# A Monday, the first day of a quarter: both digests are due.
NOW = datetime(2029, 1, 1, 9, 30, tzinfo=UTC)
ALLOWED = {"weekly": 1.0, "quarterly": 3.0}


@dataclass
class Row:
    """Seconds that each took to read and to put into words."""

    store: str
    took: dict[str, list[float]]


def config() -> Config:
    """The sample, with as many checks as a company has."""
    checks = tuple(
        Check.model_validate({"name": f"check-{n}", "heartbeat": {"period": "1d", "grace": "1h"}})
        for n in range(CHECKS)
    )
    return load(Path(__file__).resolve().parents[1] / "app.yaml").model_copy(update={"checks": checks})


class Dialect:
    """What SQLite and Postgres say differently in the generator."""

    def __init__(self, *, sqlite: bool) -> None:
        self._sqlite = sqlite

    def series(self, first: int, last: int, name: str = "n") -> str:
        if self._sqlite:
            return (
                f"(WITH RECURSIVE c({name}) AS (SELECT {first} UNION ALL SELECT {name} + 1 FROM c"
                f" WHERE {name} < {last}) SELECT {name} FROM c)"
            )
        return f"generate_series({first}, {last}) AS {name}"

    def ago(self, seconds: str) -> str:
        """The moment so many seconds before NOW."""
        if self._sqlite:
            return f"strftime('%Y-%m-%d %H:%M:%f000', {NOW.timestamp()} - ({seconds}), 'unixepoch')"
        return f"(to_timestamp({NOW.timestamp()}) - make_interval(secs => ({seconds})::float8))"


def statements(first: int, last: int, count: int, *, sqlite: bool) -> list[str]:
    """Fills a part of the database: the incidents of these numbers, and what belongs to them."""
    say = Dialect(sqlite=sqlite)
    # Evenly over the two years, the last one just before NOW.
    each = DAYS * 86400 / count
    age = f"({count} - n) * {each} + 60"
    resolved = f"CASE WHEN n % 500 = 0 THEN NULL ELSE {say.ago(f'{age} - 600 - n % 20000')} END"
    of = say.series(first, last)
    severity = "CASE n % 10 WHEN 0 THEN 'SEV1' WHEN 1 THEN 'SEV2' WHEN 2 THEN 'SEV2' ELSE 'SEV3' END"
    service = (
        "CASE n % 5 WHEN 0 THEN 'checkout' WHEN 1 THEN 'payments' WHEN 2 THEN 'search' WHEN 3 THEN 'web' END"
    )
    zeros = "0" * 64
    kind = (
        "CASE k WHEN 1 THEN 'declared' WHEN 2 THEN 'page_opened' WHEN 3 THEN 'paged' WHEN 4 THEN 'page_acknowledged'"
        " WHEN 5 THEN 'role' WHEN 6 THEN 'joined' WHEN 10 THEN 'update' WHEN 20 THEN 'status' WHEN 30 THEN 'update'"
        " WHEN 50 THEN 'resolved' ELSE 'message' END"
    )
    author = "CASE WHEN k IN (2, 3) THEN NULL ELSE 'U' || (n + k % 4) % 60 END"
    noise = f"{age} - k * {each} / 3"
    return [
        "INSERT INTO incident (id, title, summary, severity, status, service, private, drill, declared_at,"
        " declared_by, changed_at, resolved_at, timeline_length, timeline_head)"
        f" SELECT n, 'Checkout is slow again ' || n, '', {severity}, 'resolved', {service}, n % 50 = 7, n % 40 = 3,"
        f" {say.ago(age)}, 'U1', {say.ago(age)}, {resolved}, {ENTRIES}, '{zeros}' FROM {of}",
        "INSERT INTO timeline_entry (id, incident_id, number, kind, occurred_at, recorded_at, author, data,"
        " previous_hash, hash)"
        f" SELECT (n - 1) * {ENTRIES} + k, n, k, {kind}, {say.ago(f'{age} - k * 40')}, {say.ago(f'{age} - k * 40')},"
        f" {author}, '{{\"text\": \"We have rolled back, and look whether the errors go away.\"}}', '{zeros}', '{zeros}'"
        f" FROM {of}, {say.series(1, ENTRIES, 'k')}",
        "INSERT INTO page (id, incident_id, what, policy, urgency, private, drill, created_at, state, reason, step,"
        " round, life, ask_after, again_after, stumbles, resolved_at, timeline_length, timeline_head)"
        f" SELECT n, n, 'W', 'default', 'high', n % 50 = 7, n % 40 = 3, {say.ago(age)}, 'resolved', '', 0, 0, 0, 60, 60,"
        f" 0, {say.ago(f'{age} - 600')}, 0, '' FROM {of}",
        "INSERT INTO notification (id, page_id, person, via, step, round, life, method, reason, state, created_at,"
        " leaves_at, accepted_at)"
        f" SELECT (n - 1) * 3 + k, n, CASE (n + k) % 3 WHEN 0 THEN 'ada' WHEN 1 THEN 'bo' ELSE 'cleo' END, 'person:x', 0,"
        f" 0, 0, 'sms', '', 'delivered', {say.ago(age)}, {say.ago(age)}, {say.ago(f'{age} - k * 30')}"
        f" FROM {of}, {say.series(1, 3, 'k')}",
        'INSERT INTO alert (id, integration, "key", title, source, service, kind, labels, details, links, state,'
        ' first_at, last_at, resolved_at, "count", flaps, rang_at, outcome, reason, incident_id, stumbles)'
        f" SELECT (n - 1) * 3 + k, 'alertmanager', 'k' || n || '-' || k, 'Latency is high ' || n % 40, '', {service},"
        f" 'latency ' || n % 40, '{{}}', '{{}}', '[]', 'resolved', {say.ago(noise)}, {say.ago(noise)},"
        f" {say.ago(f'{noise} - 300')}, 1, 0, CASE k WHEN 1 THEN {say.ago(noise)} END,"
        " CASE k WHEN 1 THEN 'incident' ELSE 'message' END, '', CASE k WHEN 1 THEN n END, 0"
        f" FROM {of}, {say.series(1, 3, 'k')}",
        'INSERT INTO deployment (id, integration, "key", kind, service, environment, production, state, sha, at)'
        f" SELECT n, 'deployments', 'd' || n, 'deployment', {service}, 'production', true, 'success', 's' || n,"
        f" {say.ago(f'{age} + 900')} FROM {of} WHERE n % 4 = 0",
        'INSERT INTO deployment (id, integration, "key", kind, service, environment, production, state, sha, at,'
        " committed_at)"
        f" SELECT n + 1, 'deployments', 'c' || n, 'run', {service}, '', false, '', 's' || n, {say.ago(f'{age} + 900')},"
        f" {say.ago(f'{age} + 9000')} FROM {of} WHERE n % 4 = 0",
    ]


def results(*, sqlite: bool) -> str:
    """An hour's runs of each check, for the two years."""
    say = Dialect(sqlite=sqlite)
    return (
        'INSERT INTO check_result (name, at, span, "count", good, latency_ms)'
        f" SELECT 'check-' || k, {say.ago('n * 3600')}, 3600, 60, CASE WHEN n % 97 = k THEN 55 ELSE 60 END, 120"
        f" FROM {say.series(1, DAYS * 24)}, {say.series(0, CHECKS - 1, 'k')}"
    )


def everything(count: int, *, sqlite: bool) -> Iterator[str]:
    """All statements, with a commit behind each part."""
    for first in range(1, count + 1, AT_ONCE):
        yield from statements(first, min(first + AT_ONCE - 1, count), count, sqlite=sqlite)
        yield "COMMIT"
    yield results(sqlite=sqlite)
    yield "COMMIT"
    yield "ANALYZE"


async def fill(url: str, count: int) -> None:
    """Takes minutes for a hundred thousand; without the bot's own limits of time."""
    started = time.perf_counter()
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        for pragma in ("journal_mode=WAL", "synchronous=OFF", "cache_size=-400000"):
            connection.execute(f"PRAGMA {pragma}")
        for statement in everything(count, sqlite=True):
            if statement == "COMMIT":
                connection.commit()
            else:
                connection.execute(statement)
        connection.commit()
        connection.close()
    else:
        engine = engine_for(url)
        async with engine.connect() as there:
            for statement in everything(count, sqlite=False):
                if statement == "COMMIT":
                    await there.commit()
                else:
                    await there.execute(text(statement))
            await there.commit()
        await engine.dispose()
    print(f"{count} incidents were made in {time.perf_counter() - started:.0f} s", file=sys.stderr)


async def measure(store: str, url: str, count: int, said: Config) -> Row:
    """Each digest as it is sent: read, and put into words with details and trend."""
    await migrate(url)
    db = Database(url)
    async with db.read() as session:
        there = await session.scalar(text("SELECT count(*) FROM incident"))
    if not there:
        await fill(url, count)
    took: dict[str, list[float]] = {}
    periods: tuple[Period, ...] = ("daily", "weekly", "monthly", "quarterly")
    for period in periods:
        for number in range(TIMES + 1):
            start = time.perf_counter()
            async with db.read() as session:
                spans = complete(period, NOW, said.zone, since=NOW - timedelta(days=1))
                told = await gathered(session, said, period, spans, now=NOW)
            digest_blocks(told, said)
            detail_blocks(told, said)
            trends(told, said)
            if number:  # the first one warms up
                took.setdefault(period, []).append(time.perf_counter() - start)
        assert told.past.incidents.count > 0
    await db.close()
    return Row(store, took)


def table(rows: list[Row], count: int) -> str:
    lines = [
        f"{count:,} incidents of two years, {count * ENTRIES:,} timeline entries; seconds, median (worst) of {TIMES}",
        "",
        "| store | daily | weekly (1 allowed) | monthly | quarterly (3 allowed) |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        cells = " | ".join(f"{statistics.median(took):.2f} ({max(took):.2f})" for took in row.took.values())
        late = [name for name, most in ALLOWED.items() if statistics.median(row.took[name]) > most]
        lines.append(f"| {row.store} | {cells} |" + (f" TOO SLOW: {', '.join(late)}" if late else ""))
    return "\n".join(lines)


async def main(count: int = COUNT, folder: str | None = None) -> None:
    said, rows = config(), []
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as own:
        file = Path(folder or own) / f"digests-{count}.sqlite3"
        rows.append(await measure("SQLite", f"sqlite:///{file}", count, said))
        cluster = PostgresCluster()
        async with cluster.one() as url:
            rows.append(await measure("Postgres", url, count, said))
        cluster.stop()
    print(table(rows, count))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT, *sys.argv[2:3]))
