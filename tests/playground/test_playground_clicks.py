"""Clicks in messages: what the bot gets."""

import asyncio
from typing import Any

from slack_cast import INCIDENTS, Bot, Control, Someone, actions, button, plain, section, typed
from slack_sdk.web.async_client import AsyncWebClient

OPTIONS = [{"text": plain("One"), "value": "1"}, {"text": plain("Two"), "value": "2"}]


async def test_a_click_tells_all_that_slack_tells(bot: Bot, client: AsyncWebClient, ada: Someone) -> None:
    got: list[Any] = []

    @bot.app.action("ok")
    async def ok(ack: Any, body: Any) -> None:
        got.append(body)
        await ack()

    select = {"type": "static_select", "action_id": "sev", "options": OPTIONS, "initial_option": OPTIONS[0]}
    posted = await client.chat_postMessage(
        channel=INCIDENTS,
        text="x",
        blocks=[section(), actions(button(value="7", style="danger"), select, block_id="b")],
    )
    where = {"channel": INCIDENTS, "ts": posted["ts"]}
    assert (await ada.does("click", container=where, action_id="ok", block_id="b"))["delivered"] is True
    body = got[0]
    assert set(body) == {
        "type", "user", "api_app_id", "token", "container", "trigger_id", "team", "enterprise",
        "is_enterprise_install", "channel", "message", "state", "response_url", "actions",
    }  # fmt: skip
    assert body["container"] == {
        "type": "message", "message_ts": posted["ts"], "channel_id": INCIDENTS, "is_ephemeral": False,
    }  # fmt: skip
    action = body["actions"][0]
    assert (action["action_id"], action["block_id"], action["type"], action["value"]) == (
        "ok",
        "b",
        "button",
        "7",
    )
    assert body["state"]["values"] == {"b": {"sev": {"type": "static_select", "selected_option": {
        "text": {"type": "plain_text", "text": "One", "emoji": True}, "value": "1"}}}}  # fmt: skip


async def test_choices_stay_in_the_message_for_that_person(
    bot: Bot, client: AsyncWebClient, ada: Someone, ben: Someone
) -> None:
    got: list[Any] = []

    @bot.app.action("sev")
    async def chosen(ack: Any, body: Any) -> None:
        got.append((body["actions"][0]["selected_option"]["value"], body["state"]["values"]["b"]["sev"]))
        await ack()

    @bot.app.action("menu")
    async def menu(ack: Any, body: Any) -> None:
        got.append((body["actions"][0]["selected_option"]["value"], body["state"]["values"]["b"]["sev"]))
        await ack()

    blocks = [
        actions({"type": "static_select", "action_id": "sev", "options": OPTIONS}, block_id="b"),
        section(accessory={"type": "overflow", "action_id": "menu", "options": OPTIONS}),
    ]
    posted = await client.chat_postMessage(channel=INCIDENTS, text="x", blocks=blocks)
    where = {"container": {"channel": INCIDENTS, "ts": posted["ts"]}}
    await ada.does("click", action_id="sev", value="2", **where)
    await ada.does("click", action_id="menu", value="1", **where)
    await ben.does("click", action_id="menu", value="1", **where)
    assert [value for value, _ in got] == ["2", "1", "1"]
    assert [entry["selected_option"] and entry["selected_option"]["value"] for _, entry in got] == [
        "2",
        "2",
        None,
    ]
    assert (await ada.does("click", 409, action_id="sev", value="3", **where))["error"] == "not_offered"


async def test_only_what_is_there_can_be_clicked(client: AsyncWebClient, ada: Someone) -> None:
    posted = await client.chat_postMessage(channel=INCIDENTS, text="x", blocks=[actions(button())])
    where = {"channel": INCIDENTS, "ts": posted["ts"]}
    assert (await ada.does("click", 404, container=where, action_id="other"))["error"] == "element_not_found"
    await client.chat_update(channel=INCIDENTS, ts=posted["ts"], text="gone", blocks=[section()])
    assert (await ada.does("click", 404, container=where, action_id="ok"))["error"] == "element_not_found"
    await ada.does("click", 404, container={**where, "ts": "1.1"}, action_id="ok")
    await ada.does("click", 400, container={"ts": "1.1"}, action_id="ok")


async def test_an_input_tells_the_bot_only_when_it_dispatches(
    bot: Bot, client: AsyncWebClient, ada: Someone
) -> None:
    @bot.app.action("a")
    async def wrote(ack: Any) -> None:
        await ack()

    blocks = [typed("quiet"), typed("loud", dispatch_action=True)]
    posted = await client.chat_postMessage(channel=INCIDENTS, text="x", blocks=blocks)
    where = {"container": {"channel": INCIDENTS, "ts": posted["ts"]}, "action_id": "a"}
    assert (await ada.does("click", block_id="quiet", value="x", **where))["delivered"] is None
    assert (await ada.does("click", block_id="loud", value="x", **where))["delivered"] is True


async def test_a_private_channel_is_not_named(bot: Bot, client: AsyncWebClient, ada: Someone) -> None:
    got: list[Any] = []

    @bot.app.action("ok")
    async def ok(ack: Any, body: Any) -> None:
        got.append(body["channel"]["name"])
        await ack()

    channel = (await client.conversations_create(name="secret", is_private=True))["channel"]["id"]
    await client.conversations_invite(channel=channel, users=ada.id)
    for target in (channel, ada.id):
        posted = await client.chat_postMessage(channel=target, text="x", blocks=[actions(button())])
        await ada.does("click", container={"channel": posted["channel"], "ts": posted["ts"]}, action_id="ok")
    assert got == ["privategroup", "directmessage"]


async def test_the_page_hears_of_what_its_person_sees(
    control: Control, client: AsyncWebClient, ada: Someone
) -> None:
    secret = (await client.conversations_create(name="secret", is_private=True))["channel"]["id"]
    url = control.url.replace("http", "ws") + "/live?user=U01BEN"
    async with control._http.ws_connect(url) as live:
        assert await live.receive_json() == {"type": "hello"}
        await client.chat_postMessage(channel=secret, text="x")
        await client.chat_postEphemeral(channel=INCIDENTS, user=ada.id, text="x")
        await client.chat_postMessage(channel=INCIDENTS, text="x")
        async with asyncio.timeout(30):
            news = await live.receive_json()
        assert (news["what"], news["channel"]) == ("channel", INCIDENTS)
        await control.fault("*", "slow")
        assert (await live.receive_json())["what"] == "faults"
