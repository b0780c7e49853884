"""`tocsin alerts test`, and alerts among the expectations of app.yaml."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.alerts.sent import HEADERS, PAYLOADS, ZABBIX, events, kind_of
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
    assert "incident SEV2 by errors, service checkout (route errors)\n    after it has lasted 5m" in out
    assert "together with others of service payments, within 2h" in out
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


KINDS = ("events_v2", "alertmanager", "grafana", "sentry", "datadog", "github", "generic")


@pytest.mark.parametrize("name", sorted(file.stem for file in PAYLOADS.glob("*.json")))
async def test_the_payloads_of_every_tool_as_they_are(tocsin: Tocsin, folder: Path, name: str) -> None:
    tools = [
        {"name": kind.replace("_", "-"), "kind": kind} | ({"mapping": ZABBIX} if kind == "generic" else {})
        for kind in KINDS
    ]
    written = yaml.safe_load((folder / "app.yaml").read_text())
    (folder / "tools.yaml").write_text(
        yaml.safe_dump(written | {"integrations": tools, "routes": [], "expect": []})
    )
    kind = kind_of(name)
    headers = [word for each in HEADERS.get(name, {}).items() for word in ("--header", ": ".join(each))]
    status, out, err = await tocsin(
        "alerts",
        "test",
        str(PAYLOADS / f"{name}.json"),
        "--integration",
        kind.replace("_", "-"),
        "--json",
        *headers,
        TOCSIN_CONFIG=str(folder / "tools.yaml"),
    )
    assert (status, err) == (0, "")
    told = [(one["action"], one["key"], one["title"], one["level"]) for one in json.loads(out)]
    assert told == [(one.action, one.key, one.title, one.level) for one in events(name)]
    assert told


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--integration", "alertmanger"), "“alertmanger” is not an integration. Did you mean alertmanager?"),
        (("--at", "noon-ish"), "noon-ish"),
        (("--integration", "deployments"), "the header X-GitHub-Event is missing"),
        (("--integration", "deployments"), "--header 'Name: value'"),
        (("--integration", "deployments", "--header", "deployment"), "“deployment” is not a header"),
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
    line = head.count("\n") + 2
    assert complaint is None or f"expecting.yaml:{line}: expect[1] ({expected[0]}): " in err
