"""`tocsin incident list|show|export`, and databases that are not there."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.config import Config, load
from bot.core.chain import first_broken
from bot.core.db import Database
from bot.core.timeline import TimelineEntry
from bot.incidents import lifecycle, roles, updates
from bot.incidents.declaring import Declaration, declare
from tests.cli.conftest import SAMPLE, Tocsin, databases_in

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
ADA, BO = "U01ADA", "U01BO"


@pytest.fixture
async def worked(database_url: str) -> str:
    """A database with an incident that was worked and resolved, an open private drill, and an open one."""
    db, config = Database(database_url), load(SAMPLE)
    async with db.begin() as session:
        await _first(session, config)
        for title, private in (("Secret *drill* <!channel>", True), ("Search is slow", False)):
            await declare(
                session,
                Declaration(title=title, severity=config.severities[1], private=private, drill=private),
                config=config,
                by=BO,
                now=NOW + timedelta(hours=1),
            )
    await db.close()
    return database_url


async def _first(session: Any, config: Config) -> None:
    by = {"by": ADA, "now": NOW}
    await declare(
        session,
        Declaration(
            title="Checkout is down",
            severity=config.severities[0],
            service=config.service("checkout"),
            summary="# Nobody can pay\n- since 9",
        ),
        config=config,
        **by,
    )
    lead = config.role("lead")
    assert lead is not None
    await roles.assign(session, 1, lead, BO, **by)
    await updates.post_update(session, 1, f"<@{BO}> looks at it", config=config, impact="All customers", **by)
    await lifecycle.resolve(
        session, 1, config=config, by=BO, now=NOW + timedelta(minutes=42), text="Rolled back"
    )


async def test_the_open_ones_and_all(tocsin: Tocsin, worked: str) -> None:
    status, out, err = await tocsin("incident", "list", TOCSIN_DATABASE_URL=worked)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert [line.split()[0] for line in lines] == ["#3", "#2"]
    assert lines[1].endswith("[private] [drill]")
    _, out, _ = await tocsin("incident", "list", "--all", "--limit", "2", TOCSIN_DATABASE_URL=worked)
    assert [line.split()[0] for line in out.splitlines()] == ["#3", "#2"]
    _, out, _ = await tocsin("incident", "list", "--all", "--json", TOCSIN_DATABASE_URL=worked)
    assert [incident["number"] for incident in json.loads(out)] == [3, 2, 1]
    assert json.loads(out)[2]["status"] == "resolved"


async def test_none(tocsin: Tocsin, database_url: str) -> None:
    for more, said in (((), "No open incidents.\n"), (("--all",), "No incident was ever declared.\n")):
        assert await tocsin("incident", "list", *more, TOCSIN_DATABASE_URL=database_url) == (0, said, "")
    _, out, _ = await tocsin("incident", "list", "--json", TOCSIN_DATABASE_URL=database_url)
    assert json.loads(out) == []


async def test_one_with_all_that_happened(tocsin: Tocsin, worked: str) -> None:
    status, out, err = await tocsin("incident", "show", "1", TOCSIN_DATABASE_URL=worked)
    assert (status, err) == (0, "")
    assert out.startswith("# Incident #1: Checkout is down\n")
    for said in (
        "\\# Nobody can pay",
        "\n- Lead: @U01BO\n- Comms: nobody\n- Scribe: nobody\n",
        "@U01ADA made @U01BO **lead**",
        "**Update** by @U01ADA: @U01BO looks at it",
        "2026-11-21 10:12:00 UTC · @U01BO **resolved** it: Rolled back",
    ):
        assert said in out


async def test_as_data_whose_chain_can_be_checked(tocsin: Tocsin, worked: str) -> None:
    _, out, _ = await tocsin("incident", "show", "1", "--json", TOCSIN_DATABASE_URL=worked)
    data = json.loads(out)
    assert data["roles"] == {"lead": BO}
    assert [entry["kind"] for entry in data["timeline"]] == [
        "declared",
        "paged",
        "role",
        "update",
        "resolved",
        "page_resolved",
    ]
    assert [entry["number"] for entry in data["timeline"]] == [1, 2, 3, 4, 5, 6]

    def entry(told: dict[str, Any]) -> TimelineEntry:
        moments = {name: datetime.fromisoformat(told[name]) for name in ("occurred_at", "recorded_at")}
        recorded = {
            name: value for name, value in told.items() if name != "text"
        }  # its words are for readers
        return TimelineEntry(incident_id=data["number"], **{**recorded, **moments})

    assert first_broken(map(entry, data["timeline"])) is None


# -- proof ----------------------------------------------------------------------------------------------------


async def changed(database_url: str, statement: str) -> None:
    """Somebody with the database's password."""
    db = Database(database_url)
    async with db.begin() as session:
        await session.execute(text(statement))
    await db.close()


