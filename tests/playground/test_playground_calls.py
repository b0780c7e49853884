"""Forms of arguments, tokens, scopes, the log of calls, and the guard against other sites."""

import asyncio
import json
import signal
import sys
import urllib.request
from typing import Any

from aiohttp import ClientSession
from slack_cast import GENERAL, INCIDENTS, Control, Someone, actions, button, refused
from slack_sdk.web.async_client import AsyncWebClient

from playground import Playground

BEARER = {"Authorization": "Bearer xoxb-playground"}


async def call(control: Control, method: str, **request: Any) -> Any:
    async with control._http.post(f"{control.url}/api/{method}", **request) as answer:
        return await answer.json()


async def test_json_forms_and_queries_mean_the_same(control: Control, ada: Someone) -> None:
    blocks = [actions(button())]
    fields = {"channel": INCIDENTS, "text": "x", "blocks": json.dumps(blocks), "token": "xoxb-playground"}
    assert (await call(control, "chat.postMessage", data=fields))["ok"]
    assert (await call(control, "chat.postMessage", json={**fields, "blocks": blocks}))["ok"]
    assert (await call(control, "chat.postMessage", params=fields))["ok"]
    assert len({json.dumps([b["type"] for b in message["blocks"]]) for message in await ada.reads()}) == 1
    calls = (await control.get("/calls", since=1))["calls"]
    assert [entry["n"] for entry in calls] == [2, 3]
    assert all(entry["args"]["blocks"] == blocks and "token" not in entry["args"] for entry in calls)


async def test_bodies_that_are_no_arguments(control: Control) -> None:
    kinds = {"Content-Type": "application/json; charset=utf-8", **BEARER}
    assert (await call(control, "auth.test", data="{", headers=kinds))["error"] == "invalid_json"
    assert (await call(control, "auth.test", data="[]", headers=kinds))["error"] == "json_not_object"
    strange = {"Content-Type": "text/csv", **BEARER}
    assert (await call(control, "auth.test", data="x", headers=strange))["error"] == "invalid_post_type"
    plain = {"Content-Type": "application/json", **BEARER}
    assert (await call(control, "auth.test", data="{}", headers=plain))["warning"] == "missing_charset"


async def test_tokens(control: Control) -> None:
    assert (await call(control, "auth.test"))["error"] == "not_authed"
    assert (await call(control, "auth.test", headers={"Authorization": "Bearer xoxb-other"}))[
        "error"
    ] == "invalid_auth"
    app = {"Authorization": "Bearer xapp-playground"}
    assert (await call(control, "auth.test", headers=app))["error"] == "not_allowed_token_type"
    assert (await call(control, "chat.meMessage", headers=BEARER))["error"] == "unknown_method"


async def test_missing_arguments_are_named(control: Control) -> None:
    answer = await call(control, "conversations.invite", headers=BEARER, json={"channel": INCIDENTS})
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == ["[ERROR] missing required field: users"]


async def test_scopes_are_those_of_the_manifest(client: AsyncWebClient, control: Control) -> None:
    scopes = {"oauth_config": {"scopes": {"bot": ["chat:write", "channels:read"]}}}
    await control.post("/workspace/manifest", display_information={"name": "Tocsin"}, **scopes)
    posted = await client.chat_postMessage(channel=INCIDENTS, text="x")
    assert posted.headers["X-OAuth-Scopes"] == "chat:write,channels:read"
    answer = await call(
        control, "pins.add", headers=BEARER, json={"channel": INCIDENTS, "timestamp": posted["ts"]}
    )
    assert (answer["error"], answer["needed"], answer["provided"]) == (
        "missing_scope",
        "pins:write",
        "chat:write,channels:read",
    )
    assert await refused(client.conversations_create(name="x", is_private=True)) == "missing_scope"
    assert (await client.conversations_info(channel=INCIDENTS))["ok"]
    assert (await control.post("/workspace/manifest", 400, display_information={}))[
        "error"
    ] == "invalid_manifest"


async def test_a_reset_begins_again(client: AsyncWebClient, control: Control, ada: Someone) -> None:
    await client.conversations_create(name="inc-1")
    await control.fault("*", "drop")
    await control.post("/workspace/reset")
    assert await ada.texts() == []
    assert (await client.conversations_create(name="inc-1"))["ok"]
    assert (await control.get("/calls"))["total"] == 1


async def test_a_workspace_of_ones_own(control: Control) -> None:
    seed = {
        "people": [
            {"id": "U1", "name": "zoe", "tz": "Asia/Tokyo"},
            {"id": "W2", "name": "yan", "team_id": "T9"},
        ],
        "channels": [{"id": "C1", "name": "ops", "members": ["U1", "U0TOCSIN"]}],
    }
    other = await Playground.start(bot_url=None, workspace=seed)
    async with ClientSession() as http:
        shown = await (await http.get(f"{other.url}/workspace")).json()
    await other.stop()
    assert [person["name"] for person in shown["people"]] == ["zoe", "yan"]
    assert [channel["name"] for channel in shown["channels"]] == ["ops"]
    assert shown["bot"]["user_id"] == "U0TOCSIN"


async def test_new_people_and_channels(control: Control, client: AsyncWebClient) -> None:
    person = (await control.post("/workspace/people", name="ian", real_name="Ian Moss"))["person"]["id"]
    assert (await client.users_info(user=person))["user"]["real_name"] == "Ian Moss"
    assert person in (await client.conversations_members(channel=GENERAL))["members"]
    await control.post("/workspace/channels", name="ops", members=[person])
    assert (await control.post("/workspace/channels", 409, name="ops"))["error"] == "name_taken"


async def test_other_sites_are_kept_away(control: Control) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        async with control._http.post(f"{control.url}/workspace/reset", json={}, headers=headers) as answer:
            assert answer.status == 403
    async with control._http.post(
        f"{control.url}/workspace/reset", json={}, headers={"Origin": control.url}
    ) as answer:
        assert answer.status == 200


async def test_the_command_line_serves_and_ends_cleanly() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "playground",
        "--listen",
        "127.0.0.1:0",
        "--quiet",
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    url = line.split()[4].rstrip(",")

    def ask() -> Any:
        with urllib.request.urlopen(f"{url}/api/api.test") as answer:
            return json.load(answer)

    assert (await asyncio.to_thread(ask))["ok"]
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 5) == 0
