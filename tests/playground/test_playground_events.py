"""Events: which, how often, and over Socket Mode."""

import asyncio
from typing import Any

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_cast import (
    INCIDENTS,
    PAYMENTS,
    Bot,
    Control,
    Someone,
    actions,
    button,
    modal,
    refused,
    serve,
    until,
)
from slack_sdk.web.async_client import AsyncWebClient

from playground import Playground


def manifest(events: list[str], scopes: list[str], **settings: Any) -> dict[str, Any]:
    return {
        "display_information": {"name": "Tocsin"},
        "features": {"bot_user": {"display_name": "tocsin"}},
        "oauth_config": {"scopes": {"bot": scopes}},
        "settings": {"event_subscriptions": {"bot_events": events}, **settings},
    }


async def test_people_make_events(bot: Bot, ada: Someone) -> None:
    bot.listen_to_everything()
    said = await ada.says("<@U0TOCSIN> hello")
    await ada.does("edit", channel=INCIDENTS, ts=said["ts"], text="bye")
    where = {"channel": INCIDENTS, "ts": said["ts"]}
    await ada.does("react", name="eyes", **where)
    await ada.does("unreact", name="eyes", **where)
    await ada.does("pin", **where)
    await ada.does("unpin", **where)
    await ada.does("delete", **where)
    await until(lambda: len(bot.heard) == 8)
    assert sorted(bot.kinds()) == [
        "app_mention",
        "message",
        "message/message_changed",
        "message/message_deleted",
        "pin_added",
        "pin_removed",
        "reaction_added",
        "reaction_removed",
    ]
    mention = next(event for event in bot.heard if event["type"] == "app_mention")
    assert (mention["user"], mention["channel"]) == (ada.id, INCIDENTS)


async def test_the_bots_own_acts_make_events_too(bot: Bot, client: AsyncWebClient, control: Control) -> None:
    bot.listen_to_everything()
    channel = (await client.conversations_create(name="inc-1"))["channel"]["id"]
    await client.conversations_invite(channel=channel, users="U01ADA")
    posted = await client.chat_postMessage(channel=channel, text="x")
    await client.pins_add(channel=channel, timestamp=posted["ts"])
    await until(lambda: "member_joined_channel" in bot.kinds())
    # Bolt keeps its own acts from the listeners, so what was sent is looked up.
    sent = [entry["body"]["event"] for entry in (await control.get("/deliveries"))["deliveries"]]
    kinds = {event["type"] for event in sent}
    assert kinds == {"channel_created", "member_joined_channel", "message", "pin_added"}
    assert next(event for event in sent if event["type"] == "pin_added")["item"]["message"]["text"] == "x"


async def test_nothing_is_heard_of_channels_without_the_bot(bot: Bot, ada: Someone) -> None:
    bot.listen_to_everything()
    assert (await ada.says("psst", channel=PAYMENTS))["delivered"] is None
    assert bot.heard == []


async def test_only_subscribed_events_are_delivered(playground: Playground, bot: Bot, ada: Someone) -> None:
    bot.listen_to_everything()
    warnings = playground.install(manifest(["reaction_added", "pin_added"], ["reactions:read"]))
    assert [warning.split()[0] for warning in warnings] == ["pin_added"]
    said = await ada.says("x")
    await ada.does("pin", channel=INCIDENTS, ts=said["ts"])
    assert (await ada.does("react", channel=INCIDENTS, ts=said["ts"], name="eyes"))["delivered"] is True
    assert bot.kinds() == ["reaction_added"]


async def test_an_event_that_fails_comes_again_three_times(
    playground: Playground, ada: Someone, control: Control
) -> None:
    seen: list[tuple[str | None, str | None, str]] = []

    async def fail(request: web.Request) -> web.Response:
        body = await request.json()
        headers = request.headers
        seen.append((headers.get("X-Slack-Retry-Num"), headers.get("X-Slack-Retry-Reason"), body["event_id"]))
        return web.Response(status=500)

    runner, playground.delivery.bot_url = await serve(fail)
    assert (await ada.says("x"))["delivered"] is False
    await until(lambda: len(seen) == 4)
    await runner.cleanup()
    assert [entry[:2] for entry in seen] == [
        (None, None),
        ("1", "http_error"),
        ("2", "http_error"),
        ("3", "http_error"),
    ]
    assert len({entry[2] for entry in seen}) == 1
    deliveries = (await control.get("/deliveries"))["deliveries"]
    assert [entry["retry"] for entry in deliveries] == [0, 1, 2, 3]


