"""Faults: what the bot meets when Slack is not well."""

import asyncio
import time
from typing import Any

import aiohttp
import pytest
from slack_cast import INCIDENTS, Bot, Control, Someone, actions, button, refused, until
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground import Playground


async def test_rate_limited_for_a_while(client: AsyncWebClient, control: Control) -> None:
    await control.fault("chat.*", "ratelimited", times=1, retry_after=7)
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=INCIDENTS, text="x")
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "7"
    assert (await client.chat_postMessage(channel=INCIDENTS, text="x"))["ok"]


async def test_any_error(client: AsyncWebClient, control: Control, ada: Someone) -> None:
    await control.fault(
        "chat.postMessage", "error", error="fatal_error", match={"channel": INCIDENTS}, after=1
    )
    await client.chat_postMessage(channel=INCIDENTS, text="first")
    assert await refused(client.chat_postMessage(channel=INCIDENTS, text="x")) == "fatal_error"
    assert (await client.chat_postMessage(channel="C01GENERAL", text="x"))["ok"]
    assert await ada.texts() == ["first"]


@pytest.mark.parametrize(("kind", "done"), [("status", False), ("status_after", True)])
async def test_a_server_error_before_or_after(
    client: AsyncWebClient, control: Control, ada: Someone, kind: str, done: bool
) -> None:
    await control.fault("chat.postMessage", kind, status=503, times=1)
    with pytest.raises((SlackApiError, aiohttp.ClientError)):
        await client.chat_postMessage(channel=INCIDENTS, text="x")
    assert ("x" in await ada.texts()) is done
    call = (await control.get("/calls", method="chat.postMessage"))["calls"][-1]
    assert (call["status"], call["fault"]) == (503, kind)


@pytest.mark.parametrize(("kind", "done"), [("drop", False), ("drop_after", True)])
async def test_a_dropped_connection(
    client: AsyncWebClient, control: Control, ada: Someone, kind: str, done: bool
) -> None:
    await control.fault("chat.postMessage", kind, times=1)
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=INCIDENTS, text="x")
    assert ("x" in await ada.texts()) is done


@pytest.mark.parametrize(("kind", "done"), [("hang", False), ("hang_after", True)])
async def test_a_call_that_is_never_answered(
    client: AsyncWebClient, control: Control, ada: Someone, kind: str, done: bool
) -> None:
    await control.fault("chat.postMessage", kind)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.chat_postMessage(channel=INCIDENTS, text="x"), 0.2)
    assert ("x" in await ada.texts()) is done


async def test_a_slow_answer(client: AsyncWebClient, control: Control) -> None:
    await control.fault("*", "slow", seconds=0.2)
    started = time.monotonic()
    await client.chat_postMessage(channel=INCIDENTS, text="x")
    assert time.monotonic() - started >= 0.2


async def test_garbage(control: Control) -> None:
    await control.fault("api.test", "garbage")
    async with control._http.post(f"{control.url}/api/api.test") as answer:
        assert answer.status == 200
        assert "not JSON" in await answer.text()


@pytest.mark.parametrize(("kind", "done"), [("pause", False), ("pause_after", True)])
async def test_a_pause_lets_a_test_look_in_between(
    playground: Playground, client: AsyncWebClient, control: Control, ada: Someone, kind: str, done: bool
) -> None:
    fault = await control.fault("chat.postMessage", kind)
    posting = asyncio.create_task(client.chat_postMessage(channel=INCIDENTS, text="x"))
    await until(lambda: next(iter(playground.faults)).waiting == 1)
    assert ("x" in await ada.texts()) is done
    await control.delete(f"/faults/{fault}")
    assert (await posting)["ok"]
    assert await ada.texts() == ["x"]


async def test_chance_and_times(client: AsyncWebClient, control: Control) -> None:
    await control.fault("api.test", "error", error="x", chance=0.5, times=3)
    failed = 0
    for _ in range(30):
        try:
            await client.api_test()
        except SlackApiError:
            failed += 1
    assert failed == 3
    assert (await control.get("/faults"))["faults"][0]["left"] == 0


async def test_a_dead_slack(client: AsyncWebClient, control: Control) -> None:
    await control.post("/faults/dead")
    with pytest.raises(aiohttp.ClientError):
        await client.auth_test()
    await control.post("/faults/alive")
    assert (await client.auth_test())["ok"]


async def test_events_are_lost_and_doubled(bot: Bot, control: Control, ada: Someone) -> None:
    bot.listen_to_everything()
    await control.fault("message", "event_lost", times=1)
    await control.fault("message", "event_twice", times=1)
    await ada.says("lost")
    await ada.says("twice")
    await asyncio.sleep(0.05)
    assert [event["text"] for event in bot.heard] == ["twice", "twice"]
    ids = [entry["body"]["event_id"] for entry in (await control.get("/deliveries"))["deliveries"]]
    assert len(ids) == 2
    assert len(set(ids)) == 1


async def test_the_same_click_twice(bot: Bot, client: AsyncWebClient, control: Control, ada: Someone) -> None:
    got: list[Any] = []

    @bot.app.action("ok")
    async def ok(ack: Any, body: Any) -> None:
        got.append(body["trigger_id"])
        await ack()

    await control.fault("click", "command_twice", times=1)
    posted = await client.chat_postMessage(channel=INCIDENTS, text="x", blocks=[actions(button())])
    await ada.does("click", container={"channel": INCIDENTS, "ts": posted["ts"]}, action_id="ok")
    assert len(got) == 2
    assert len(set(got)) == 1
    clicks = [request for request in bot.requests if "form" in request["Content-Type"]]
    assert len(clicks) == 2
    assert len({request["X-Slack-Signature"] for request in clicks}) == 1


async def test_a_response_url_fails_too(bot: Bot, control: Control, ada: Someone) -> None:
    statuses: list[int] = []

    @bot.app.command("/incident")
    async def answer(ack: Any, respond: Any) -> None:
        statuses.append((await respond("x")).status_code)
        await ack()

    await control.fault("response_url", "status", status=500, times=1)
    await ada.types("/incident")
    assert statuses == [500]


async def test_rate_limits_are_slacks_when_asked_for(client: AsyncWebClient, control: Control) -> None:
    for _ in range(10):
        await client.chat_postMessage(channel=INCIDENTS, text="x")
    await control.post("/faults/rate-limits", on=True)
    for _ in range(5):
        await client.chat_postMessage(channel=INCIDENTS, text="x")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=INCIDENTS, text="x")
    assert caught.value.response["error"] == "ratelimited"
    assert int(caught.value.response.headers["Retry-After"]) >= 1
    assert (await client.chat_postMessage(channel="C01GENERAL", text="x"))["ok"]


async def test_faults_that_make_no_sense(control: Control) -> None:
    assert (await control.post("/faults", 400, on="*", kind="bug"))["error"] == "invalid_fault"
    assert (await control.post("/faults", 400, on="*", kind="drop", tiems=1))["error"] == "invalid_fault"


async def test_stopping_lets_go_of_held_calls(control: Control) -> None:
    other = await Playground.start(bot_url=None)
    async with aiohttp.ClientSession() as http:
        await (await http.post(f"{other.url}/faults", json={"on": "*", "kind": "hang"})).read()
        hanging = asyncio.create_task(http.post(f"{other.url}/api/api.test"))
        await asyncio.sleep(0.05)
        started = time.monotonic()
        await other.stop()
        assert time.monotonic() - started < 2
        await asyncio.gather(hanging, return_exceptions=True)
