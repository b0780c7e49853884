"""Tells open pages that something they show has changed."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from aiohttp import WSMsgType, web

from .channels import Channel

Sees = Callable[[str, Channel], bool]


class Live:
    """The WebSocket connections of pages, each of one person or of someone who watches everything."""

    def __init__(self, sees: Sees) -> None:
        self._sees = sees
        self._open: dict[web.WebSocketResponse, str | None] = {}
        self._pending: list[tuple[web.WebSocketResponse, str]] = []

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """`WS /live?user=U1`."""
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        self._open[socket] = request.query.get("user")
        try:
            await socket.send_json({"type": "hello"})
            async for message in socket:
                if message.type is WSMsgType.ERROR:
                    break
        finally:
            self._open.pop(socket, None)
        return socket

    def changed(
        self, what: str, *, users: Iterable[str] | None = None, channel: Channel | None = None, **about: Any
    ) -> None:
        """Queues the news for everyone concerned; `flush` sends it."""
        if not self._open:
            return
        news: dict[str, Any] = {"type": "changed", "what": what, **about}
        if channel is not None:
            news["channel"] = channel.id
        text = json.dumps(news)
        only = None if users is None else set(users)
        for socket, user in self._open.items():
            if user is not None:
                if only is not None and user not in only:
                    continue
                if only is None and channel is not None and not self._sees(user, channel):
                    continue
            self._pending.append((socket, text))

    @property
    def waiting(self) -> bool:
        """Whether there is news to send."""
        return bool(self._pending)

    async def flush(self) -> None:
        """Sends what is queued; a page that is gone is forgotten."""
        while self._pending:
            pending, self._pending = self._pending, []
            for socket, text in pending:
                try:
                    await socket.send_str(text)
                except ConnectionError:
                    self._open.pop(socket, None)

    async def close(self) -> None:
        """Ends every connection."""
        for socket in list(self._open):
            await socket.close()
