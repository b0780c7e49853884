"""`tocsin doctor`: what stands in the way, a line each, with the mend."""

import copy
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.fernet import Fernet

from bot.config import load
from bot.core.clock import Clock, MovableClock
from bot.core.db import Database
from bot.core.vault import Vault
from bot.demo import COMPANY
from bot.doctor import examine
from bot.oncall.rows import ImportedCalendarRow
from bot.paging.contacts import add_method
from bot.schema import newest_revision
from handlers.manifest import manifest
from playground import Playground
from tests.acceptance.office import settings_for
from tests.cli.conftest import CALENDAR, SAMPLE, Tocsin

Json = dict[str, Any]
URL = "https://bot.example.com"


@asynccontextmanager
async def slack(
    *,
    app: Callable[[Json], object] = lambda data: None,
    workspace: Callable[[Json], object] = lambda data: None,
    socket_mode: bool = False,
) -> AsyncIterator[Playground]:
    """A workspace in order, but for what `app` does to its manifest and `workspace` to its channels."""
    installed, company = manifest(socket_mode=socket_mode, public_url=URL), copy.deepcopy(COMPANY)
    app(installed)
    workspace(company)
    playground = await Playground.start(port=0, bot_url=None, manifest=installed, workspace=company)
    try:
        yield playground
    finally:
        await playground.stop()


@pytest.fixture
def doctor(tocsin: Tocsin, database_url: str) -> Callable[..., Any]:
    async def ask(
        playground: Playground | None = None, **environment: str
    ) -> tuple[int, dict[str, str], str]:
        """The status, the line of each check by its name, and all of it."""
        given = {
            "TOCSIN_DATABASE_URL": database_url,
            "TOCSIN_PUBLIC_URL": URL,
            "SLACK_BOT_TOKEN": "xoxb-playground",
            "SLACK_SIGNING_SECRET": "playground-signing-secret",
            "TOCSIN_SECRET_KEY": "a" * 43 + "=",
            "SLACK_API_URL": f"{playground.url}/api/" if playground else "http://127.0.0.1:1/api/",
            **environment,
        }
        status, out, err = await tocsin("doctor", **{k: v for k, v in given.items() if v})
        assert err == ""
        for secret in ("xoxb-", "xapp-", "xoxe", "signing-secret"):
            assert secret not in out.replace("begins with xoxb-", "").replace("(xoxb-…)", "").replace(
                "begin with xapp-", ""
            )
        return status, {line[5:].partition(": ")[0]: line for line in out.splitlines()}, out

    return ask


async def test_all_is_well(doctor: Any) -> None:
    async with slack() as playground:
        status, lines, out = await doctor(playground, SLACK_CONFIG_TOKEN="xoxe-playground")
    assert status == 0
    # The sample's tools have no secrets yet, which is no fault.
    without_secrets = {name for name, line in lines.items() if line.startswith("??")}
    assert without_secrets == {f"integration {one.name}" for one in load(SAMPLE).integrations}
    assert all(lines[name].startswith("ok   ") for name in lines.keys() - without_secrets), out
    assert lines.keys() - without_secrets == {
        "configuration",
        "environment",
        "contact methods",
        "database",
        "token",
        "clock",
        "scopes",
        "requests",
        "manifest",
        "runbooks",
        "user groups",
        "#incidents",
    }


async def test_as_json(tocsin: Tocsin, database_url: str) -> None:
    status, out, _ = await tocsin("doctor", "--json", TOCSIN_DATABASE_URL=database_url)
    findings = json.loads(out)
    assert status == 1
    assert [finding["check"] for finding in findings if finding["ok"] is False] == ["environment"]
    assert all(set(finding) == {"check", "ok", "says", "mend"} for finding in findings)


async def test_what_cannot_be_checked_is_neither_well_nor_a_failure(doctor: Any) -> None:
    async with slack() as playground:
        status, lines, _ = await doctor(playground)
    assert status == 0
    assert lines["manifest"].startswith("??   manifest: not compared")
    assert "SLACK_CONFIG_TOKEN" in lines["manifest"]


async def test_a_wrong_token(doctor: Any) -> None:
    async with slack() as playground:
        status, lines, _ = await doctor(playground, SLACK_BOT_TOKEN="xoxb-of-another-app")
    assert status == 1
    assert lines["token"].startswith("FAIL token: Slack says invalid_auth → ")
    assert "SLACK_BOT_TOKEN" in lines["token"]


