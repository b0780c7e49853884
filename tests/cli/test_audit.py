"""`tocsin audit`."""

import json
from datetime import timedelta

import pytest

from bot.core.audit import OPERATOR, audit
from bot.core.clock import Clock
from bot.core.db import Database
from bot.core.people import remember
from tests.cli.conftest import Tocsin


@pytest.fixture
async def used(database_url: str) -> str:
    """A refusal of a week ago, an act of just now, and one of the operator's."""
    db, now = Database(database_url), Clock().now()
    async with db.begin() as session:
        (await remember(session, "U01ADA")).name = "ada"
        audit(
            session,
            "refused",
            by="U01ADA",
            now=now - timedelta(days=7),
            incident_id=3,
            asked="/incident",
            reason=None,
        )
        audit(session, "closed", by="U01BO", now=now, incident_id=4)
        audit(session, "retention", by=OPERATOR, now=now, rows=12)
    await db.close()
    return database_url


async def test_the_newest_comes_first(tocsin: Tocsin, used: str) -> None:
    status, out, err = await tocsin("audit", TOCSIN_DATABASE_URL=used)
    assert (status, err) == (0, "")
    told = [line.split()[1:] for line in out.splitlines()]
    assert told == [
        ["operator", "retention", "rows=12"],
        ["U01BO", "closed", "#4"],
        ["ada", "refused", "#3", "asked=/incident"],
    ]


async def test_columns_stay_in_line_also_where_a_line_has_no_incident(tocsin: Tocsin, used: str) -> None:
    _, out, _ = await tocsin("audit", TOCSIN_DATABASE_URL=used)
    retention, closed, refused = out.splitlines()
    assert retention.index("rows=12") == refused.index("asked=/incident")
    assert retention.index("retention") == closed.index("closed") == refused.index("refused")
    assert closed.index("#4") == refused.index("#3")


async def test_what_is_asked_for_only(tocsin: Tocsin, used: str) -> None:
    async def acts(*words: str) -> list[str]:
        status, out, err = await tocsin("audit", *words, "--json", TOCSIN_DATABASE_URL=used)
        assert (status, err) == (0, "")
        return [line["act"] for line in json.loads(out)]

    assert await acts("--since", "yesterday") == ["retention", "closed"]
    assert await acts("--who", "U01BO") == ["closed"]
    assert await acts("--who", "operator") == ["retention"]
    assert await acts("--act", "refused") == ["refused"]
    assert await acts("--limit", "1") == ["retention"]
    assert await acts("--act", "nothing-such") == []


async def test_what_cannot_be_asked_for(tocsin: Tocsin, used: str) -> None:
    status, _, err = await tocsin("audit", "--since", "someday", TOCSIN_DATABASE_URL=used)
    assert status != 0
    assert "“someday” is not a time" in err
    status, _, err = await tocsin("audit", "--who", "ada", TOCSIN_DATABASE_URL=used)
    assert status != 0
    assert "Slack user id" in err


async def test_what_nothing_fits_is_not_called_empty(tocsin: Tocsin, used: str) -> None:
    assert await tocsin("audit", "--act", "nothing-such", TOCSIN_DATABASE_URL=used) == (
        0,
        "Nothing in the audit log fits.\n",
        "",
    )