async def test_an_untouched_timeline_is_proven(tocsin: Tocsin, worked: str) -> None:
    status, out, err = await tocsin("incident", "verify", "1", TOCSIN_DATABASE_URL=worked)
    assert (status, err) == (0, "")
    assert out.startswith("#1: all 6 entries are as they were recorded")
    status, out, _ = await tocsin("incident", "verify", "--all", "--json", TOCSIN_DATABASE_URL=worked)
    assert status == 0
    assert [one["incident"] for one in json.loads(out)["incidents"]] == [1, 2, 3]


@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ("UPDATE timeline_entry SET author = 'U0X' WHERE incident_id = 1 AND number = 3", 3),
        ("DELETE FROM timeline_entry WHERE incident_id = 1 AND number = 2", 2),
        ("DELETE FROM timeline_entry WHERE incident_id = 1 AND number = 6", 6),
        ("UPDATE incident SET timeline_length = 5 WHERE id = 1", 7),
    ],
)
async def test_the_first_broken_entry_is_named(
    tocsin: Tocsin, worked: str, statement: str, number: int
) -> None:
    await changed(worked, statement)
    status, out, _ = await tocsin("incident", "verify", "1", TOCSIN_DATABASE_URL=worked)
    assert status == 1
    assert f"#1: BROKEN at entry {number}: " in out
    status, out, _ = await tocsin("incident", "verify", "--all", TOCSIN_DATABASE_URL=worked)
    assert status == 1
    assert [line.split()[0] for line in out.splitlines()] == ["#1:", "#2:", "#3:"]


async def test_an_export_is_proven_without_the_database(tocsin: Tocsin, worked: str, folder: Path) -> None:
    _, out, _ = await tocsin("incident", "export", "1", "--format", "json", TOCSIN_DATABASE_URL=worked)
    file = folder / "export.json"
    file.write_text(out)
    assert (await tocsin("incident", "verify", "--file", str(file)))[0] == 0
    data = json.loads(out)
    data["timeline"][3]["data"]["text"] = "Nobody looked at it"
    file.write_text(json.dumps(data))
    status, out, _ = await tocsin("incident", "verify", "--file", str(file))
    assert (status, "BROKEN at entry 4" in out) == (1, True)
    file.write_text("[]")
    status, _, err = await tocsin("incident", "verify", "--file", str(file))
    assert (status, "is not an export" in err) == (1, True)


async def test_what_is_to_be_verified_must_be_said(tocsin: Tocsin, worked: str) -> None:
    for words in ((), ("1", "--all")):
        status, _, err = await tocsin("incident", "verify", *words, TOCSIN_DATABASE_URL=worked)
        assert (status, err) == (1, "Say which: a number, --all, or --file with an export as JSON.\n")
    status, _, err = await tocsin("incident", "verify", "99", TOCSIN_DATABASE_URL=worked)
    assert (status, "no incident #99" in err) == (1, True)


@pytest.mark.parametrize("form", ["md", "json"])
async def test_an_export_is_what_show_says(tocsin: Tocsin, worked: str, form: str) -> None:
    _, shown, _ = await tocsin(
        "incident", "show", "2", *(["--json"] if form == "json" else []), TOCSIN_DATABASE_URL=worked
    )
    status, out, err = await tocsin("incident", "export", "2", "--format", form, TOCSIN_DATABASE_URL=worked)
    assert (status, err) == (0, "")
    assert out.strip() == shown.strip()
    if form == "md":
        assert "This was a drill." in out
        assert "<!channel>" not in out