async def test_a_token_of_the_wrong_kind(doctor: Any) -> None:
    async with slack() as playground:
        status, lines, _ = await doctor(playground, SLACK_BOT_TOKEN="xapp-1-oops")
    assert status == 1
    assert "is an app-level token" in lines["environment"]


async def test_missing_secrets(doctor: Any) -> None:
    status, lines, _ = await doctor(None, SLACK_BOT_TOKEN="", SLACK_SIGNING_SECRET="")
    assert status == 1
    assert "SLACK_BOT_TOKEN: is missing" in lines["environment"]
    assert "token" not in lines


async def test_a_slack_that_does_not_answer(doctor: Any) -> None:
    status, lines, _ = await doctor(None)
    assert status == 1
    assert lines["token"].startswith("FAIL token: http://127.0.0.1:1/api/ does not answer (cannot connect")
    assert lines["database"].startswith("ok   ")


async def test_a_playground_without_a_manifest_grants_all_scopes(doctor: Any) -> None:
    playground = await Playground.start(port=0, bot_url=None, workspace=copy.deepcopy(COMPANY))
    try:
        _, lines, _ = await doctor(playground)
    finally:
        await playground.stop()
    assert lines["scopes"].startswith("ok   ")


async def test_missing_scopes(doctor: Any) -> None:
    def poorer(app: Json) -> None:
        app["oauth_config"]["scopes"]["bot"] = [
            scope
            for scope in app["oauth_config"]["scopes"]["bot"]
            if scope not in ("pins:write", "files:write")
        ]

    async with slack(app=poorer) as playground:
        status, lines, _ = await doctor(playground)
    assert status == 1
    assert lines["scopes"].startswith("FAIL scopes: lacks files:write, pins:write → ")
    assert "tocsin manifest" in lines["scopes"]


async def test_drift_of_the_manifest(doctor: Any) -> None:
    def older(app: Json) -> None:
        shortcuts = app["features"]["shortcuts"]
        app["features"]["shortcuts"] = [one for one in shortcuts if one["callback_id"] != "keep"]
        app["features"]["slash_commands"][0]["should_escape"] = False
        app["settings"]["interactivity"]["request_url"] = "https://old.example.com/slack/events"

    async with slack(app=older) as playground:
        status, lines, _ = await doctor(playground, SLACK_CONFIG_TOKEN="xoxe-playground")
    assert status == 1
    line = lines["manifest"]
    for said in ("lacks keep", "should_escape is False", "interactivity.request_url is 'https://old"):
        assert said in line
    assert "Paste the output of `tocsin manifest`" in line


async def test_an_address_that_is_not_set_is_no_drift(doctor: Any) -> None:
    async with slack() as playground:
        _, lines, _ = await doctor(playground, SLACK_CONFIG_TOKEN="xoxe-playground", TOCSIN_PUBLIC_URL="")
    assert lines["manifest"].startswith("ok   ")
    assert "TOCSIN_PUBLIC_URL is not set" in lines["requests"]


async def test_a_wrong_config_token(doctor: Any) -> None:
    async with slack() as playground:
        status, lines, _ = await doctor(playground, SLACK_CONFIG_TOKEN="xoxe-expired")
    assert status == 1
    assert lines["manifest"].startswith("FAIL manifest: Slack says ")


def without_channel(company: Json) -> None:
    company["channels"] = [c for c in company["channels"] if c["name"] != "incidents"]


def incidents(**change: Any) -> Callable[[Json], None]:
    def changed(company: Json) -> None:
        next(c for c in company["channels"] if c["name"] == "incidents").update(change)

    return changed


@pytest.mark.parametrize(
    ("workspace", "said", "mend"),
    [
        (without_channel, "does not exist, or is private without the bot", "/invite @Tocsin"),
        (incidents(is_private=True, members=["U01ADA"]), "does not exist, or is private", "/invite @Tocsin"),
    ],
)
async def test_the_announcement_channel(
    doctor: Any, workspace: Callable[[Json], None], said: str, mend: str
) -> None:
    async with slack(workspace=workspace) as playground:
        status, lines, _ = await doctor(playground)
    assert status == 1
    assert lines["#incidents"].startswith("FAIL #incidents: " + said)
    assert mend in lines["#incidents"]


async def test_an_archived_announcement_channel(doctor: Any) -> None:
    async with slack() as playground:
        workspace = playground.workspace
        workspace.channels[workspace.names["incidents"]].is_archived = True
        status, lines, _ = await doctor(playground)
    assert status == 1
    assert lines["#incidents"].startswith("FAIL #incidents: is archived → Unarchive it")


