"""How long a search takes over two years of incidents: what people wrote in 100,000 incidents with 5,000,000 entries.

    python -m bench.search [incidents] [FOLDER]

Each question as `/ops search` asks it: read, and put into words; and what an incident's card asks about earlier ones that
were like it. On SQLite and Postgres; in FOLDER SQLite's data set stays for the next run.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bench import texts
from bench.digests import COUNT, ENTRIES
from bot.config import Config, load
from bot.core.db import Database
from bot.core.viewer import Viewer
from bot.incidents.rows import Incident
from bot.incidents.similar import similar_to
from bot.migrate import migrate
from bot.search.finding import search
from bot.views.search import result_blocks
from tests.databases import PostgresCluster

TIMES = 7
ALLOWED = 0.2
SOMEBODY = Viewer("U7")
# What is typed, by what it is an example of. Of the words "the" stands in most texts, "vendor" in many.
QUESTIONS = {
    "a rare word": ["000003e8", "host513", "00001388"],
    "a common word": ["database", "checkout", "vendor"],
    "the most common words": ["the", "we is to"],
    "several words": ["payments gateway timeout", "certificate expired vendor", "host513 rolled back"],
    "words that hardly meet": ["host513 host514", "zazeze lilolu vendor"],
    "a beginning": ["certif", "host51", "data", "zaz", "pos"],
    "a phrase": ['"connection pool exhausted"', '"rolled back"'],
    "nothing": ["xylophone", "qqqqqqqq zzzzzzzz", "xy*"],
}


@dataclass
class Row:
    """Seconds that each kind of question took."""

    store: str
    took: dict[str, list[float]]


async def timed(db: Database, ask: Callable[[AsyncSession], Awaitable[object]]) -> list[float]:
    took = []
    for number in range(TIMES + 1):
        start = time.perf_counter()
        async with db.read() as session:
            await ask(session)
        if number:  # the first one warms up
            took.append(time.perf_counter() - start)
    return took


async def measure(store: str, url: str, count: int, config: Config) -> Row:
    db = Database(url)
    took: dict[str, list[float]] = {}

    async def found(session: AsyncSession, typed: str) -> None:
        results = await search(session, typed, SOMEBODY)
        result_blocks(results, typed, config)

    for kind, typed in QUESTIONS.items():
        for one in typed:
            seconds = await timed(db, lambda session, one=one: found(session, one))
            print(f"{store}: {one}: {statistics.median(seconds) * 1000:.1f} ms", file=sys.stderr)
            took.setdefault(kind, []).extend(seconds)
    async with db.read() as session:
        numbers = [count - n * (count // 20) for n in range(12)]
        incidents = (await session.scalars(select(Incident).where(Incident.id.in_(numbers)))).all()
    for incident in incidents:
        took.setdefault("alike", []).extend(
            await timed(db, lambda session, incident=incident: similar_to(session, incident))
        )
    await db.close()
    return Row(store, took)


def table(rows: Sequence[Row], count: int, allowed: float = ALLOWED) -> str:
    """Of each store and kind; what took longer than `allowed` seconds at worst is named."""
    lines = [
        f"{count:,} incidents of two years, {count * ENTRIES:,} timeline entries; milliseconds, median (worst)",
        "",
        "| store | " + " | ".join(rows[0].took) + " |",
        "|---" * (len(rows[0].took) + 1) + "|",
    ]
    for row in rows:
        cells = [
            f"{statistics.median(took) * 1000:.0f} ({max(took) * 1000:.0f})" for took in row.took.values()
        ]
        late = [kind for kind, took in row.took.items() if max(took) > allowed]
        lines.append(
            f"| {row.store} | {' | '.join(cells)} |" + (f" TOO SLOW: {', '.join(late)}" if late else "")
        )
    return "\n".join(lines)


async def main(count: int = COUNT, folder: str | None = None) -> None:
    config = load(Path(__file__).resolve().parents[1] / "app.yaml")
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as own:
        file = Path(folder or own) / f"search-{count}.sqlite3"
        if not file.exists():
            await migrate(f"sqlite:///{file}")
            texts.fill(file, count)
        rows = [await measure("SQLite", f"sqlite:///{file}", count, config)]
        cluster = PostgresCluster()
        async with cluster.one() as url:
            await texts.copy(file, url)
            rows.append(await measure("Postgres", url, count, config))
        cluster.stop()
    print(table(rows, count))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT, *sys.argv[2:3]))
