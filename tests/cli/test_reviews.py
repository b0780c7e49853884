"""`tocsin review list`, `show` and `export`."""

import json

import pytest

from bot.config import load
from bot.core.clock import Clock
from bot.core.db import Database
from bot.incidents.declaring import Declaration, declare
from bot.incidents.lifecycle import resolve
from bot.reviews.document import SECTIONS
from bot.reviews.lifecycle import look
from tests.cli.conftest import SAMPLE, Tocsin


@pytest.fixture
async def used(database_url: str) -> str:
    """A database with an incident that is over, and its review."""
    db, config, now = Database(database_url), load(SAMPLE), Clock().now()
    async with db.begin() as session:
        incident = await declare(
            session,
            Declaration(title="Checkout <b>is</b> down", severity=config.severities[0], private=True),
            config=config,
            by="U01",
            now=now,
        )
    for number in (incident.id,):
        async with db.begin() as session:
            await resolve(session, number, config=config, by="U01", now=now, text="Rolled back")
        async with db.begin() as session:
            await look(session, number, config=config, now=now)
    await db.close()
    return database_url


async def test_a_review(tocsin: Tocsin, used: str) -> None:
    status, out, err = await tocsin("review", "list", TOCSIN_DATABASE_URL=used)
    assert (status, err) == (0, "")
    assert "#1     SEV1   open       due " in out
    assert "[private]" in out
    _, out, _ = await tocsin("review", "list", "--json", TOCSIN_DATABASE_URL=used)
    (review,) = json.loads(out)
    assert (review["owner"], review["to_do"]) == ("U01", ["timeline", "write", "meeting", "follow-up"])
    _, out, _ = await tocsin("review", "show", "1", TOCSIN_DATABASE_URL=used)
    assert "open, U01 has it, version draft" in out
    assert "meeting      to_do    optional  U01 until" in out
    _, out, _ = await tocsin("review", "show", "1", "--json", TOCSIN_DATABASE_URL=used)
    assert [section["key"] for section in json.loads(out)["sections"]] == list(SECTIONS)


async def test_its_document(tocsin: Tocsin, used: str) -> None:
    status, out, err = await tocsin("review", "export", "1", TOCSIN_DATABASE_URL=used)
    assert (status, err) == (0, "")
    assert out.startswith("# Review of incident #1: ")
    assert "## Open questions" in out
    assert "resolved it after 0\u00a0s: Rolled back [^" in out
    assert "\n[^1]: " in out
    assert "<b>" not in out
    _, out, _ = await tocsin("review", "export", "1", "--format", "html", TOCSIN_DATABASE_URL=used)
    assert out.startswith("<!doctype html>")
    assert "<b>" not in out
    status, _, err = await tocsin("review", "export", "1", "--version", "7", TOCSIN_DATABASE_URL=used)
    assert status != 0
    assert "has no version 7" in err
    status, _, err = await tocsin("review", "export", "2", TOCSIN_DATABASE_URL=used)
    assert status != 0
    assert "There is no incident #2" in err
    status, _, err = await tocsin("review", "export", "1", "--format", "pdf", TOCSIN_DATABASE_URL=used)
    assert status != 0
    assert "Choose md, html or json" in err
