"""How long `/incident list` takes over two years of incidents: 100,000 of them with 5,000,000 timeline entries.

    python -m bench.lists [incidents] [FOLDER]

Each list as it is typed: read, counted, and put into words; the data set is that of bench.search, with types, fields and
who takes part. On SQLite and Postgres; in FOLDER SQLite's data set stays for the next run. App Home: bench.digests.
"""

import asyncio
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import text

from bench import texts
from bench.digests import COUNT, NOW, Dialect
from bench.search import Row, table
from bot.config import Config, IncidentField, IncidentType, load
from bot.core.db import Database, engine_for
from bot.core.viewer import Viewer
from bot.incidents.filters import Reader, read_filter
from bot.incidents.listing import listed
from bot.migrate import migrate
from bot.views.lists import incident_list
from tests.databases import PostgresCluster

TIMES = 7
ALLOWED = 0.1
READER = Reader("U7", ZoneInfo("UTC"), NOW)
FIELDS = (
    {"name": "region", "label": "Region", "kind": "choice", "choices": [f"Region {n}" for n in range(8)]},
    {"name": "customers", "label": "Customers hit", "kind": "number"},
    {"name": "ticket", "label": "Ticket"},
)
# What is typed, by what it is an example of. Of the values some are had by most incidents, and some by hardly any.
QUESTIONS = {
    "open, all": ["", "all", "all 60"],
    "status, severity, service": ["resolved", "all sev2", "all sev1 checkout", "all service:none-of-these"],
    "type": ["all type:outage", "all type:security"],
    "person": ["mine all", "all <@U0999999>", "all mine sev1"],
    "period": ["since:2w", "since:2027-06-01 until:2027-06-30", "until:2027-02-01"],
    "a value": ["all region:region-1", "all ticket:ops-17", "all region:region-1 type:security sev1"],
    "compared": [
        "all customers>10",
        "all customers>99990",
        "all customers>=500 customers<510",
        "all customers<0",
    ],
    "empty or not": ["all ticket:*", "all ticket:-", "all region:-"],
    "words": ["checkout", "host513", "certificate expired vendor", "all sev1 timeout", "xylophone"],
}


def with_fields(config: Config) -> Config:
    types = tuple(IncidentType(name=name) for name in ("outage", "security"))
    return config.model_copy(
        update={"types": types, "fields": tuple(IncidentField.model_validate(one) for one in FIELDS)}
    )


def classified(count: int, *, sqlite: bool) -> list[str]:
    """Types, fields and people of all incidents. One in ten has a ticket, and one in a hundred is of the type security."""
    of = Dialect(sqlite=sqlite).series(1, count)
    three = Dialect(sqlite=sqlite).series(1, 3, "k")
    at = "(SELECT declared_at FROM incident WHERE id = n)"
    return [
        "UPDATE incident SET type = CASE WHEN id % 100 = 7 THEN 'security' ELSE 'outage' END",
        f"INSERT INTO field_value (incident_id, name, value) SELECT n, 'region', 'region ' || (n % 8) FROM {of}",
        "INSERT INTO field_value (incident_id, name, value) SELECT n, 'customers',"
        f" '#1' || substr('000000000000000' || (n * 7919 % 100000), -15) || '000000' FROM {of}"
        if sqlite
        else "INSERT INTO field_value (incident_id, name, value) SELECT n, 'customers',"
        f" '#1' || lpad((n * 7919 % 100000)::text, 15, '0') || '000000' FROM {of}",
        f"INSERT INTO field_value (incident_id, name, value) SELECT n, 'ticket', 'ops-' || n FROM {of} WHERE n % 10 = 7",
        "DELETE FROM responder",
        "INSERT INTO responder (incident_id, user_id, joined_at)"
        f" SELECT n, 'U' || ((n + k * 17) % 60), {at} FROM {of}, {three}",
    ]


async def classify(url: str, count: int) -> None:
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        for statement in [*classified(count, sqlite=True), "ANALYZE"]:
            connection.execute(statement)
        connection.commit()
        connection.close()
        return
    engine = engine_for(url)
    async with engine.begin() as there:
        for statement in [*classified(count, sqlite=False), "ANALYZE"]:
            await there.execute(text(statement))
    await engine.dispose()


async def measure(store: str, url: str, config: Config) -> Row:
    db = Database(url)
    took: dict[str, list[float]] = {}
    for kind, typed in QUESTIONS.items():
        for one in typed:
            seconds = [await once(db, one, config) for _ in range(TIMES + 1)][1:]  # the first one warms up
            print(f"{store}: {one or 'open'}: {statistics.median(seconds) * 1000:.1f} ms", file=sys.stderr)
            took.setdefault(kind, []).extend(seconds)
    await db.close()
    return Row(store, took)


async def once(db: Database, typed: str, config: Config) -> float:
    start = time.perf_counter()
    asked = read_filter(typed, config, READER)
    async with db.read_much() as session:
        found = await listed(session, asked, Viewer(READER.user_id), config)
    incident_list(found, config)
    return time.perf_counter() - start


async def main(count: int = COUNT, folder: str | None = None) -> None:
    config = with_fields(load(Path(__file__).resolve().parents[1] / "app.yaml"))
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as own:
        written = Path(folder or own) / f"search-{count}.sqlite3"
        if not written.exists():
            await migrate(f"sqlite:///{written}")
            texts.fill(written, count)
        file = Path(own) / "lists.sqlite3"
        shutil.copyfile(written, file)
        await migrate(f"sqlite:///{file}")
        await classify(f"sqlite:///{file}", count)
        rows = [await measure("SQLite", f"sqlite:///{file}", config)]
        cluster = PostgresCluster()
        async with cluster.one() as url:
            await texts.copy(file, url)
            await classify(url, count)
            rows.append(await measure("Postgres", url, config))
        cluster.stop()
    print(table(rows, count, ALLOWED))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT, *sys.argv[2:3]))
