"""`python -m bench.timers`: a tick's look for due work, with a million pages, notifications and intents waiting.

All of them wait for a moment to come, as after the worst day of a very large company; none is due.
"""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from bot.config import Config
from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.foreground import Foreground
from bot.delivery.outbox import Delivery
from bot.delivery.slack import Slack
from bot.migrate import migrate
from bot.steps.paging import Paging
from tests.databases import PostgresCluster

COUNT = 1_000_000
LOOKS = 50
AT_ONCE = 50_000  # rows in one statement, none of which may take long


@dataclass
class Row:
    """Milliseconds of each look, by the tick's step."""

    store: str
    looks: dict[str, list[float]]

    def median(self, step: str) -> float:
        return sorted(self.looks[step])[LOOKS // 2]


def rows(first: int, last: int, *, sqlite: bool) -> list[str]:
    """Statements that fill a database: everything is due within the next hours, nothing is now."""
    if sqlite:
        series = f"(WITH RECURSIVE c(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM c WHERE n < {last}) SELECT n FROM c)"
        at = "strftime('%Y-%m-%d %H:%M:%f000', 'now')"
        later = "strftime('%Y-%m-%d %H:%M:%f000', 'now', '+' || (3600 + n % 20000) || ' seconds')"
    else:
        series = f"generate_series({first}, {last}) n"
        at, later = "now()", "now() + make_interval(secs => 3600 + n % 20000)"
    return [
        "INSERT INTO page (id, what, policy, urgency, private, drill, created_at, state, reason, step, round, life,"
        " due_at, escalate_at, ask_after, again_after, stumbles, timeline_length, timeline_head)"
        f" SELECT n, 'W', 'default', 'high', false, false, {at}, 'ringing', '', 0, 0, 0, {later}, {later},"
        f" 60, 60, 0, 0, '' FROM {series}",
        "INSERT INTO notification (id, page_id, person, via, step, round, life, method, reason, state, created_at,"
        " leaves_at, due_at)"
        f" SELECT n, n, 'p' || (n % 900), 'person:x', 0, 0, 0, 'sms', '', 'queued', {at}, {later}, {later}"
        f" FROM {series}",
        "INSERT INTO outbox (id, kind, about, fold, priority, created_at, due_at, attempts, doubtful)"
        f" SELECT n, 'page.notify', '{{}}', 'page.notify:' || n, (n % 3) * 10, {at}, {later}, 0, false FROM {series}",
    ]


async def measure(store: str, url: str, *, count: int = COUNT) -> Row:
    db = Database(url)
    for first in range(1, count + 1, AT_ONCE):
        for statement in rows(first, min(first + AT_ONCE, count + 1) - 1, sqlite=db.is_sqlite):
            async with db.begin() as session:
                await session.execute(text(statement))
    async with db.begin() as session:
        await session.execute(text("ANALYZE"))
    config, clock = Config.model_validate({"organization": "Bench"}), Clock()
    delivery = Delivery(
        config=config,
        db=db,
        clock=clock,
        slack=Slack(token="", base_url="http://127.0.0.1:9/", timeout=timedelta(seconds=1)),
        senders={},
        worker="bench",
        foreground=Foreground(),
    )
    looks: dict[str, list[float]] = {name: [] for name in ("tick", "pages", "auditor", "outbox")}
    for number in range(LOOKS + 5):
        paging = Paging(config=config, db=db, clock=clock, worker="bench")  # whose auditor has not looked yet
        steps = {"pages": paging.run, "auditor": paging.audit, "outbox": delivery.run}
        began = time.perf_counter()
        for name, run in steps.items():
            at = time.perf_counter()
            await run()
            if number >= 5:
                looks[name].append((time.perf_counter() - at) * 1000)
        if number >= 5:
            looks["tick"].append((time.perf_counter() - began) * 1000)
    await db.close()
    return Row(store, looks)


def table(found: list[Row]) -> str:
    lines = [
        f"One tick's look, with {COUNT:,} pages, notifications and intents that wait; ms, p50 of {LOOKS}, goal 20",
        "",
        "| store | whole tick | pages and notifications | auditor | outbox |",
        "|---|---|---|---|---|",
    ]
    for row in found:
        lines.append(
            f"| {row.store} | {row.median('tick'):.1f} | {row.median('pages'):.1f} "
            f"| {row.median('auditor'):.1f} | {row.median('outbox'):.1f} |"
        )
    return "\n".join(lines)


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        url = f"sqlite:///{folder}/timers.sqlite3"
        await migrate(url)
        found = [await measure("SQLite", url)]
    cluster = PostgresCluster()
    try:
        async with cluster.one() as url:
            found.append(await measure("Postgres", url))
    finally:
        cluster.stop()
    print(table(found))


if __name__ == "__main__":
    asyncio.run(main())
