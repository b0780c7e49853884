"""What people wrote during the incidents of bench.digests: titles, summaries and entries of many different words.

As many incidents and entries as there, at the same times and of the same kinds, with what search reads beside them and
nothing else. Some words stand in every third text and most in hardly any, as in any language; each incident has names of
its own, too (a request, a host).
"""

# ruff: noqa: SIM905 - words are read more easily without a quote around each

import itertools
import json
import random
import sqlite3
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from bench.digests import DAYS, ENTRIES, NOW
from bot.core.db import engine_for
from bot.core.search_words import folded

AT_ONCE = 2_000  # incidents between two commits
COMMON = (
    "the we is to and database service errors checkout rolled back deploy latency users again timeout requests see"
    " looks from at gateway payments queue cache restarted pods node traffic are still after release fixed alert customer"
    " slow memory disk replica failover connection pool search index api login certificate expired dns region cluster"
    " kafka consumer lag redis postgres lock query migration config flag disabled enabled scaling limit quota retry storm"
    " vendor provider status page dashboard graph spike drop normal confirmed impact partial full outage read write"
).split()
WHAT = (
    "Checkout Payments Search Login Reports Exports Mail Billing Catalogue Uploads Webhooks Invoices".split()
)
HOW = (
    "is slow|is down|returns 503|loses messages|shows old prices|rejects cards|times out for customers in Europe"
    "|runs out of memory|has a full disk|fails after the release|cannot reach the database|sends twice"
).split("|")
WHY = (
    "|: certificate expired|: replica lag|: consumer stuck|: connection pool exhausted|: bad config|: vendor outage"
    "|: index migration holds locks|: cache stampede|: DNS resolver broken|: quota reached"
).split("|")
KINDS = {
    1: "declared",
    2: "page_opened",
    3: "paged",
    4: "page_acknowledged",
    5: "role",
    6: "joined",
    10: "update",
}
KINDS |= {20: "status", 30: "update", 50: "resolved"}
BY_THE_PROGRAM = {"declared", "page_opened", "paged", "page_acknowledged", "role", "joined"}


@dataclass(frozen=True)
class Told:
    """An incident and what was written: `entries` by their numbers, with kind and text; "" where the program wrote."""

    number: int
    title: str
    summary: str
    service: str | None
    at: datetime
    entries: list[tuple[int, str, str]]


def vocabulary() -> tuple[list[str], list[float]]:
    """Words with their weights, summed up: the n-th is about as frequent as one in n."""
    rare = random.Random(7)
    syllables = [a + b for a in "bcdfghklmnprstvz" for b in "aeiou"]
    made = {"".join(rare.choices(syllables, k=rare.randint(2, 4))) for _ in range(12_000)}
    words = [*COMMON, *sorted(made - set(COMMON))]
    return words, list(itertools.accumulate(1 / (n + 4) for n in range(len(words))))


def told(count: int) -> Iterator[Told]:
    """All of them, the oldest first; the same each time."""
    chance, (words, weights) = random.Random(1), vocabulary()
    each = DAYS * 86400 / count
    for n in range(1, count + 1):
        what = chance.choice(WHAT)
        entries = []
        for k in range(1, ENTRIES + 1):
            kind = KINDS.get(k, "message")
            said = ""
            if kind not in BY_THE_PROGRAM:
                said = " ".join(chance.choices(words, cum_weights=weights, k=chance.randint(5, 20)))
            entries.append((k, kind, said))
        entries[14] = (15, "message", f"request {n:08x} came from host{n % 977}, {entries[14][2]}")
        summary = " ".join(chance.choices(words, cum_weights=weights, k=25)) if n % 3 == 0 else ""
        yield Told(
            n,
            f"{what} {chance.choice(HOW)}{chance.choice(WHY)}",
            summary,
            what.lower() if n % 5 else None,
            NOW - timedelta(seconds=(count - n) * each + 60),
            entries,
        )


INCIDENT = (
    "id title summary severity status service private drill declared_at declared_by changed_at resolved_at"
    " timeline_length timeline_head"
).split()
ENTRY = "incident_id number kind occurred_at recorded_at author data previous_hash hash".split()
TEXT = "kind incident_id number name title body".split()
ZEROS = "0" * 64


