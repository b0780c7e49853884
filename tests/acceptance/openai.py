"""A language model of the tests' own behind OpenAI's chat completions: their shapes, their errors, their faults.

Its shapes are those of developers.openai.com/api/reference (Create chat completion) and of its guide to error codes.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Json = dict[str, Any]
KEY = "sk-proj-c0ffee5ecret"
MODEL = "gpt-4o-mini"
_LINE = re.compile(r"(\d+)\| (.*)")


def politely(sentence: str) -> str:
    """What the model does with a sentence unless a test says otherwise: other words, and the same facts."""
    return re.sub(r"^(\W*\w)", lambda match: f"In short, {match[1]}", sentence, count=1)


@dataclass
class OpenAI:
    """`requests` are all that came, with their headers; `faults` befall the next ones."""

    requests: list[Json] = field(default_factory=list)
    faults: list[Json] = field(default_factory=list)
    wording: Callable[[str], str] = politely
    url: str = ""
    hanging: asyncio.Event = field(default_factory=asyncio.Event)

    def sentences(self, number: int = -1) -> dict[int, str]:
        """Those that a request asked about."""
        asked = self.requests[number]["body"]["messages"][1]["content"]
        return {int(match[1]): match[2] for match in map(_LINE.fullmatch, asked.splitlines()) if match}

    @property
    def seen(self) -> str:
        """Everything that ever came here."""
        return json.dumps(self.requests)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        text = await request.text()
        body = json.loads(text) if text else None
        self.requests.append(
            {
                "method": request.method,
                "path": request.path,
                "headers": dict(request.headers),
                "body": body,
            }
        )
        fault = self.faults.pop(0) if self.faults else {}
        if fault.get("hangs"):
            await self.hanging.wait()
        if "redirect" in fault:
            return web.Response(status=307, headers={"Location": fault["redirect"]})
        if "raw" in fault:
            return web.Response(
                body=fault["raw"], status=fault.get("status", 200), content_type="application/json"
            )
        if "status" in fault:
            return self._error(fault)
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return self._error({"status": 401, "code": "invalid_api_key", "type": "invalid_request_error"})
        if (request.method, request.path) != ("POST", "/v1/chat/completions"):
            return self._error({"status": 404, "type": "invalid_request_error"})
        said = fault.get("says")
        return self._completion(body, said if said is not None else self._answer(), fault)

    def _answer(self) -> str:
        return "\n".join(f"{number}| {self.wording(text)}" for number, text in self.sentences().items())

    def _completion(self, body: Json, said: str | None, fault: Json) -> web.Response:
        message = {"role": "assistant", "content": said, "refusal": fault.get("refusal"), "annotations": []}
        if "refusal" in fault:
            message["content"] = None
        return web.json_response(
            {
                "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
                "object": "chat.completion",
                "created": 1741569952,
                "model": f"{body['model']}-2024-07-18",
                "choices": [
                    {
                        "index": 0,
                        "message": message,
                        "logprobs": None,
                        "finish_reason": fault.get("finish", "stop"),
                    }
                ],
                "usage": {"prompt_tokens": 19, "completion_tokens": 10, "total_tokens": 29},
                "service_tier": "default",
                "system_fingerprint": "fp_b8bc95a0ac",
            }
        )

    def _error(self, fault: Json) -> web.Response:
        said = {
            "error": {
                # As OpenAI does: a part of the key stands in the sentence.
                "message": f"Incorrect API key provided: {KEY[:9]}***{KEY[-4:]}. You can find yours in your account.",
                "type": fault.get("type", "server_error"),
                "param": None,
                "code": fault.get("code"),
            }
        }
        return web.json_response(said, status=fault["status"], headers=fault.get("headers"))


@asynccontextmanager
async def openai_server() -> AsyncIterator[OpenAI]:
    model = OpenAI()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", model.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    model.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield model
    finally:
        model.hanging.set()
        await runner.cleanup()
