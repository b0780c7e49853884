"""`tocsin alerts test`, and alerts among the expectations of app.yaml."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Tocsin, databases_in

SUNDAY = "2026-11-29 12:00"


def payload(folder: Path, *events: dict[str, Any]) -> str:
    file = folder / "payload.json"
    file.write_text(json.dumps(list(events)))
    return str(file)


async def test_what_a_payload_would_do(tocsin: Tocsin, folder: Path) -> None:
    file = payload(
        folder,
        {"key": "disk", "level": "critical", "title": "Disk is full", "service": "payments"},
        {"key": "cpu", "level": "error", "title": "CPU is hot", "labels": {"service": "checkout"}},
        {"key": "d", "level": "warning", "title": "Slow", "labels": {"env": "dev-1"}},
        {"action": "change", "key": "42", "title": "Deployed", "service": "web"},
    )
    status, out, err = await tocsin("alerts", "test", file, "--at", SUNDAY)
    assert (status, err) == (0, "")
    assert (
        "trigger disk (critical): Disk is full\n  → incident SEV1 by critical, service payments (route critical)"
        in out
    )
    assert "incident SEV2 by errors, service checkout (route errors)\n    after it has lasted 0:05:00" in out
    assert "nowhere by not-production, no service that app.yaml knows" in out
    assert "change 42: Deployed\n  → the timelines" in out
    assert databases_in(folder) == []

    status, out, _ = await tocsin("alerts", "test", file, "--at", SUNDAY, "--json")
    found = json.loads(out)
    assert [one["to"] for one in found] == ["incident", "incident", "nowhere", "timeline"]
    assert (found[1]["wait_seconds"], found[1]["resolves"], found[0]["severity"]) == (300, True, "SEV1")


async def test_a_maintenance_window_is_told(tocsin: Tocsin, folder: Path) -> None:
    file = payload(folder, {"key": "x", "level": "critical", "title": "Down", "service": "search"})
    _, out, _ = await tocsin("alerts", "test", file, "--at", "2026-11-29 03:30", "--json")
    assert json.loads(out)[0]["silenced_until"] == "2026-11-29T03:00:00+00:00"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--integration", "alertmanger"), "“alertmanger” is not an integration. Did you mean alertmanager?"),
        (("--at", "noon-ish"), "noon-ish"),
    ],
)
async def test_what_is_not_understood(
    tocsin: Tocsin, folder: Path, words: tuple[str, ...], complaint: str
) -> None:
    status, _, err = await tocsin("alerts", "test", payload(folder, {"key": "x"}), *words)
    assert status == 1
    assert complaint in err


async def test_a_file_that_is_none(tocsin: Tocsin, folder: Path) -> None:
    status, _, err = await tocsin("alerts", "test", str(folder / "gone.json"))
    assert (status, "cannot be read" in err) == (1, True)
    (folder / "bad.json").write_text("{not json")
    status, _, err = await tocsin("alerts", "test", str(folder / "bad.json"))
    assert (status, "is not an event as Tocsin keeps it" in err) == (1, True)


@pytest.mark.parametrize(
    ("expected", "complaint"),
    [
        (("alert critical payments Sun 12:00", "incident SEV1 by critical"), None),
        (("alert warning payments from=deployments Sun 12:00", "message #incidents"), None),
        (("alert warning payments Sun 12:00", "message"), None),
        (("alert critical search Sun 03:30", "silenced by index-rebuild"), None),
        (
            ("alert critical payments Sun 12:00", "page"),
            "expected page; it goes to incident SEV1 by critical",
        ),
        (("alert critical payments Sun 12:00", "incident SEV2"), "it goes to incident SEV1 by critical"),
        (("alert loud payments Sun 12:00", "page"), '"loud" is not a level'),
        (("alert critical paymnts Sun 12:00", "page"), '"paymnts" is not among the services'),
        (("alert critical from=x Sun 12:00", "page"), '"x" is not among the integrations'),
    ],
)
async def test_expectations(
    tocsin: Tocsin, folder: Path, expected: tuple[str, str], complaint: str | None
) -> None:
    written = (folder / "app.yaml").read_text()
    head, _, tail = written.partition("expect:\n")
    file = folder / "expecting.yaml"
    file.write_text(f"{head}expect:\n  - {{ when: '{expected[0]}', routed: '{expected[1]}' }}\n{tail}")
    status, _, err = await tocsin("config", "check", str(file))
    assert (status == 0) == (complaint is None)
    assert (complaint or "") in err
