"""Serves the Web API: tokens, scopes, rate limits, faults, and the log of calls around each method."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from .api import APP_TOKEN_METHODS, CONFIG_TOKEN_METHODS, METHODS, OPEN_METHODS
from .api.call import Address, Answer, Call, read_arguments
from .calls import CallLog
from .errors import SlackError
from .faults import API_KINDS, Fault, Faults
from .limits import Limits
from .responses import Responses
from .workspace import Workspace

_HTML = "<html><body><h1>Server Error</h1></body></html>"


class WebApi:
    """Slack's side of everything that the bot calls."""

    def __init__(
        self,
        workspace: Workspace,
        faults: Faults,
        limits: Limits,
        calls: CallLog,
        responses: Responses,
        *,
        address: Address,
        bot_token: str,
        app_token: str,
        config_token: str,
    ) -> None:
        self._workspace = workspace
        self._faults = faults
        self._limits = limits
        self._calls = calls
        self._responses = responses
        self._address = address
        self._tokens = {bot_token: "bot", app_token: "app", config_token: "config"}

    # -- methods --------------------------------------------------------------------------------------

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """`POST /api/<method>`."""
        sent = await request.read()
        method = request.match_info["method"]
        content_type = request.headers.get("Content-Type", "")
        query = request.query_string
        token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()

        def arguments() -> Mapping[str, Any]:
            try:
                return read_arguments(content_type, query, sent)[0]
            except SlackError:
                return {}

        def act() -> tuple[int, bytes, dict[str, str]]:
            return self._act(method, token, content_type, query, sent)

        fault = None
        if self._faults.dead:
            fault = Fault("dead", "*", "drop")
        else:
            fault = self._faults.strike(method, API_KINDS, arguments)
        log = _Entry(self._calls, method, content_type, query, sent, fault)
        if fault is None:
            status, body, headers = act()
            log.write(status, body)
            return web.Response(status=status, body=body, headers=headers)
        return await self._faulty(request, fault, act, log)

    def _act(
        self, method: str, token: str, content_type: str, query: str, sent: bytes
    ) -> tuple[int, bytes, dict[str, str]]:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-OAuth-Scopes": self._workspace.manifest.scope_line,
        }
        try:
            args, warning = read_arguments(content_type, query, sent)
            answer = self._answer(method, token or str(args.get("token", "")), args)
            if warning:
                answer = _warned(answer, warning)
        except _RateLimited as limited:
            headers["Retry-After"] = str(limited.seconds)
            return 429, b'{"ok":false,"error":"ratelimited"}', headers
        except SlackError as error:
            answer = error.answer()
        return 200, json.dumps(answer).encode(), headers

    def _answer(self, method: str, token: str, args: Mapping[str, Any]) -> Answer:
        known = METHODS.get(method)
        if known is None:
            raise SlackError("unknown_method", req_method=method)
        if method not in OPEN_METHODS:
            self._check_token(method, token)
        if self._limits.on and (
            seconds := self._limits.retry_after(method, known.tier, str(args.get("channel", "")))
        ):
            raise _RateLimited(seconds)
        call = Call(self._workspace, args, self._address)
        if known.scope is not None:
            call.need(known.scope)
        return known.act(call)

    def _check_token(self, method: str, token: str) -> None:
        if not token:
            raise SlackError("not_authed")
        kind = self._tokens.get(token)
        if kind is None:
            raise SlackError("invalid_auth")
        wanted = (
            "app" if method in APP_TOKEN_METHODS else "config" if method in CONFIG_TOKEN_METHODS else "bot"
        )
        if kind != wanted:
            raise SlackError("not_allowed_token_type")

    # -- response_urls and uploads --------------------------------------------------------------------

    async def respond(self, request: web.Request) -> web.StreamResponse:
        """`POST /response/<id>`."""
        sent = await request.read()
        content_type = request.headers.get("Content-Type", "application/json")

        def arguments() -> Mapping[str, Any]:
            try:
                args = read_arguments(content_type, "", sent)[0]
            except SlackError:
                return {}
            return args

        def act() -> tuple[int, bytes, dict[str, str]]:
            try:
                args = read_arguments(content_type, "", sent)[0]
                if "payload" in args:
                    args = json.loads(args["payload"])
                self._responses.use(request.match_info["id"], args)
            except SlackError as error:
                gone = error.error in ("used_url", "expired_url", "no_active_hooks")
                answer = json.dumps(error.answer()).encode()
                return 404 if gone else 400, answer, {"Content-Type": "application/json"}
            return 200, b"ok", {"Content-Type": "text/html; charset=utf-8"}

        return await self._aside(request, "response_url", content_type, sent, arguments, act)

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """`POST /upload/<id>`: the bytes of a file, raw or as a form."""
        sent = await request.read()
        name = request.match_info["id"]

        def act() -> tuple[int, bytes, dict[str, str]]:
            file = self._workspace.files.get(name)
            if file is None or file.completed:
                return 404, b"Not Found", {}
            content = _file_part(request.headers.get("Content-Type", ""), sent)
            if len(content) != file.length:
                return 400, b"The length is not what was announced", {}
            file.content = content
            return 200, f"OK - {len(content)}".encode(), {}

        return await self._aside(request, "upload", "upload", b"", lambda: {"file": name}, act)

    async def _aside(
        self, request: web.Request, on: str, content_type: str, sent: bytes, arguments: Any, act: Any
    ) -> web.StreamResponse:
        fault = (
            Fault("dead", "*", "drop") if self._faults.dead else self._faults.strike(on, API_KINDS, arguments)
        )
        log = _Entry(self._calls, on, content_type, "", sent, fault)
        if fault is None:
            status, body, headers = act()
            log.write(status, body)
            return web.Response(status=status, body=body, headers=headers)
        return await self._faulty(request, fault, act, log)

    # -- faults ---------------------------------------------------------------------------------------

    async def _faulty(
        self, request: web.Request, fault: Fault, act: Any, log: "_Entry"
    ) -> web.StreamResponse:
        done: tuple[int, bytes, dict[str, str]] | None = act() if fault.after_the_act else None
        match fault.kind.removesuffix("_after"):
            case "ratelimited":
                headers = {"Retry-After": str(fault.retry_after)}
                return log.respond(429, b'{"ok":false,"error":"ratelimited"}', headers)
            case "error":
                answer = json.dumps({"ok": False, "error": fault.error}).encode()
                # Only methods refuse with 200
                status = 200 if request.path.startswith("/api/") else 404
                return log.respond(status, answer, {"Content-Type": "application/json; charset=utf-8"})
            case "status":
                return log.respond(fault.status, _HTML.encode(), {"Content-Type": "text/html"}, done)
            case "garbage":
                return log.respond(
                    200, b"<!doctype html><p>not JSON", {"Content-Type": "application/json"}, done
                )
            case "drop":
                log.write(None, done[1] if done else None)
                return _drop(request)
            case "hang":
                log.write(None, done[1] if done else None)
                await self._hang(fault)
                return _drop(request)
            case "pause":
                await self._faults.hold(fault)
                done = done or act()
            case _:
                await self._hang(fault)
                done = done or act()
        return log.respond(*done)

    async def _hang(self, fault: Fault) -> None:
        try:
            async with asyncio.timeout(fault.seconds):
                await self._faults.hold(fault)
        except TimeoutError:
            return


