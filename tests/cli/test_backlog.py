"""`tocsin backlog list` and `tocsin alerts review`."""

import json
from datetime import timedelta

import pytest

from bot.alerts.event import Event
from bot.alerts.intake import accept
from bot.alerts.lifecycle import take_in
from bot.alerts.signals import due_signals
from bot.backlog.items import add
from bot.config import load
from bot.core.clock import Clock
from bot.core.db import Database
from tests.cli.conftest import SAMPLE, Tocsin


@pytest.fixture
async def used(database_url: str) -> str:
    """A database with an item of somebody's, and an alert that came three times and rang."""
    db, config, now = Database(database_url), load(SAMPLE), Clock().now() - timedelta(days=2)
    event = Event("trigger", "down", title="Payments are down", level="critical", service="payments")
    async with db.begin() as session:
        await add(session, title="Faster search", by="U1", now=now, service="search", kind="feature")
        for _ in range(3):
            accept(session, "alertmanager", event, now=now)
        await session.flush()
        for signal in await due_signals(session, now=now, limit=3):
            await take_in(session, signal, config=config, now=now)
    await db.close()
    return database_url


async def test_the_backlog(tocsin: Tocsin, used: str) -> None:
    status, out, err = await tocsin("backlog", "list", TOCSIN_DATABASE_URL=used)
    assert (status, err) == (0, "")
    assert "Faster search" in out
    status, out, _ = await tocsin(
        "backlog", "list", "--service", "search", "--json", TOCSIN_DATABASE_URL=used
    )
    (item,) = json.loads(out)
    assert (item["number"], item["kind"], item["status"], item["alerts"]) == (1, "feature", "open", None)
    status, out, _ = await tocsin("backlog", "list", "--service", "payments", TOCSIN_DATABASE_URL=used)
    assert (status, out) == (0, "The backlog is empty.\n")
    status, _, err = await tocsin("backlog", "list", "--service", "serch", TOCSIN_DATABASE_URL=used)
    assert status != 0
    assert "Did you mean search?" in err


async def test_the_review(tocsin: Tocsin, used: str) -> None:
    status, out, err = await tocsin("alerts", "review", TOCSIN_DATABASE_URL=used)
    assert (status, err) == (0, "")
    assert "1 came, 1 rang, 0 of these acted on" in out
    assert "Payments are down (alertmanager, payments)" in out
    _, out, _ = await tocsin("alerts", "review", "--weeks", "2", "--json", TOCSIN_DATABASE_URL=used)
    (worst,) = json.loads(out)["worst"]
    assert worst["never_acted_on"] is True
    assert (worst["kind"], worst["by_week"]) == ("payments are down", [0, 1])
    status, _, err = await tocsin("alerts", "review", "--weeks", "99", TOCSIN_DATABASE_URL=used)
    assert status != 0
    assert "1 to 13 weeks" in err
