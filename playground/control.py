"""The control routes: what people do and see, the whole workspace, calls, deliveries and faults."""

import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiohttp import web

from . import screen
from .api.call import read_arguments
from .calls import Call, readable
from .errors import Refused, SlackError
from .people import APP_ID, BOT_ID, BOT_USER, TEAM_DOMAIN, TEAM_ID

if TYPE_CHECKING:
    from .server import Playground

PAGE = Path(__file__).parent / "page"
_OF_THE_BOT = ("/api/", "/response/", "/upload/", "/link/")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def own_origin_only(listen: str) -> Any:
    """Keeps other sites' pages, open in the same browser, away from the control routes.

    On a loopback address the Host is checked too: a name that was rebound to 127.0.0.1 is another site.
    """

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(_OF_THE_BOT):
            origin = request.headers.get("Origin")
            if origin is not None and urlsplit(origin).netloc != request.host:
                return _json(Refused(400, "foreign_origin", origin).answer(), 403)
            name = urlsplit(f"//{request.host}").hostname
            if listen in _LOOPBACK and name not in _LOOPBACK:
                return _json(Refused(400, "foreign_host", request.host).answer(), 403)
        return await handler(request)

    return guard


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns Refused into its answer."""
    try:
        return await handler(request)
    except Refused as refused:
        return _json(refused.answer(), refused.status)


def _json(answer: Any, status: int = 200) -> web.Response:
    return web.Response(
        status=status,
        body=json.dumps(answer, ensure_ascii=False).encode(),
        headers={"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"},
    )


async def _body(request: web.Request) -> Mapping[str, Any]:
    sent = await request.read()
    if not sent:
        return {}
    try:
        body = json.loads(sent)
    except ValueError as error:
        raise Refused(400, "invalid_json", str(error)) from error
    if not isinstance(body, dict):
        raise Refused(400, "invalid_json", "an object is expected")
    return body


def _number(request: web.Request, name: str, default: int) -> int:
    try:
        return int(request.query.get(name, default))
    except ValueError:
        raise Refused(400, "invalid_number", name) from None


class Control:
    """The routes of the page and the tests."""

    def __init__(self, playground: "Playground") -> None:
        self._playground = playground
        self._workspace = playground.workspace

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Registers every route."""
        router.add_post("/people/{user}/{act}", self.act)
        router.add_get("/people/{user}/screen", self.screen)
        router.add_get("/people/{user}/messages", self.messages)
        router.add_get("/people/{user}/find", self.find)
        router.add_get("/workspace", self.workspace)
        router.add_post("/workspace/people", self.add_person)
        router.add_post("/workspace/channels", self.add_channel)
        router.add_post("/workspace/usergroups", self.add_group)
        router.add_post("/workspace/reset", self.reset)
        router.add_post("/workspace/manifest", self.install)
        router.add_post("/workspace/url_verification", self.verify_url)
        router.add_post("/workspace/socket_disconnect", self.socket_disconnect)
        router.add_get("/calls", self.calls)
        router.add_get("/deliveries", self.deliveries)
        router.add_get("/faults", self.faults)
        router.add_post("/faults", self.add_fault)
        router.add_delete("/faults", self.end_faults)
        router.add_post("/faults/dead", self.dead)
        router.add_post("/faults/alive", self.alive)
        router.add_post("/faults/rate-limits", self.rate_limits)
        router.add_delete("/faults/{id}", self.end_fault)
        router.add_get("/files/{id}/{name}", self.file)
        router.add_get("/archives/{channel}/{message}", self.page)
        router.add_get("/", self.page)
        if PAGE.is_dir():
            router.add_static("/page/", PAGE)

    # -- people ---------------------------------------------------------------------------------------

    async def act(self, request: web.Request) -> web.Response:
        """`POST /people/<user>/<act>`."""
        user, act = request.match_info["user"], request.match_info["act"]
        return _json(await self._playground.acts.do(user, act, await _body(request)))

    async def screen(self, request: web.Request) -> web.Response:
        """`GET /people/<user>/screen`."""
        return _json(screen.screen(self._workspace, self._workspace.person(request.match_info["user"])))

    async def messages(self, request: web.Request) -> web.Response:
        """`GET /people/<user>/messages`."""
        person = self._workspace.person(request.match_info["user"])
        channel = self._workspace.seen(person, request.query.get("channel", ""))
        thread = request.query.get("thread_ts") or None
        shown = screen.messages(
            self._workspace, person, channel, thread, _number(request, "limit", 100), self._playground.url
        )
        return _json({"messages": shown})

    async def find(self, request: web.Request) -> web.Response:
        """`GET /people/<user>/find`."""
        person = self._workspace.person(request.match_info["user"])
        text = request.query.get("text", "")
        return _json({"messages": screen.find(self._workspace, person, text, self._playground.url)})

    # -- the workspace --------------------------------------------------------------------------------

    async def workspace(self, request: web.Request) -> web.Response:
        """`GET /workspace`."""
        shown = screen.overview(self._workspace)
        bot = {"user_id": BOT_USER, "bot_id": BOT_ID, "app_id": APP_ID, "name": shown.pop("bot_name")}
        team = {"id": TEAM_ID, "name": self._workspace.team_name, "domain": TEAM_DOMAIN}
        return _json({"team": team, "bot": bot, **shown})

    async def add_person(self, request: web.Request) -> web.Response:
        """`POST /workspace/people`."""
        return _json({"ok": True, "person": self._workspace.add_person(await _body(request)).card()})

    async def add_channel(self, request: web.Request) -> web.Response:
        """`POST /workspace/channels`."""
        body = await _body(request)
        if not isinstance(body.get("name"), str):
            raise Refused(400, "missing_field", "name")
        channel = self._workspace.add_channel(body)
        self._workspace.changed("channel", channel=channel)
        return _json({"ok": True, "channel": channel.card(None, channel.name)})

    async def add_group(self, request: web.Request) -> web.Response:
        """`POST /workspace/usergroups`."""
        body = await _body(request)
        if not {"name", "handle"} <= set(body):
            raise Refused(400, "missing_field", "name and handle")
        return _json({"ok": True, "usergroup": self._workspace.add_group(body)})

    async def reset(self, request: web.Request) -> web.Response:
        """`POST /workspace/reset`."""
        self._playground.reset()
        return _json({"ok": True})

    async def install(self, request: web.Request) -> web.Response:
        """`POST /workspace/manifest`."""
        body = await _body(request)
        return _json({"ok": True, "warnings": self._playground.install(body or None)})

    async def verify_url(self, request: web.Request) -> web.Response:
        """`POST /workspace/url_verification`: asks the bot's URL for the challenge, as Slack does once."""
        challenge = self._workspace.ids.secret(48)
        reply = await self._playground.delivery.ask_challenge(self._playground.token, challenge)
        answer = reply.body.get("challenge") if isinstance(reply.body, dict) else reply.body
        return _json({**reply.json(), "verified": reply.delivered and answer == challenge})

    async def socket_disconnect(self, request: web.Request) -> web.Response:
        """`POST /workspace/socket_disconnect`: tells Socket Mode connections to come again."""
        body = await _body(request)
        reason = str(body.get("reason", "refresh_requested"))
        return _json({"ok": True, "asked": await self._playground.sockets.ask_to_leave(reason)})

    # -- what happened --------------------------------------------------------------------------------

    async def calls(self, request: web.Request) -> web.Response:
        """`GET /calls`."""
        log = self._playground.calls
        found = log.since(_number(request, "since", 0), request.query.get("method"))
        return _json({"calls": [_call(call) for call in found], "total": log.total})

    async def deliveries(self, request: web.Request) -> web.Response:
        """`GET /deliveries`."""
        return _json({"deliveries": self._playground.delivery.log()})

    # -- faults ---------------------------------------------------------------------------------------

    def _faults_changed(self) -> web.Response:
        self._workspace.changed("faults")
        return _json({"ok": True})

    async def faults(self, request: web.Request) -> web.Response:
        """`GET /faults`."""
        faults = self._playground.faults
        limits = self._playground.limits
        listed = [fault.json() for fault in faults]
        return _json({"faults": listed, "dead": faults.dead, "rate_limits": limits.on})

    async def add_fault(self, request: web.Request) -> web.Response:
        """`POST /faults`."""
        fault = self._playground.faults.add(await _body(request))
        self._workspace.changed("faults")
        return _json({"ok": True, "id": fault.id, "fault": fault.json()})

    async def end_fault(self, request: web.Request) -> web.Response:
        """`DELETE /faults/<id>`."""
        self._playground.faults.end(request.match_info["id"])
        return self._faults_changed()

    async def end_faults(self, request: web.Request) -> web.Response:
        """`DELETE /faults`."""
        self._playground.faults.end_all()
        return self._faults_changed()

    async def dead(self, request: web.Request) -> web.Response:
        """`POST /faults/dead`."""
        self._playground.faults.dead = True
        return self._faults_changed()

    async def alive(self, request: web.Request) -> web.Response:
        """`POST /faults/alive`."""
        self._playground.faults.dead = False
        return self._faults_changed()

    async def rate_limits(self, request: web.Request) -> web.Response:
        """`POST /faults/rate-limits`."""
        body = await _body(request)
        self._playground.limits.on = bool(body.get("on", True))
        self._playground.limits.reset()
        return self._faults_changed()

    # -- files and the page ---------------------------------------------------------------------------

    async def file(self, request: web.Request) -> web.Response:
        """A file's bytes. What the bot uploaded is shown, never run: a page in it gets no rights here."""
        file = self._workspace.files.get(request.match_info["id"])
        if file is None or file.content is None:
            raise Refused(404, "file_not_found", request.match_info["id"])
        kind = "attachment" if "download" in request.query else "inline"
        return web.Response(
            body=file.content,
            headers={
                "Content-Type": file.mimetype,
                "Content-Disposition": kind,
                "Content-Security-Policy": "sandbox; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'",
                "X-Content-Type-Options": "nosniff",
            },
        )

    async def page(self, request: web.Request) -> web.StreamResponse:
        """The browser page, also under the address of a message."""
        index = PAGE / "index.html"
        if not index.is_file():
            raise Refused(404, "no_page", "this checkout has no page")
        return web.FileResponse(index, headers={"Cache-Control": "no-cache"})


def _call(call: Call) -> dict[str, Any]:
    try:
        args = read_arguments(call.content_type, call.query, call.sent)[0]
    except SlackError:
        args = {}
    args.pop("token", None)
    for name in ("blocks", "view", "metadata", "attachments", "files"):
        if isinstance(args.get(name), str):
            try:
                args[name] = json.loads(args[name])
            except ValueError:
                continue
    shown = {
        "n": call.n,
        "at": call.at,
        "method": call.method,
        "args": args,
        "answer": readable(call.answer),
        "status": call.status,
    }
    return shown | ({"fault": call.fault} if call.fault else {})
