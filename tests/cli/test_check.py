"""`tocsin check run|list`: with an exit status that scripts can use."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.alerts import windows
from bot.config import load
from bot.core.db import Database
from tests.cli.conftest import Tocsin, databases_in

HOUR = timedelta(hours=1)
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
    assert "Choose one of fine, bad, backup" in err


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


async def test_the_list_shows_maintenance_of_app_yaml_and_of_people(
    tocsin: Tocsin, folder: Path, database_url: str
) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    once = {"from": (now - HOUR).isoformat(), "to": (now + HOUR).isoformat()}
    upgrade = {"name": "upgrade", "services": ["web"], "budget": 4, **once}
    (folder / "app.yaml").write_text(APP + f"maintenance: [{json.dumps(upgrade)}]\n")
    _, out, _ = await tocsin("check", "list", **TOKEN)
    assert re.search(r"maintenance upgrade +runs +.* UTC  web  [0-9.]+ of 4 h this month", out)
    db = Database(database_url)
    async with db.begin() as session:
        config = load(folder / "app.yaml")
        await windows.start(
            session,
            config=config,
            services=(),
            starts_at=now + HOUR,
            ends_at=now + 2 * HOUR,
            by="U1",
            now=now,
            reason="Disks",
        )
    await db.close()
    status, out, _ = await tocsin("check", "list", "--json", TOCSIN_DATABASE_URL=database_url, **TOKEN)
    assert status == 0
    found = json.loads(out)["maintenance"]
    assert [(one["name"], one["running"], one["services"], one["reason"]) for one in found] == [
        ("upgrade", True, ["web"], ""),
        ("#1", False, [], "Disks"),
    ]
    assert found[0]["hours_budget"] == 4.0
    assert 0 <= found[0]["hours_used"] < 2, "less than an hour where the month has just begun"
    _, out, _ = await tocsin("check", "list", "backup", TOCSIN_DATABASE_URL=database_url, **TOKEN)
    assert "upgrade" not in out, "it is of another service"
    assert "#1" in out
