"""The people who act in the playground, a small Bolt app as the bot, and blocks to show them."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import ClientSession, web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

SECRET = "playground-signing-secret"
INCIDENTS, GENERAL, PAYMENTS = "C01INCIDENTS", "C01GENERAL", "C01PAYMENTS"
ADA, BEN, HAL = "U01ADA", "U01BEN", "U01HAL"


class Control:
    """The control routes, as the page and the tests use them."""

    def __init__(self, http: ClientSession, url: str) -> None:
        self._http = http
        self.url = url

    async def get(self, path: str, **query: Any) -> Any:
        async with self._http.get(self.url + path, params=query) as answer:
            return await answer.json()

    async def post(self, path: str, _status: int = 200, **body: Any) -> Any:
        async with self._http.post(self.url + path, json=body) as answer:
            found = await answer.json()
            assert answer.status == _status, found
            return found

    async def delete(self, path: str) -> Any:
        async with self._http.delete(self.url + path) as answer:
            return await answer.json()

    async def fault(self, on: str, kind: str, **about: Any) -> str:
        answer = await self.post("/faults", on=on, kind=kind, **about)
        fault_id: str = answer["id"]
        return fault_id


class Someone:
    """A person of the company: what they do and see."""

    def __init__(self, control: Control, user: str) -> None:
        self.id = user
        self.control = control

    async def does(self, act: str, _status: int = 200, **body: Any) -> Any:
        return await self.control.post(f"/people/{self.id}/{act}", _status, **body)

    async def types(self, line: str, channel: str = INCIDENTS) -> Any:
        return await self.does("command", channel=channel, text=line)

    async def says(self, text: str, channel: str = INCIDENTS, **more: Any) -> Any:
        return await self.does("message", channel=channel, text=text, **more)

    async def screen(self) -> Any:
        return await self.control.get(f"/people/{self.id}/screen")

    async def modal(self) -> Any:
        return (await self.screen())["views"][-1]

    async def reads(self, channel: str = INCIDENTS, **query: Any) -> list[Any]:
        answer = await self.control.get(f"/people/{self.id}/messages", channel=channel, **query)
        found: list[Any] = answer["messages"]
        return found

    async def texts(self, channel: str = INCIDENTS, **query: Any) -> list[str]:
        return [message["text"] for message in await self.reads(channel, **query)]


class Bot:
    """A Bolt app; `heard` holds the events that it got, `requests` the raw headers of each request."""

    def __init__(self, client: AsyncWebClient) -> None:
        self.app = AsyncApp(client=client, signing_secret=SECRET, process_before_response=True)
        self.heard: list[dict[str, Any]] = []
        self.requests: list[dict[str, str]] = []

    def kinds(self) -> list[str]:
        return [
            f"{event['type']}/{event['subtype']}" if "subtype" in event else event["type"]
            for event in self.heard
        ]

    def listen_to_everything(self) -> None:
        async def hear(event: dict[str, Any]) -> None:
            self.heard.append(event)

        self.app.event(re.compile(".*"))(hear)

    async def answer(self, request: web.Request) -> web.Response:
        self.requests.append(dict(request.headers))
        return await to_aiohttp_response(await self.app.async_dispatch(await to_bolt_request(request)))


async def serve(handler: Any) -> tuple[web.AppRunner, str]:
    """Serves a bot's request URL on a free port."""
    site = web.Application()
    site.router.add_post("/slack/events", handler)
    runner = web.AppRunner(site, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"


def button(action_id: str = "ok", **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": "OK"}, **more}


def actions(*elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements), **more}


def section(text: str = "Checkout is down", **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def typed(block_id: str = "title", **more: Any) -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": "a", **more.pop("element", {})}
    return {"type": "input", "block_id": block_id, "label": plain("Title"), "element": element, **more}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": "declare",
        "title": plain("Declare"),
        "submit": plain("Go"),
        "blocks": list(blocks) or [typed()],
        **more,
    }


async def refused(awaitable: Any) -> str:
    """The error code of a Web API call that Slack refuses."""
    with pytest.raises(SlackApiError) as caught:
        await awaitable
    error: str = caught.value.response["error"]
    return error


async def until(condition: Callable[[], bool]) -> None:
    """Waits for something that happens on its own."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 the condition is another's state, nobody sets an event for it
            await asyncio.sleep(0.01)
