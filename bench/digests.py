"""`python -m bench.digests`: digests and App Home over 100,000 incidents of two years with 5 million timeline entries.

    python -m bench.digests [incidents] [folder]

With a folder SQLite's data set is kept there for the next time: it takes minutes to make. All that digests read is filled:
pages and what they rang, alerts, deployments, results of checks, reviews, action items, the backlog, routine tasks.
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
from bot.core.clock import Clock
from bot.core.db import Database, engine_for
from bot.core.outbox import OutboxItem
from bot.core.signer import Signer
from bot.core.vault import Vault
from bot.delivery.github import GitHub
from bot.delivery.home import HomeSender
from bot.delivery.providers import Providers
from bot.delivery.slack import Call
from bot.delivery.ways import Ways
from bot.delivery.webhooks import Webhooks
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
HOME = "App Home"
# Whose Home is read: somebody with incidents, reviews, action items and tasks of their own.
READER = "U30"
HOMES = 20
ALLOWED = {"weekly": 1.0, "quarterly": 3.0, HOME: 0.1}


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

    def day(self, seconds: str) -> str:
        """The day of that moment, in UTC."""
        if self._sqlite:
            return f"date({NOW.timestamp()} - ({seconds}), 'unixepoch')"
        return f"({self.ago(seconds)} AT TIME ZONE 'UTC')::date"


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
    author = "CASE WHEN k IN (2, 3) THEN NULL ELSE 'U' || ((n + k % 4) % 60) END"
    noise = f"{age} - k * {each} / 3"
    return [
        "INSERT INTO incident (id, title, summary, severity, status, service, private, drill, declared_at,"
        " declared_by, changed_at, resolved_at, timeline_length, timeline_head)"
        f" SELECT n, 'Checkout is slow again ' || n, '', {severity},"
        f" CASE WHEN n % 500 = 0 THEN 'investigating' ELSE 'resolved' END, {service}, n % 50 = 7, n % 40 = 3,"
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
        f" SELECT (n - 1) * 3 + k, 'alertmanager', 'k' || n || '-' || k, 'Latency is high ' || (n % 40), '', {service},"
        f" 'latency ' || (n % 40), '{{}}', '{{}}', '[]', 'resolved', {say.ago(noise)}, {say.ago(noise)},"
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
        "INSERT INTO responder (incident_id, user_id, joined_at)"
        f" SELECT n, 'U' || ((n + k) % 60), {say.ago(age)} FROM {of}, {say.series(1, 2, 'k')}",
        *_after(first, last, count, age, sqlite=sqlite),
    ]


def _after(first: int, last: int, count: int, age: str, *, sqlite: bool) -> list[str]:
    """What comes of these incidents: reviews, action items, the backlog, risks and decisions. A few are unfinished."""
    say = Dialect(sqlite=sqlite)
    of = say.series(first, last)
    over = f"{age} - 600 - n % 20000"
    due = say.ago(f"{over} - 86400")
    published = say.ago(f"{over} - n % 400 * 360")
    is_open = f"n > {count} - 300"
    severe = "n % 10 = 0 AND n % 500 > 0"
    return [
        "INSERT INTO review (incident_id, state, required, owner, began_at, due_at, reminders, reason, versions,"
        " published_at, ended_at)"
        f" SELECT n, CASE WHEN {is_open} THEN 'open' ELSE 'done' END, true, 'U' || (n % 60), {say.ago(over)}, {due}, 0, '',"
        f" 1, CASE WHEN {is_open} THEN NULL ELSE {published} END, CASE WHEN {is_open} THEN NULL ELSE {published} END"
        f" FROM {of} WHERE {severe}",
        "INSERT INTO review_task (incident_id, name, place, title, owner, required, due_at, state, changed_at, reason)"
        " SELECT n, CASE k WHEN 1 THEN 'timeline' WHEN 2 THEN 'write' WHEN 3 THEN 'meeting' WHEN 4 THEN 'publish'"
        f" ELSE 'follow_up' END, k, 'A step', 'U' || (n % 60), true, {due}, CASE WHEN {is_open} AND k > 2 THEN 'to_do' ELSE"
        f" 'done' END, CASE WHEN {is_open} AND k > 2 THEN NULL ELSE {published} END, ''"
        f" FROM {of}, {say.series(1, 5, 'k')} WHERE {severe}",
        "INSERT INTO action_item (id, title, description, service, owner, due_on, status, reason, private, drill, origin,"
        " incident_id, created_at, changed_at, closed_at, issue_wanted)"
        f" SELECT n, 'Alert before the disk is full', '', 'checkout', 'U' || (n % 60), {say.day(f'{over} - 864000')},"
        f" CASE WHEN n % 150 = 0 OR {is_open} THEN 'open' ELSE 'done' END, '', n % 50 = 7, n % 40 = 3, 'incident', n,"
        f" {say.ago(over)}, {say.ago(over)},"
        f" CASE WHEN n % 150 = 0 OR {is_open} THEN NULL ELSE {say.ago(f'{over} - n % 20 * 86400')} END, false"
        f" FROM {of} WHERE n % 3 = 0",
        "INSERT INTO backlog_item (id, kind, title, description, status, reason, private, origin, place, incident_id,"
        " created_at, changed_at, closed_at)"
        f" SELECT n, 'bug', 'Make it quicker', '', CASE WHEN n % 100 = 0 THEN 'open' ELSE 'done' END, '', n % 50 = 7,"
        f" 'incident', 0, n, {say.ago(over)}, {say.ago(over)},"
        f" CASE WHEN n % 100 = 0 THEN NULL ELSE {say.ago(f'{over} - 864000')} END FROM {of} WHERE n % 20 = 0",
        "INSERT INTO risk (id, kind, title, description, likelihood, impact, mitigation, owner, status, review_at,"
        " created_at, created_by, changed_at, changed_by)"
        f" SELECT n, 'quality', 'Only one knows it', '', 'high', 'medium', '', 'U1', 'open', {say.ago(f'{age} - 8640000')},"
        f" {say.ago(age)}, 'U1', {say.ago(age)}, 'U1' FROM {of} WHERE n % 2000 = 0",
        "INSERT INTO decision (id, question, description, owner, status, answer, due_at, created_at, created_by)"
        f" SELECT n, 'Which provider?', '', 'U1', 'pending', '', {say.ago(f'{age} - 8640000')}, {say.ago(age)}, 'U1'"
        f" FROM {of} WHERE n % 1000 = 0",
    ]


TASKS = 8


def routine(*, sqlite: bool) -> str:
    """Two years of daily tasks, done but for those of the last days."""
    say = Dialect(sqlite=sqlite)
    at = "n * 86400 + k * 60"
    return (
        "INSERT INTO routine_occurrence (id, task, title, checklist, owner, occurs_at, due_at, opened_at, status, how,"
        " reason, closed_at, seen, output, reminded)"
        f" SELECT n * {TASKS} + k, 'task-' || k, 'Backups verified', '[]', 'U' || k, {say.ago(at)}, {say.ago(f'{at} - 14400')},"
        f" {say.ago(at)}, CASE WHEN n < 2 THEN 'open' ELSE 'done' END, 'confirmation', '',"
        f" CASE WHEN n < 2 THEN NULL ELSE {say.ago(f'{at} - n % 20 * 3600')} END, '', '', 0"
        f" FROM {say.series(0, DAYS)}, {say.series(0, TASKS - 1, 'k')}"
    )


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
    yield routine(sqlite=sqlite)
    yield "COMMIT"
    # Postgres does both by itself within minutes of such a load (autovacuum).
    yield "ANALYZE" if sqlite else "VACUUM ANALYZE"


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
                elif statement.startswith("VACUUM"):
                    await there.commit()
                    alone = await there.execution_options(isolation_level="AUTOCOMMIT")
                    await alone.execute(text(statement))
                else:
                    await there.execute(text(statement))
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
            async with db.read_much() as session:
                spans = complete(period, NOW, said.zone, since=NOW - timedelta(days=1))
                told = await gathered(session, said, period, spans, now=NOW)
            digest_blocks(told, said)
            detail_blocks(told, said)
            trends(told, said)
            if number:  # the first one warms up
                took.setdefault(period, []).append(time.perf_counter() - start)
        assert told.past.incidents.count > 0
    took[HOME] = await homes(db, said)
    await db.close()
    return Row(store, took)


async def homes(db: Database, said: Config) -> list[float]:
    """App Home of somebody who has much to do, as it is published: read, and put into blocks."""
    clock = Clock()
    providers = Providers(gateways={}, vault=Vault(()), within=timedelta(seconds=10))
    sender = HomeSender(
        said, Ways(providers, db, clock, None, Signer(()), GitHub(said, clock, None), Webhooks({}, {}))
    )
    item = OutboxItem(kind="home", about={"user": READER})
    took = []
    for number in range(HOMES + 1):
        start = time.perf_counter()
        async with db.read() as session:
            call = await sender.compose(session, item, NOW)
        if number:
            took.append(time.perf_counter() - start)
    assert isinstance(call, Call)
    assert "action item" in str(call.args).lower()
    return took


def table(rows: list[Row], count: int) -> str:
    lines = [
        f"{count:,} incidents of two years, {count * ENTRIES:,} timeline entries; seconds, median (worst) of {TIMES},"
        f" of {HOMES} for App Home",
        "",
        "| store | daily | weekly (1 allowed) | monthly | quarterly (3 allowed) | App Home (0.1 allowed) |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        cells = " | ".join(f"{statistics.median(took):.3f} ({max(took):.3f})" for took in row.took.values())
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
