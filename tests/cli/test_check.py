"""`tocsin check run|list`: with an exit status that scripts can use."""

import json
from pathlib import Path

from tests.cli.conftest import Tocsin, databases_in

APP = """\
organization: Acme
services: [{name: web, owner: O}]
checks:
  - {name: fine, service: web, command: {argv: [echo, hi]}}
  - {name: bad, severity: P1, command: {argv: [sh, -c, "echo no; exit 2"]}}
  - {name: backup, heartbeat: {period: 1d}}
"""
TOKEN = {"SLACK_BOT_TOKEN": "xoxb-1", "TOCSIN_PUBLIC_URL": "https://tocsin.example.com"}


async def test_checks_run_without_slack_or_a_database(tocsin: Tocsin, folder: Path) -> None:
    (folder / "app.yaml").write_text(APP)
    status, out, _ = await tocsin("check", "run", "--json")
    assert status == 1
    data = json.loads(out)
    assert not data["ok"]
    assert [(one["check"], one["ok"], one["severity"]) for one in data["checks"]] == [
        ("fine", True, None),
        ("bad", False, "P1"),
        ("backup", True, None),
    ]
    assert (data["checks"][1]["seen"], data["checks"][1]["expected"]) == ("status 2: no", "status 0")
    assert databases_in(folder) == []
    status, out, _ = await tocsin("check", "run", "web")
    assert status == 0
    assert out.startswith("ok   fine")
    status, _, err = await tocsin("check", "run", "wbe")
    assert status == 1
    assert "Known: fine, bad, backup" in err


async def test_the_list_tells_the_addresses_of_heartbeats(
    tocsin: Tocsin, folder: Path, database_url: str
) -> None:
    (folder / "app.yaml").write_text(APP)
    status, out, _ = await tocsin("check", "list", "--json", TOCSIN_DATABASE_URL=database_url, **TOKEN)
    assert status == 0
    found = {one["check"]: one for one in json.loads(out)["checks"]}
    assert found["backup"]["ping"].startswith("https://tocsin.example.com/ping/backup.")
    assert (found["fine"]["state"], found["fine"]["ping"]) == ("unknown", None)
    _, out, _ = await tocsin("check", "list", "backup", **TOKEN)
    assert "POST https://tocsin.example.com/ping/backup." in out