class _RateLimited(Exception):
    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class _Entry:
    """The line of the log that a call will get once it is known how it ended."""

    __slots__ = ("_calls", "_what", "fault")

    def __init__(
        self, calls: CallLog, method: str, content_type: str, query: str, sent: bytes, fault: Fault | None
    ) -> None:
        self._calls = calls
        self._what = (method, content_type, query, sent)
        self.fault = fault

    def write(self, status: int | None, answer: bytes | None) -> None:
        """Notes the call; `status` None when it got no answer."""
        self._calls.add(*self._what, answer, status, self.fault.kind if self.fault else None)

    def respond(
        self,
        status: int,
        body: bytes,
        headers: dict[str, str],
        done: tuple[int, bytes, dict[str, str]] | None = None,
    ) -> web.Response:
        """Notes and answers. The log shows what was carried out, even if the bot is told otherwise."""
        self.write(status, done[1] if done else body)
        return web.Response(status=status, body=body, headers=headers)


def _drop(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _warned(answer: Answer, warning: str) -> Answer:
    about = dict(answer.get("response_metadata", {}))
    about["warnings"] = [*about.get("warnings", []), warning]
    return {**answer, "warning": answer.get("warning", warning), "response_metadata": about}


def _file_part(content_type: str, sent: bytes) -> bytes:
    if not content_type.startswith("multipart/form-data"):
        return sent
    boundary = content_type.partition("boundary=")[2].split(";")[0].strip().strip('"')
    parts = sent.split(b"--" + boundary.encode())[1:-1]
    return parts[0].partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") if parts else b""