async def test_a_public_channel_needs_no_invitation_but_for_the_scope(doctor: Any) -> None:
    def without(app: Json) -> None:
        app["oauth_config"]["scopes"]["bot"].remove("chat:write.public")

    outside = incidents(members=["U01ADA"])
    async with slack(workspace=outside) as playground:
        _, lines, _ = await doctor(playground)
    assert lines["#incidents"].startswith("ok   ")
    async with slack(workspace=outside, app=without) as playground:
        _, lines, _ = await doctor(playground)
    assert lines["#incidents"].startswith("FAIL #incidents: the bot is not in it")


async def test_socket_mode(doctor: Any) -> None:
    async with slack(socket_mode=True) as playground:
        status, lines, _ = await doctor(
            playground, SLACK_APP_TOKEN="xapp-playground", SLACK_SIGNING_SECRET=""
        )
        assert status == 0
        assert lines["socket mode"].startswith("ok   ")
        status, lines, _ = await doctor(playground, SLACK_APP_TOKEN="xapp-wrong")
        assert status == 1
        assert lines["socket mode"].startswith("FAIL socket mode: Slack says ")


@pytest.mark.parametrize(("minutes", "ok"), [(0, True), (2, True), (4, False), (-60, False)])
async def test_the_clock(database_url: str, minutes: int, ok: bool) -> None:
    clock = MovableClock()
    clock.advance(minutes=minutes)
    async with slack() as playground:
        findings = await examine(settings_for(database_url, playground), load(SAMPLE), clock)
    (finding,) = [finding for finding in findings if finding.check == "clock"]
    assert finding.ok is ok
    assert ok or "NTP" in finding.mend


# -- the database ---------------------------------------------------------------------------------------------


async def test_without_a_key_it_says_that_people_are_paged_in_slack_only(doctor: Any) -> None:
    async with slack() as playground:
        _, lines, _ = await doctor(playground, TOCSIN_SECRET_KEY="")
    assert lines["contact methods"].startswith(
        "??   contact methods: TOCSIN_SECRET_KEY is not set: people are paged in Slack only → "
    )


async def test_contact_methods_that_no_key_reads(doctor: Any, database_url: str) -> None:
    db, former = Database(database_url), Fernet.generate_key().decode()
    async with db.begin() as session:
        await add_method(
            session, Vault([former]), user_id="U01ADA", kind="sms", address="+491701234567", now=Clock().now()
        )
    await db.close()
    async with slack() as playground:
        status, lines, _ = await doctor(playground)
        assert status == 1
        assert lines["contact methods"].startswith(
            "FAIL contact methods: 1 of 1 contact methods cannot be read: TOCSIN_SECRET_KEY no longer has the key"
        )
        _, lines, _ = await doctor(playground, TOCSIN_SECRET_KEY="")
        assert "cannot be read, as TOCSIN_SECRET_KEY is not set" in lines["contact methods"]
        _, lines, _ = await doctor(playground, TOCSIN_SECRET_KEY=f"{'a' * 43}=,{former}")
        assert lines["contact methods"].startswith("ok")


async def test_a_database_without_tables(doctor: Any, empty_database_url: str) -> None:
    status, lines, _ = await doctor(None, TOCSIN_DATABASE_URL=empty_database_url)
    assert status == 1
    assert (
        lines["database"]
        == f"FAIL database: its schema is empty, not {newest_revision()} → Run `tocsin migrate`."
    )


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:///none.sqlite3", "There is no database at none.sqlite3."),
        ("sqlite:///app.yaml", "The file is not a SQLite database."),
        (
            "postgresql://tocsin:hunter2@127.0.0.1:1/x",
            "The database does not answer (ConnectionRefusedError).",
        ),
    ],
)
async def test_a_database_that_is_not_there(tocsin: Tocsin, url: str, said: str) -> None:
    status, out, _ = await tocsin("doctor", TOCSIN_DATABASE_URL=url)
    assert status == 1
    assert f"FAIL database: {said}" in out
    assert "hunter2" not in out


async def test_a_misspelt_variable_is_noticed(tocsin: Tocsin, database_url: str) -> None:
    _, out, _ = await tocsin("doctor", TOCSIN_DATABASE_URL=database_url, TOCSIN_PUBLICURL="x")
    assert "TOCSIN_PUBLIC_URL" in out.splitlines()[0]