def rows_of(one: Told) -> tuple[tuple[object, ...], list[tuple[object, ...]], list[tuple[object, ...]]]:
    """The incident, its entries, and what is searched of both."""
    n, over = one.number, one.at + timedelta(seconds=600 + one.number % 20_000)
    severity = "SEV1" if n % 10 == 0 else "SEV3"
    incident = (n, one.title, one.summary, severity, "resolved", one.service, n % 50 == 7, n % 40 == 3)
    entries, texts = [], [("incident", n, 0, "", folded(one.title), folded(one.summary))]
    for k, kind, said in one.entries:
        at = one.at + timedelta(seconds=k * 40)
        author = None if kind in ("page_opened", "paged") else f"U{(n + k % 4) % 60}"
        entries.append((n, k, kind, at, at, author, json.dumps({"text": said} if said else {}), ZEROS, ZEROS))
        if said:
            texts.append(("entry", n, k, "", "", folded(said)))
    return (*incident, one.at, "U1", one.at, over, ENTRIES, ZEROS), entries, texts


def parts(count: int) -> Iterator[dict[str, tuple[list[str], list[tuple[object, ...]]]]]:
    """The rows by their tables, with the names of their columns, as many as are committed together."""
    everything = told(count)
    while part := list(itertools.islice(everything, AT_ONCE)):
        rows = [rows_of(one) for one in part]
        yield {
            "incident": (INCIDENT, [incident for incident, _, _ in rows]),
            "timeline_entry": (ENTRY, [entry for _, entries, _ in rows for entry in entries]),
            "search_text": (TEXT, [words for _, _, texts in rows for words in texts]),
        }


def fill(file: Path, count: int) -> None:
    """Writes all of it into a SQLite file that was migrated and is empty; minutes for a hundred thousand."""
    started = time.perf_counter()
    connection = sqlite3.connect(file)
    for pragma in ("journal_mode=WAL", "synchronous=OFF", "cache_size=-400000"):
        connection.execute(f"PRAGMA {pragma}")
    for part in parts(count):
        for name, (columns, rows) in part.items():
            marks = ", ".join("?" * len(columns))
            plain = [tuple(_of_sqlite(value) for value in row) for row in rows]
            connection.executemany(f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({marks})", plain)
        connection.commit()
    connection.execute("ANALYZE")
    connection.commit()
    connection.close()
    print(f"{count} incidents were written in {time.perf_counter() - started:.0f} s", file=sys.stderr)


def _of_sqlite(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value


async def copy(file: Path, url: str) -> None:
    """The same rows into Postgres. Its large indexes are made when they are there, which is quicker and gives the same."""
    started = time.perf_counter()
    source = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    engine = engine_for(url)
    async with engine.connect() as there:
        driver = (await there.get_raw_connection()).driver_connection
        assert isinstance(driver, asyncpg.Connection)
        await driver.execute("SET maintenance_work_mem = '1GB'")
        indexes = await driver.fetch(
            "SELECT indexname, indexdef FROM pg_indexes WHERE indexname LIKE 'ix\\_%'"
            " AND tablename IN ('timeline_entry', 'search_text')"
        )
        for name, _ in indexes:
            await driver.execute(f"DROP INDEX {name}")
        for name, columns in (("incident", INCIDENT), ("timeline_entry", ENTRY), ("search_text", TEXT)):
            rows = source.execute(f"SELECT {', '.join(columns)} FROM {name} ORDER BY id")
            while some := rows.fetchmany(100_000):
                records = [_of_postgres(columns, row) for row in some]
                await driver.copy_records_to_table(name, columns=columns, records=records, timeout=None)
        for _, definition in indexes:
            await driver.execute(definition, timeout=None)
        await driver.execute("VACUUM ANALYZE", timeout=None)
    await engine.dispose()
    source.close()
    print(f"they were copied into Postgres in {time.perf_counter() - started:.0f} s", file=sys.stderr)


def _of_postgres(columns: list[str], row: tuple[Any, ...]) -> tuple[object, ...]:
    kinds = [column.rpartition("_")[2] for column in columns]
    return tuple(
        datetime.fromisoformat(value).replace(tzinfo=UTC)
        if kind == "at"
        else bool(value)
        if kind in ("private", "drill")
        else value
        for kind, value in zip(kinds, row, strict=True)
    )
