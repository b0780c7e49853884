"""`tocsin page plan`, with and without a database."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.config import load
from bot.core.db import Database
from bot.oncall.overrides import make_override
from bot.reading.pages import plan
from tests.cli.conftest import SAMPLE, Tocsin, databases_in

AT = "2026-11-25 14:00"


async def test_who_would_be_reached_without_a_database(tocsin: Tocsin, folder: Path) -> None:
    status, out, err = await tocsin("page", "plan", "checkout", "--severity", "p2", "--at", AT, "--json")
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert [(one["who"], one["after"]) for one in found["reached"][:4]] == [
        ("cleo", "15m"),
        ("dev", "20m"),
        ("dev", "30m"),
        ("bo", "30m"),
    ]
    assert found["reached"][0]["because"] == "layer weekly"
    assert found["reached"][0]["how"] == ["slack"]
    assert databases_in(folder) == []


async def test_a_severity_that_pages_nobody_says_so(tocsin: Tocsin) -> None:
    _, out, _ = await tocsin("page", "plan", "web", "--severity", "sev4", "--at", AT)
    assert out == "A page to Web shop at Wed 2026-11-25 14:00 CET reaches nobody: SEV4 pages nobody.\n"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("plan", "paymnts"), "Did you mean payments?"),
        (("plan", "web", "--severity", "sve1"), "Did you mean SEV1?"),
        (("plan", "web", "--at", "soon"), "“soon” is not a time."),
    ],
)
async def test_what_it_does_not_know(tocsin: Tocsin, words: tuple[str, ...], complaint: str) -> None:
    status, out, err = await tocsin("page", *words)
    assert (status, out) == (1, "")
    assert complaint in err


async def test_overrides_of_the_database_count(database_url: str) -> None:
    db, config = Database(database_url), load(SAMPLE)
    now = datetime(2026, 11, 25, 9, tzinfo=UTC)
    try:
        async with db.begin() as session:
            await make_override(
                session,
                config=config,
                schedule="primary",
                person="eve",
                starts_at=datetime(2026, 11, 25, 12, tzinfo=UTC),
                ends_at=datetime(2026, 11, 25, 18, tzinfo=UTC),
                by="U01ADA",
                now=now,
            )
        data, lines = await plan(db, config, "primary", severity=None, at=AT, now=now)
    finally:
        await db.close()
    assert (data["reached"][0]["who"], data["reached"][0]["because"]) == ("eve", "override")
    assert "schedule:primary (override)" in lines[1]
