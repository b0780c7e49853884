"""Slack's side of Socket Mode: a WebSocket on which the bot gets its requests instead of HTTP."""

import asyncio
import itertools
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from .people import APP_ID

MOST_CONNECTIONS = 10
SECONDS_TO_LEAVE = 10


@dataclass(eq=False, slots=True)
class Connection:
    """One open WebSocket of the bot and the envelopes that it has not acknowledged."""

    socket: web.WebSocketResponse
    number: int
    waiting: dict[str, asyncio.Future[Any]] = field(default_factory=dict)


class Sockets:
    """The bot's connections, at most ten; each envelope goes to any one of them."""

    def __init__(self) -> None:
        self.open: list[Connection] = []
        self._tickets: set[str] = set()
        self._turn = itertools.count()
        self._numbers = itertools.count(1)
        self._leaving: set[asyncio.Task[None]] = set()

    def ticket(self) -> str:
        """A way in, good for one connection: apps.connections.open."""
        made = str(uuid.uuid4())
        self._tickets.add(made)
        return made

    @property
    def connected(self) -> bool:
        """Whether the bot is there."""
        return bool(self.open)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """`WS /link/?ticket=…`."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.json_response({"ok": False, "error": "invalid_ticket"}, status=403)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(heartbeat=30, max_msg_size=1024 * 1024)
        await socket.prepare(request)
        connection = Connection(socket, next(self._numbers))
        if len(self.open) >= MOST_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        try:
            await socket.send_json(
                {
                    "type": "hello",
                    "num_connections": len(self.open) + 1,
                    "debug_info": _debug(connection) | {"approximate_connection_time": 18060},
                    "connection_info": {"app_id": APP_ID},
                }
            )
            self.open.append(connection)
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    _acknowledged(connection, message.data)
        finally:
            self._gone(connection)
        return socket

    def _gone(self, connection: Connection) -> None:
        if connection in self.open:
            self.open.remove(connection)
        for future in connection.waiting.values():
            if not future.done():
                future.set_exception(ConnectionResetError("the bot closed its connection"))

    async def send(
        self,
        kind: str,
        payload: dict[str, Any],
        *,
        accepts_payload: bool,
        seconds: float,
        attempt: int = 0,
        reason: str = "",
    ) -> Any:
        """Sends an envelope and waits for its acknowledgement, whose payload is returned.

        Raises ConnectionError when nobody is connected, TimeoutError when no acknowledgement comes.
        """
        if not self.open:
            raise ConnectionRefusedError("no Socket Mode connection is open")
        connection = self.open[next(self._turn) % len(self.open)]
        envelope: dict[str, Any] = {
            "envelope_id": str(uuid.uuid4()),
            "payload": payload,
            "type": kind,
            "accepts_response_payload": accepts_payload,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": reason}
        answered: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        connection.waiting[envelope["envelope_id"]] = answered
        try:
            await connection.socket.send_json(envelope)
            async with asyncio.timeout(seconds):
                return await answered
        finally:
            connection.waiting.pop(envelope["envelope_id"], None)

    async def ask_to_leave(self, reason: str) -> int:
        """Tells every connection to come again, as Slack does every few hours.

        It gets no more envelopes. Slack closes it some seconds later: a bot that was told by both would come again twice.
        """
        leaving = list(self.open)
        self.open.clear()
        for connection in leaving:
            await connection.socket.send_json(
                {"type": "disconnect", "reason": reason, "debug_info": _debug(connection)}
            )
            task = asyncio.create_task(_close_later(connection.socket))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)
        return len(leaving)

    async def close(self) -> None:
        """Ends every connection."""
        for task in self._leaving:
            task.cancel()
        for connection in list(self.open):
            await connection.socket.close()


async def _close_later(socket: web.WebSocketResponse) -> None:
    await asyncio.sleep(SECONDS_TO_LEAVE)
    await socket.close()


def _debug(connection: Connection) -> dict[str, Any]:
    return {"host": f"applink-playground-{connection.number}", "build_number": 1}


def _acknowledged(connection: Connection, text: str) -> None:
    try:
        answer = json.loads(text)
    except ValueError:
        return  # slack_sdk sends a plain-text ping of its own now and then
    if not isinstance(answer, dict):
        return
    future = connection.waiting.get(answer.get("envelope_id", ""))
    if future is not None and not future.done():
        future.set_result(answer.get("payload"))