async def test_the_bot_can_say_that_it_wants_no_retry(
    playground: Playground, ada: Someone, control: Control
) -> None:
    async def fail(request: web.Request) -> web.Response:
        return web.Response(status=500, headers={"X-Slack-No-Retry": "1"})

    runner, playground.delivery.bot_url = await serve(fail)
    await ada.says("x")
    await asyncio.sleep(0.1)
    await runner.cleanup()
    assert len((await control.get("/deliveries"))["deliveries"]) == 1


async def test_the_url_is_verified(bot: Bot, control: Control) -> None:
    assert (await control.post("/workspace/url_verification"))["verified"] is True


class SocketBot:
    """The same bot over Socket Mode, with as many connections as wanted."""

    def __init__(self, playground: Playground, client: AsyncWebClient) -> None:
        self.app = AsyncApp(client=client, signing_secret="")
        apps = AsyncWebClient("xapp-playground", base_url=f"{playground.url}/api/")
        self.handler = AsyncSocketModeHandler(self.app, "xapp-playground", web_client=apps)

    async def __aenter__(self) -> "SocketBot":
        await self.handler.connect_async()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.handler.close_async()


async def test_everything_works_over_socket_mode(
    playground: Playground, client: AsyncWebClient, ada: Someone
) -> None:
    heard: list[str] = []
    async with SocketBot(playground, client) as bot:
        await until(lambda: playground.sockets.connected)

        @bot.app.command("/incident")
        async def command(ack: Any, body: Any) -> None:
            await client.views_open(trigger_id=body["trigger_id"], view=modal())
            await ack("opened")

        @bot.app.view("declare")
        async def submitted(ack: Any) -> None:
            await ack(response_action="errors", errors={"title": "no"})

        @bot.app.action("ok")
        async def ok(ack: Any, respond: Any) -> None:
            await ack()
            await respond("clicked")

        @bot.app.event("message")
        async def message(event: Any) -> None:
            heard.append(event["text"])

        assert (await ada.types("/incident"))["body"] == {"text": "opened"}
        assert await ada.texts() == ["opened"]
        result = await ada.does("submit", view=(await ada.modal())["id"], values={"title": "x"})
        assert result["body"]["errors"] == {"title": "no"}
        posted = await client.chat_postMessage(channel=INCIDENTS, text="x", blocks=[actions(button())])
        await ada.does("click", container={"channel": INCIDENTS, "ts": posted["ts"]}, action_id="ok")
        assert (await ada.says("hello"))["delivered"] is True
        await until(lambda: "hello" in heard)
        await until(
            lambda: (
                "clicked"
                in [m.body["text"] for m in playground.workspace.channels[INCIDENTS].ephemeral.values()]
            )
        )


async def test_slack_says_it_when_no_connection_is_open(playground: Playground, ada: Someone) -> None:
    commands = {"slash_commands": [{"command": "/incident", "description": "x"}]}
    playground.install({**manifest([], [], socket_mode_enabled=True), "features": commands})
    assert (await ada.types("/incident"))["delivered"] is False
    assert "app_did_not_respond" in (await ada.texts())[-1]


async def test_two_connections_share_the_work(
    playground: Playground, client: AsyncWebClient, ada: Someone
) -> None:
    async with SocketBot(playground, client) as one, SocketBot(playground, client) as two:
        await until(lambda: len(playground.sockets.open) == 2)
        names = []

        def answer_as(name: str) -> Any:
            async def answer(ack: Any) -> None:
                names.append(name)
                await ack()

            return answer

        one.app.command("/incident")(answer_as("one"))
        two.app.command("/incident")(answer_as("two"))
        for _ in range(4):
            await ada.types("/incident")
        assert names == ["one", "two", "one", "two"] or names == ["two", "one", "two", "one"]


async def test_a_connection_that_is_sent_away_comes_again(
    playground: Playground, client: AsyncWebClient, control: Control
) -> None:
    async with SocketBot(playground, client):
        await until(lambda: playground.sockets.connected)
        first = playground.sockets.open[0]
        assert (await control.post("/workspace/socket_disconnect"))["asked"] == 1
        await until(lambda: playground.sockets.connected and playground.sockets.open[0] is not first)


async def test_app_tokens_open_connections_and_nothing_else(playground: Playground) -> None:
    bot_token = AsyncWebClient("xoxb-playground", base_url=f"{playground.url}/api/")
    app_token = AsyncWebClient("xapp-playground", base_url=f"{playground.url}/api/")
    assert (
        await refused(bot_token.apps_connections_open(app_token="xoxb-playground"))
        == "not_allowed_token_type"
    )
    assert await refused(app_token.auth_test()) == "not_allowed_token_type"
