"""The playground put together: one server with the API, the control routes, the page and the sockets."""

import asyncio
import logging
import socket
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from . import events
from .acts import Acts
from .api.call import Address
from .calls import CallLog
from .commands import Commands
from .control import Control, own_origin_only, refusals
from .delivery import Delivery
from .errors import Refused
from .faults import Faults
from .interactions import Interactions
from .limits import Limits
from .live import Live
from .manifest import Manifest
from .people import APP_ID, BOT_USER
from .phones import Phones
from .responses import SECONDS, Responses
from .sockets import Sockets
from .web_api import WebApi
from .workspace import Workspace

DEFAULT_BOT = "http://127.0.0.1:3000/slack/events"
MOST_UPLOADED = 64 * 1024 * 1024


class Playground:
    """A Slack workspace on one port. Made by `start`, ended by `stop`."""

    def __init__(
        self,
        *,
        url: str,
        host: str,
        bot_url: str | None,
        signing_secret: str,
        bot_token: str,
        app_token: str,
        config_token: str,
        manifest: Mapping[str, Any] | None,
        workspace: Mapping[str, Any] | None,
        retry_delays: Sequence[float],
        answer_seconds: float,
        trigger_seconds: float,
        response_seconds: float,
        rate_limits: bool,
        keep_messages: int,
        call_log: bool,
    ) -> None:
        self.url = url
        self.token = "playground-verification-token"  # noqa: S105
        self._host = host
        self._trigger_seconds = trigger_seconds
        self._runner: web.AppRunner | None = None
        self.workspace = Workspace(Manifest(manifest), workspace, keep_messages)
        self.faults = Faults()
        self.limits = Limits(on=rate_limits)
        self.calls = CallLog(keep=call_log)
        self.phones = Phones()
        self.sockets = Sockets()
        self.responses = Responses(self.workspace, response_seconds)
        self.delivery = Delivery(
            bot_url=bot_url,
            signing_secret=signing_secret,
            faults=self.faults,
            sockets=self.sockets,
            retry_delays=retry_delays,
            answer_seconds=answer_seconds,
            sockets_only=lambda: self.workspace.manifest.socket_mode,
        )
        self.live = Live(self._sees)
        self._flushing: asyncio.Task[None] | None = None
        self._web_api = WebApi(
            self.workspace,
            self.faults,
            self.limits,
            self.calls,
            self.responses,
            address=Address(url, self._socket_address),
            bot_token=bot_token,
            app_token=app_token,
            config_token=config_token,
        )
        self.acts = Acts(
            self.workspace,
            self.delivery,
            Commands(self.workspace, self.delivery, self.responses, url, self.token),
            Interactions(self.workspace, self.delivery, self.responses, url, self.token),
        )
        self._begin()

    @classmethod
    async def start(
        cls,
        port: int = 0,
        bot_url: str | None = DEFAULT_BOT,
        *,
        host: str = "127.0.0.1",
        url: str | None = None,
        signing_secret: str = "playground-signing-secret",  # noqa: S107 a made-up secret of a made-up Slack
        bot_token: str = "xoxb-playground",  # noqa: S107
        app_token: str = "xapp-playground",  # noqa: S107
        config_token: str = "xoxe-playground",  # noqa: S107
        manifest: Mapping[str, Any] | None = None,
        workspace: Mapping[str, Any] | None = None,
        retry_delays: Sequence[float] = (0.0, 60.0, 300.0),
        answer_seconds: float = 3.0,
        trigger_seconds: float = 3.0,
        response_seconds: float = SECONDS,
        rate_limits: bool = False,
        keep_messages: int = 50_000,
        quiet: bool = True,
        call_log: bool = True,
    ) -> "Playground":
        """Starts a workspace in the running event loop.

        `port` 0 takes any free one; `.url` tells which. `url` is the address under which the bot reaches it,
        if that is another than where it listens. `bot_url` None sends nothing by HTTP. The seconds
        and delays are Slack's; tests shorten them. `call_log` False keeps no record of calls (benchmarks).
        """
        listening = socket.create_server((host, port))
        reachable = "127.0.0.1" if host in ("0.0.0.0", "") else host  # noqa: S104 nothing is bound here
        made = cls(
            url=url or f"http://{reachable}:{listening.getsockname()[1]}",
            host=host,
            bot_url=bot_url,
            signing_secret=signing_secret,
            bot_token=bot_token,
            app_token=app_token,
            config_token=config_token,
            manifest=manifest,
            workspace=workspace,
            retry_delays=retry_delays,
            answer_seconds=answer_seconds,
            trigger_seconds=trigger_seconds,
            response_seconds=response_seconds,
            rate_limits=rate_limits,
            keep_messages=keep_messages,
            call_log=call_log,
        )
        await made._listen(listening, quiet=quiet)
        return made

    async def _listen(self, listening: socket.socket, *, quiet: bool) -> None:
        app = web.Application(
            middlewares=[own_origin_only(self._host), refusals], client_max_size=MOST_UPLOADED
        )
        router = app.router
        router.add_route("*", "/api/{method}", self._web_api.serve)
        router.add_post("/response/{id}", self._web_api.respond)
        router.add_post("/upload/{id}", self._web_api.upload)
        router.add_get("/link/", self.sockets.serve)
        router.add_get("/live", self.live.serve)
        router.add_post("/phones/{kind}/{number}", self.phones.take)
        router.add_get("/phones", self.phones.show)
        Control(self).add_to(router)
        log = None if quiet else logging.getLogger("aiohttp.access")
        # A call that a fault holds must not hold up the end of the server.
        self._runner = web.AppRunner(app, access_log=log, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.SockSite(self._runner, listening).start()

    # -- the parts ------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self.workspace.announce = self._announce
        self.workspace.changed = self._changed
        self.workspace.views.trigger_seconds = self._trigger_seconds

    def _socket_address(self) -> str:
        address = self.url.replace("http", "ws", 1)
        return f"{address}/link/?ticket={self.sockets.ticket()}&app_id={APP_ID}"

    def _sees(self, user: str, channel: Any) -> bool:
        person = self.workspace.people.get(user)
        return person is not None and self.workspace.visible(person, channel)

    def _announce(self, subscription: str, event: dict[str, Any]) -> None:
        if self.workspace.manifest.wants(subscription):
            self.delivery.event(events.envelope(self.workspace, event, self.token))

    def _changed(self, what: str, **about: Any) -> None:
        self.live.changed(what, **about)
        if self.live.waiting and (self._flushing is None or self._flushing.done()):
            self._flushing = asyncio.get_running_loop().create_task(self.live.flush())

    def reset(self) -> None:
        """Messages, channels, faults, logs and addresses back to the beginning; the manifest stays."""
        self.faults.end_all()
        self.limits.reset()
        self.delivery.reset()
        self.responses.reset()
        self.calls.reset()
        self.phones.reset()
        self.workspace.reset()
        self._begin()
        self._changed("people")

    def install(self, document: Mapping[str, Any] | None) -> list[str]:
        """Installs another manifest; returns what will not work with it. Raises Refused (400)."""
        try:
            manifest = Manifest(document)
        except (TypeError, KeyError, AttributeError) as error:
            raise Refused(400, "invalid_manifest", f"not the form of a manifest: {error}") from error
        self.workspace.manifest = manifest
        bot = self.workspace.people[BOT_USER]
        bot.name, bot.real_name = manifest.name, manifest.name.capitalize()
        self._changed("people")
        return manifest.warnings()

    async def stop(self) -> None:
        """Ends everything: held calls first, then the bot's connections, then the server."""
        self.faults.end_all()
        await self.sockets.close()
        await self.live.close()
        if self._runner is not None:
            await self._runner.cleanup()
        await self.delivery.close()
