"""`tocsin config …`, `tocsin manifest`, `tocsin migrate`."""

import json
from pathlib import Path

import pytest
import yaml

from bot.config import json_schema, load
from handlers.manifest import manifest
from tests.cli.conftest import SAMPLE, Tocsin, databases_in

BROKEN = """
organization: Acme
timezone: Europe/Berln
services:
  - name: checkout
    owner: Shop
    depends_on: [chekout-db]
colour: red
"""


async def test_help_names_every_command(tocsin: Tocsin) -> None:
    status, out, _ = await tocsin("--help")
    assert status == 0
    for command in ("run", "demo", "config", "manifest", "migrate", "doctor", "incident"):
        assert command in out


async def test_an_unknown_command_is_refused(tocsin: Tocsin) -> None:
    status, _, err = await tocsin("incidents")
    assert status == 2
    assert "incidents" in err


async def test_a_config_in_order(tocsin: Tocsin) -> None:
    status, out, err = await tocsin("config", "check")
    assert status == 0
    # Whoever begins has no secrets yet: a note for each, and no fault.
    assert len(err.splitlines()) == len(load(SAMPLE).integrations)
    assert all(line.startswith("Note: integration ") for line in err.splitlines())
    assert (
        out == "app.yaml is in order: 5 services, 4 severities, 6 people, 2 schedules, 14 expectations met.\n"
    )
    status, out, _ = await tocsin("config", "check", "--json")
    assert (status, json.loads(out)) == (0, {"ok": True, "problems": []})


async def test_a_broken_config_is_told_all_at_once(tocsin: Tocsin, folder: Path) -> None:
    (folder / "broken.yaml").write_text(BROKEN)
    status, out, err = await tocsin("config", "check", "broken.yaml")
    assert (status, out) == (1, "")
    lines = err.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("broken.yaml:") for line in lines)
    for line, words in zip(lines, ("Europe/Berlin", "chekout-db", "colour"), strict=True):
        assert words in line
    status, out, _ = await tocsin("config", "check", "--json", TOCSIN_CONFIG="broken.yaml")
    assert status == 1
    told = json.loads(out)
    assert (told["ok"], told["problems"]) == (False, lines)


async def test_a_config_that_is_not_there(tocsin: Tocsin) -> None:
    status, _, err = await tocsin("config", "check", "none.yaml")
    assert status == 1
    assert err.startswith("none.yaml: the file does not exist")


@pytest.mark.parametrize("command", [["run"], ["doctor"], ["incident", "show", "1"]])
async def test_every_command_tells_of_a_broken_config(
    tocsin: Tocsin, folder: Path, database_url: str, command: list[str]
) -> None:
    (folder / "app.yaml").write_text(BROKEN)
    status, _, err = await tocsin(*command, TOCSIN_DATABASE_URL=database_url)
    assert status == 1
    assert len(err.splitlines()) == 3


async def test_run_without_tokens_says_where_to_get_them(tocsin: Tocsin, folder: Path) -> None:
    status, out, err = await tocsin("run")
    assert (status, out) == (1, "")
    assert len(err.splitlines()) == 2
    assert "SLACK_BOT_TOKEN: is missing" in err
    assert "SLACK_SIGNING_SECRET: is missing" in err
    assert databases_in(folder) == [], "nothing was begun"


async def test_a_broken_environment_is_told_all_at_once(tocsin: Tocsin) -> None:
    status, _, err = await tocsin(
        "incident", "list", TOCSIN_DATABASE_URL="mysql://x", TOCSIN_LISTEN="nowhere", TOCSIN_LOG_LEVEL="loud"
    )
    assert status == 1
    assert len(err.splitlines()) == 3


async def test_the_schema_is_json(tocsin: Tocsin) -> None:
    status, out, _ = await tocsin("config", "schema")
    assert status == 0
    assert json.loads(out) == json.loads(json.dumps(json_schema()))


@pytest.mark.parametrize(("flag", "socket_mode"), [("--http", False), ("--socket-mode", True)])
async def test_the_manifest_is_yaml_and_json(tocsin: Tocsin, flag: str, socket_mode: bool) -> None:
    url = "https://bot.example.com"
    wanted = manifest(socket_mode=socket_mode, public_url=url)
    status, out, err = await tocsin("manifest", flag, TOCSIN_PUBLIC_URL=url)
    assert (status, err) == (0, "")
    assert yaml.safe_load(out) == wanted
    status, out, _ = await tocsin("manifest", flag, "--json", TOCSIN_PUBLIC_URL=url)
    assert json.loads(out) == wanted


async def test_the_manifest_follows_the_environment(tocsin: Tocsin) -> None:
    status, out, err = await tocsin("manifest")
    assert status == 0
    assert "TOCSIN_PUBLIC_URL is not set" in err
    assert yaml.safe_load(out)["settings"]["socket_mode_enabled"] is False
    _, out, err = await tocsin("manifest", SLACK_APP_TOKEN="xapp-1")
    assert yaml.safe_load(out)["settings"]["socket_mode_enabled"] is True
    assert err == ""


async def test_migrating_says_what_was_done(tocsin: Tocsin, folder: Path) -> None:
    status, out, _ = await tocsin("migrate", TOCSIN_DATABASE_URL="sqlite:///deep/down/x.sqlite3")
    assert status == 0
    assert "now (it was empty)" in out
    assert (folder / "deep/down/x.sqlite3").exists()
    status, out, _ = await tocsin("migrate", TOCSIN_DATABASE_URL="sqlite:///deep/down/x.sqlite3")
    assert status == 0
    assert "already" in out
