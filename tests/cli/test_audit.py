"""`tocsin audit`."""

import json
from datetime import timedelta

import pytest

from bot.administration.configuration import activate
from bot.config.written import Written
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
    assert await acts("--act", "merged") == []


async def test_what_cannot_be_asked_for(tocsin: Tocsin, used: str) -> None:
    status, _, err = await tocsin("audit", "--since", "someday", TOCSIN_DATABASE_URL=used)
    assert status != 0
    assert "“someday” is not a time" in err
    for words, answer in (
        (("--who", "ada"), "Slack user id"),
        (("--who", "adda"), "Nobody is known as “adda”. Did you mean ada?"),
        (("--who", "oprator"), "Did you mean operator?"),
        (("--act", "closd"), "“closd” is no act of the audit log. Did you mean closed?"),
        (("--act", "nothing-such"), "There are refused, backup_made"),
    ):
        status, out, err = await tocsin("audit", *words, TOCSIN_DATABASE_URL=used)
        assert (status != 0, out) == (True, ""), words
        assert answer in err, words


async def test_somebody_is_found_by_the_name_that_the_lines_show(tocsin: Tocsin, used: str) -> None:
    db = Database(used)
    async with db.begin() as session:
        (await remember(session, "U01BO")).name = "Bo Berg"
    await db.close()
    status, out, _ = await tocsin("audit", "--who", "Bo Berg", TOCSIN_DATABASE_URL=used)
    assert (status, len(out.splitlines())) == (0, 1)
    assert "closed" in out


async def test_backups_stand_in_it_with_who_made_and_restored_them(tocsin: Tocsin, database_url: str) -> None:
    empty = {"TOCSIN_DATABASE_URL": database_url}
    assert (await tocsin("backup", "zero.zip", **empty))[0] == 0
    assert (await tocsin("backup", "verify", "zero.zip", **empty))[0] == 0
    assert (await tocsin("restore", "zero.zip", **empty))[0] == 0, "trying it out left nothing behind"
    db, now = Database(database_url), Clock().now()
    async with db.begin() as session:
        written = Written("app.yaml", {"app.yaml": ""}, None, (), {}, {})
        await activate(session, written, by="eve", how="at the start", now=now)
    await db.close()
    there = {"TOCSIN_DATABASE_URL": database_url, "SUDO_USER": "eve"}
    assert (await tocsin("backup", "one.zip", **there))[0] == 0
    assert (await tocsin("backup", "verify", "one.zip", **there))[0] == 0
    assert (await tocsin("restore", "one.zip", "--replace", **there))[0] == 0
    _, out, _ = await tocsin("audit", "--who", "operator", "--json", TOCSIN_DATABASE_URL=database_url)
    newest = json.loads(out)[0]
    assert (newest["act"], newest["data"]["operator"]) == ("restored", "eve")
    assert "backup_made" not in out, "what was restored is of before"
    assert (await tocsin("backup", "two.zip", **there))[0] == 0
    assert (await tocsin("backup", "verify", "two.zip", **there))[0] == 0
    _, out, _ = await tocsin("audit", "--who", "operator", TOCSIN_DATABASE_URL=database_url)
    told = [line.split()[2] for line in out.splitlines()]
    assert told[:3] == ["backup_verified", "backup_made", "restored"]
    assert "operator=eve" in out
    assert "file=two.zip" in out


async def test_what_nothing_fits_is_not_called_empty(tocsin: Tocsin, used: str) -> None:
    assert await tocsin("audit", "--act", "merged", TOCSIN_DATABASE_URL=used) == (
        0,
        "Nothing in the audit log fits.\n",
        "",
    )
