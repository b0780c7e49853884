"""`tocsin runbook`, and what `tocsin config check` says of broken ones."""

import json
from pathlib import Path

from tests.cli.conftest import Tocsin


async def test_the_folder_is_listed_and_shown_without_a_database(tocsin: Tocsin) -> None:
    status, out, _ = await tocsin("runbook", "list", "--json")
    found = json.loads(out)
    assert (status, found["ok"], len(found["runbooks"])) == (0, True, 7)
    rollback = next(one for one in found["runbooks"] if one["name"] == "deployment-rollback")
    assert (rollback["owner"], rollback["tested"]) == ("bo", "2026-11-02")
    assert [step["command"] for step in rollback["steps"] if step["command"]] == ["releases", "rollback"]
    status, out, _ = await tocsin("runbook", "show", "deployment-rollback")
    assert status == 0
    assert "  5. Roll back: to the version before [command rollback]" in out
    _, _, err = await tocsin("runbook", "show", "database-failovr")
    assert "Did you mean database-failover?" in err


async def test_a_broken_file_is_told_with_its_line(tocsin: Tocsin, folder: Path) -> None:
    (folder / "runbooks" / "disk-cleanup.md").write_text("---\nowner: fin\n---\n# T\n\n1. x\n")
    status, _, err = await tocsin("config", "check")
    assert status == 1
    assert "runbooks/disk-cleanup.md:2: owner" in err
    assert 'did you mean "finn"?' in err
    status, out, _ = await tocsin("runbook", "list")
    assert status == 1
    assert "[cannot be read]" in out
