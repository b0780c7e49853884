"""`tocsin routine evidence`."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from bot.cadences.recurring import Occurrence
from bot.config import load
from bot.core.db import Database
from bot.routine import tasks
from bot.routine.task_rows import Evidence
from tests.cli.conftest import SAMPLE, Tocsin

AT = datetime(2026, 3, 4, 9, tzinfo=UTC)


@pytest.fixture
async def used(database_url: str) -> str:
    """A database in which a restore was skipped, for a reason that a spreadsheet would compute."""
    db, config = Database(database_url), load(SAMPLE)
    async with db.begin() as session:
        row = await tasks.open_occurrence(
            session, config, Occurrence(("routine task", "restore-tested"), AT), AT
        )
        assert row is not None
        await tasks.skip(session, row.id, "=1+1 | no disk", by="U1", now=AT)
    await db.close()
    return database_url


async def test_the_evidence_for_an_auditor(tocsin: Tocsin, used: str) -> None:
    status, out, err = await tocsin("routine", "evidence", TOCSIN_DATABASE_URL=used)
    assert (status, err) == (0, "")
    assert "all of them follow from each other" in out
    assert "| 2026-03-04 09:00 | Restore tested (restore-tested 2) |" in out
    assert "=1+1 \\| no disk" in out
    _, out, _ = await tocsin("routine", "evidence", "restore-tested", "--csv", TOCSIN_DATABASE_URL=used)
    came, skipped = csv.DictReader(io.StringIO(out))
    assert (came["what"], skipped["what"], skipped["by"]) == ("came", "skipped", "U1")
    assert skipped["reason"] == "'=1+1 | no disk"
    assert skipped["previous_hash"] == came["hash"]
    _, out, _ = await tocsin(
        *("routine", "evidence", "--from", "2026-03-04", "--to", "2026-03-04", "--json"),
        TOCSIN_DATABASE_URL=used,
    )
    assert [row["what"] for row in json.loads(out)["evidence"]] == ["came", "skipped"]
    _, out, _ = await tocsin(
        "routine", "evidence", "--from", "2026-03-05", "--json", TOCSIN_DATABASE_URL=used
    )
    assert json.loads(out) == {"broken": [], "evidence": []}


async def test_what_was_changed_shows(tocsin: Tocsin, used: str) -> None:
    db = Database(used)
    async with db.begin() as session:
        await session.execute(update(Evidence).where(Evidence.kind == "skipped").values(by="U2"))
    await db.close()
    status, out, err = await tocsin("routine", "evidence", TOCSIN_DATABASE_URL=used)
    assert status == 1
    assert "was changed after it was written" in out
    assert "restore-tested" in err


async def test_what_is_not_understood(tocsin: Tocsin, used: str) -> None:
    _, _, err = await tocsin("routine", "evidence", "--from", "May", TOCSIN_DATABASE_URL=used)
    assert "is not a day" in err
    _, _, err = await tocsin("routine", "evidence", "restore-testd", TOCSIN_DATABASE_URL=used)
    assert "Did you mean restore-tested?" in err
    status, _, err = await tocsin("routine", "evidence", "coffee", TOCSIN_DATABASE_URL=used)
    assert (status, "nothing is recorded of one. Choose one of" in err) == (1, True)
