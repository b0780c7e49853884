"""Slash commands, response_urls and Slack's own words when the bot fails."""

import asyncio
import hashlib
import hmac
import urllib.parse
from typing import Any

from aiohttp import web
from slack_cast import INCIDENTS, SECRET, Bot, Control, Someone, actions, button, section, serve
from slack_sdk.webhook.async_client import AsyncWebhookClient

from playground import Playground


async def test_a_command_is_answered_to_one_person(bot: Bot, ada: Someone, ben: Someone) -> None:
    @bot.app.command("/incident")
    async def answer(ack: Any, command: Any) -> None:
        await ack(f"{command['channel_name']}: {command['text']}")

    result = await ada.types("/incident declare  sev1")
    assert (result["delivered"], result["status"]) == (True, 200)
    assert (await ada.texts())[-1] == "incidents: declare  sev1"
    assert await ben.texts() == []


async def test_an_answer_can_be_for_the_whole_channel(bot: Bot, ada: Someone, ben: Someone) -> None:
    @bot.app.command("/incident")
    async def answer(ack: Any) -> None:
        await ack(text="for all", blocks=[section("for *all*")], response_type="in_channel")

    await ada.types("/incident")
    assert (await ben.reads())[-1]["blocks"][0]["text"]["text"] == "for *all*"


async def test_mentions_arrive_escaped_when_the_manifest_says_so(
    playground: Playground, bot: Bot, ada: Someone
) -> None:
    commands = [
        {"command": "/incident", "description": "x", "should_escape": True},
        {"command": "/raw", "description": "x"},
    ]
    playground.install({"display_information": {"name": "Tocsin"}, "features": {"slash_commands": commands}})

    @bot.app.command("/incident")
    async def escaped(ack: Any, command: Any) -> None:
        await ack(command["text"])

    @bot.app.command("/raw")
    async def raw(ack: Any, command: Any) -> None:
        await ack(command["text"])

    assert (await ada.types("/incident @ben #general"))["body"] == "<@U01BEN|ben> <#C01GENERAL|general>"
    assert (await ada.types("/raw @ben #general"))["body"] == "@ben #general"
    unknown = await ada.does("command", 404, channel=INCIDENTS, text="/nothing")
    assert unknown["error"] == "unknown_command"
    assert "/nothing is not a valid command" in (await ada.texts())[-1]


async def test_requests_are_signed(playground: Playground, ada: Someone) -> None:
    seen: list[tuple[dict[str, str], bytes]] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append((dict(request.headers), await request.read()))
        return web.Response()

    runner, playground.delivery.bot_url = await serve(answer)
    await ada.types("/incident list")
    await runner.cleanup()
    headers, body = seen[0]
    signed = b"v0:" + headers["X-Slack-Request-Timestamp"].encode() + b":" + body
    assert (
        headers["X-Slack-Signature"] == "v0=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    )
    fields = dict(urllib.parse.parse_qsl(body.decode()))
    assert set(fields) == {
        "token", "team_id", "team_domain", "channel_id", "channel_name", "user_id", "user_name", "command",
        "text", "api_app_id", "is_enterprise_install", "response_url", "trigger_id",
    }  # fmt: skip


async def test_slack_says_it_when_the_bot_is_too_slow(bot: Bot, ada: Someone) -> None:
    @bot.app.command("/incident")
    async def answer(ack: Any) -> None:
        await asyncio.sleep(0.7)
        await ack()

    result = await ada.types("/incident")
    assert (result["delivered"], result["failure"]) == (False, "operation_timeout")
    assert (await ada.texts())[-1] == '/incident failed with the error "operation_timeout"'


async def test_slack_says_it_when_nobody_answers(playground: Playground, ada: Someone) -> None:
    playground.delivery.bot_url = "http://127.0.0.1:9/slack/events"
    assert (await ada.types("/incident"))["delivered"] is False
    assert (await ada.texts())[-1] == '/incident failed with the error "dispatch_failed"'


async def test_slack_says_it_when_the_answer_has_wrong_blocks(bot: Bot, ada: Someone) -> None:
    @bot.app.command("/incident")
    async def answer(ack: Any) -> None:
        await ack(text="x", blocks=[section("x" * 3001)])

    assert "must be less than 3001" in (await ada.types("/incident"))["failure"]
    assert "invalid_blocks" in (await ada.texts())[-1]


async def test_commands_do_not_work_in_threads(ada: Someone) -> None:
    parent = await ada.says("parent")
    refused = await ada.does("command", 409, channel=INCIDENTS, text="/incident", thread_ts=parent["ts"])
    assert refused["error"] == "no_commands_in_threads"


async def test_a_response_url_answers_five_times(
    bot: Bot, ada: Someone, ben: Someone, control: Control
) -> None:
    urls: list[str] = []

    @bot.app.command("/incident")
    async def answer(ack: Any, command: Any) -> None:
        urls.append(command["response_url"])
        await ack()

    await ada.types("/incident")
    hook = AsyncWebhookClient(urls[0])
    assert (await hook.send(text="1")).body == "ok"
    assert (await hook.send(text="2", response_type="in_channel")).body == "ok"
    for number in (3, 4, 5):
        assert (await hook.send(text=str(number))).status_code == 200
    used = await hook.send(text="6")
    assert (used.status_code, "used_url" in used.body) == (404, True)
    assert await ada.texts() == ["1", "2", "3", "4", "5"]
    assert await ben.texts() == ["2"]
    calls = (await control.get("/calls", method="response_url"))["calls"]
    assert [call["args"]["text"] for call in calls] == ["1", "2", "3", "4", "5", "6"]


async def test_a_response_url_ends_after_its_time(bot: Bot, ada: Someone, playground: Playground) -> None:
    playground.responses._seconds = 0.0
    urls: list[str] = []

    @bot.app.command("/incident")
    async def answer(ack: Any, command: Any) -> None:
        urls.append(command["response_url"])
        await ack()

    await ada.types("/incident")
    late = await AsyncWebhookClient(urls[0]).send(text="late")
    assert (late.status_code, "expired_url" in late.body) == (404, True)


async def test_a_click_replaces_or_deletes_what_was_clicked_even_if_ephemeral(bot: Bot, ada: Someone) -> None:
    @bot.app.command("/incident")
    async def answer(ack: Any) -> None:
        await ack(text="sure?", blocks=[actions(button("yes"), button("no"))])

    @bot.app.action("yes")
    async def yes(ack: Any, respond: Any, body: Any) -> None:
        assert body["container"]["is_ephemeral"]
        assert "message" not in body
        await respond(text="done", blocks=[actions(button("no"))], replace_original=True)
        await ack()

    @bot.app.action("no")
    async def no(ack: Any, respond: Any) -> None:
        await respond(delete_original=True)
        await ack()

    await ada.types("/incident")
    shown = (await ada.reads())[-1]
    where = {"channel": INCIDENTS, "ts": shown["ts"]}
    await ada.does("click", container=where, action_id="yes")
    assert await ada.texts() == ["done"]
    await ada.does("click", container=where, action_id="no")
    assert await ada.texts() == []