async def test_calendars_that_are_kept_elsewhere(doctor: Any, folder: Path, database_url: str) -> None:
    """Each is told: its variable is missing, it was not read yet, it fails, it names a stranger, all is well."""
    app = (folder / "app.yaml").read_text()
    here = "  - name: backup\n"
    team = "      - { name: team, ical: { url_from: TEAM_CALENDAR_URL } }\n"
    (folder / "app.yaml").write_text(
        app.replace(here, f"{here}    owner: ada\n    layers:\n{team}{here}", 1).replace(
            here, here.replace("backup", "kept"), 1
        )
    )
    link = "https://calendar.example.com/private-4711.ics"

    async def line(**environment: str) -> str:
        _, lines, out = await doctor(**environment)
        assert "private-4711" not in out
        return str(lines["calendar kept.team"])

    assert "FAIL" in await line()
    assert "TEAM_CALENDAR_URL is not set" in await line()
    assert "was not read yet" in await line(TEAM_CALENDAR_URL=link)

    db, now = Database(database_url), Clock().now()
    row = {"schedule": "kept", "layer": "team", "source": "x", "failures": 1, "next_fetch_at": now}
    async with db.begin() as session:
        session.add(ImportedCalendarRow(**row, problem="the server answers 500"))
    assert "cannot be renewed: the server answers 500; there is no copy" in await line(TEAM_CALENDAR_URL=link)
    for summary, says in (("Zoe", "“Zoe” ("), ("bo", "ok   calendar kept.team: read at ")):
        async with db.begin() as session:
            found = await session.get_one(ImportedCalendarRow, ("kept", "team"))
            found.problem, found.fetched_at, found.text = None, now, CALENDAR.format(summary)
        assert says in await line(TEAM_CALENDAR_URL=link)
    await db.close()


async def test_the_channel_that_is_told_of_changes_of_hands(doctor: Any, folder: Path) -> None:
    app = (folder / "app.yaml").read_text()
    told = 'channel: "#incidents" # told'
    assert told in app
    (folder / "app.yaml").write_text(app.replace(told, 'channel: "#nowhere" # told'))
    async with slack() as playground:
        status, lines, _ = await doctor(playground)
    assert status == 1
    assert lines["#incidents"].startswith("ok   ")
    assert lines["#nowhere"].startswith("FAIL #nowhere: does not exist, or is private without the bot")


async def test_user_groups_that_slack_does_not_know(doctor: Any, folder: Path) -> None:
    written = yaml.safe_load(SAMPLE.read_text())
    del written["expect"]  # it tells of rules that give way to this one
    written["permissions"] = {"close": ["responders", "group:@leads"], "configuration": "group:@oncall"}
    written["automation"] = [{"name": "call", "when": "declared", "then": [{"invite": "@helpers"}]}]
    written["escalation_policies"][0]["steps"][0]["notify"] = ["group:@leads"]
    (folder / "app.yaml").write_text(yaml.safe_dump(written))
    async with slack() as playground:
        status, lines, _ = await doctor(playground)
    assert status == 1
    policy = written["escalation_policies"][0]["name"]
    assert lines["user groups"] == (
        f"FAIL user groups: Slack does not know @leads (permissions, escalation policy {policy}); "
        "Slack does not know @helpers (automation call): nobody is in it → "
        "Make it in Slack (People, User groups), or correct its handle in app.yaml."
    )


async def test_user_groups_while_slack_does_not_tell_of_them(doctor: Any) -> None:
    async with slack() as playground:
        playground.faults.add({"on": "usergroups.list", "kind": "error", "error": "missing_scope"})
        _, lines, _ = await doctor(playground)
    assert lines["user groups"].startswith("FAIL user groups: Slack says missing_scope")


async def test_an_integration_without_a_secret_is_named(doctor: Callable[..., Any], folder: Path) -> None:
    written = yaml.safe_load(SAMPLE.read_text())
    written["integrations"] = [{"name": "my-prom", "kind": "alertmanager"}]
    del written["expect"], written["routes"]
    (folder / "app.yaml").write_text(yaml.safe_dump(written))
    _, lines, _ = await doctor()
    assert "TOCSIN_INTEGRATION_MY_PROM" in lines["integration my-prom"]
    assert lines["integration my-prom"].startswith("??"), "it is no fault until it is wanted"
    _, lines, _ = await doctor(TOCSIN_INTEGRATION_MY_PROM="short")
    assert lines["integration my-prom"].startswith("FAIL")
    _, lines, _ = await doctor(TOCSIN_INTEGRATION_MY_PROM="a" * 32)
    assert lines["integrations"].startswith("ok")
