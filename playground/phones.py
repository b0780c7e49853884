"""Telephones: what is sent to them by SMS or read aloud in a call. A gateway for bots, and a screen for people."""

import json
import time
from collections import deque
from typing import Any

from aiohttp import web

from .errors import Refused

KINDS = ("sms", "voice")
MOST_KEPT = 500
LONGEST = 4000


class Phones:
    """The newest messages to all numbers."""

    def __init__(self) -> None:
        self._total = 0
        self._arrived: deque[dict[str, Any]] = deque(maxlen=MOST_KEPT)

    def reset(self) -> None:
        """Forgets everything."""
        self._total = 0
        self._arrived.clear()

    async def take(self, request: web.Request) -> web.Response:
        """`POST /phones/<sms or voice>/<number>` with `{"title"?, "message"}`, as a gateway is called.

        Raises Refused for another kind, and for what is no such object.
        """
        kind = request.match_info["kind"]
        if kind not in KINDS:
            raise Refused(404, "unknown_kind", f"{kind}; known are {', '.join(KINDS)}")
        try:
            sent = json.loads(await request.read())
        except ValueError as error:
            raise Refused(400, "invalid_json", str(error)) from error
        if not isinstance(sent, dict) or not isinstance(sent.get("message"), str):
            raise Refused(400, "invalid_json", "an object with a message is expected")
        self._total += 1
        message = {
            "n": self._total,
            "at": time.time(),
            "kind": kind,
            "number": request.match_info["number"],
            "title": str(sent.get("title") or "")[:LONGEST],
            "text": sent["message"][:LONGEST],
        }
        self._arrived.append(message)
        return web.json_response({"ok": True, "id": f"P{self._total}"})

    async def show(self, request: web.Request) -> web.Response:
        """`GET /phones`: what arrived, oldest first."""
        return web.json_response({"messages": list(self._arrived)}, headers={"Cache-Control": "no-store"})