async def test_as_a_page_that_needs_nothing_from_elsewhere(tocsin: Tocsin, worked: str) -> None:
    status, out, err = await tocsin("incident", "export", "2", "--format", "html", TOCSIN_DATABASE_URL=worked)
    assert (status, err) == (0, "")
    assert "This was a drill." in out
    assert "Secret *drill* &lt;!channel&gt;" in out
    assert "@media print" in out
    assert not re.search(r"<(script|link|img|iframe)|src=|@import|url\(", out)


async def test_wrong_numbers_and_formats(tocsin: Tocsin, worked: str) -> None:
    for arguments, said, wanted in (
        (["show", "99"], "no incident #99. `tocsin incident list --all` shows all.", 1),
        (["export", "99", "--format", "json"], "no incident #99", 1),
        (["export", "1", "--format", "pdf"], "Choose md, html or json", 1),
        (["show", "one"], "integer", 2),
        (["list", "--limit", "0"], "limit", 2),
    ):
        status, out, err = await tocsin("incident", *arguments, TOCSIN_DATABASE_URL=worked)
        assert (status, out) == (wanted, ""), arguments
        assert said in err


# -- databases that are not there -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command", [["incident", "list"], ["incident", "show", "1"], ["incident", "export", "1"]]
)
async def test_a_missing_file_is_told_and_not_made(tocsin: Tocsin, folder: Path, command: list[str]) -> None:
    status, out, err = await tocsin(*command)
    assert (status, out) == (1, "")
    assert err == (
        "There is no database at tocsin.sqlite3. Set TOCSIN_DATABASE_URL to the one that Tocsin runs with; "
        "`tocsin migrate` makes a new one.\n"
    )
    assert databases_in(folder) == []


async def test_a_database_without_tables(tocsin: Tocsin, empty_database_url: str) -> None:
    status, _, err = await tocsin("incident", "list", TOCSIN_DATABASE_URL=empty_database_url)
    assert status == 1
    assert err == "The database lacks tables that Tocsin needs. Run `tocsin migrate`.\n"


async def test_a_file_that_is_no_database(tocsin: Tocsin, folder: Path) -> None:
    (folder / "notes.txt").write_text("words " * 1000)
    for command in (["incident", "list"], ["migrate"]):
        status, _, err = await tocsin(*command, TOCSIN_DATABASE_URL="sqlite:///notes.txt")
        assert status == 1
        assert err.startswith("The file is not a SQLite database.")
        assert len(err.splitlines()) == 1


@pytest.mark.parametrize("command", [["incident", "list"], ["migrate"]])
async def test_a_server_that_does_not_answer(tocsin: Tocsin, command: list[str]) -> None:
    url = "postgresql://tocsin:hunter2@127.0.0.1:1/tocsin"
    status, _, err = await tocsin(*command, TOCSIN_DATABASE_URL=url)
    assert status == 1
    assert err.startswith("The database does not answer (ConnectionRefusedError).")
    assert "hunter2" not in err


async def test_a_server_without_that_database(tocsin: Tocsin, database_url: str) -> None:
    if database_url.startswith("sqlite"):
        return
    url = database_url.replace("/tocsin_", "/no_such_")
    for command in (["incident", "list"], ["migrate"]):
        status, _, err = await tocsin(*command, TOCSIN_DATABASE_URL=url)
        assert status == 1
        assert err.startswith("The server has no such database.")


def test_the_installed_command_itself(folder: Path) -> None:
    """Once as a real process: its status and its words reach the shell."""
    command = Path(sys.executable).with_name("tocsin")
    done = subprocess.run(
        [command, "incident", "list"], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("There is no database")
    as_module = subprocess.run(
        [sys.executable, "-m", "bot", "config", "check"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert as_module.returncode == 0
