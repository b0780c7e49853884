"""Everything that goes to the bot: signed HTTP requests or Socket Mode envelopes, and retries of events."""

import asyncio
import hashlib
import hmac
import json
import time
import urllib.parse
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from .faults import EVENT_KINDS, REQUEST_KINDS, Faults
from .sockets import Sockets

MOST_DELIVERIES = 10_000
MOST_AT_ONCE = 100
# A bot that is down while thousands of events happen hears of the newest ones only once.
MOST_RETRIED = 5_000
_SOCKET_TYPES = {"command": "slash_commands", "event": "events_api"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What the bot answered. `failure` says in Slack's word why it counts as no answer."""

    status: int | None
    body: Any
    took_ms: float
    failure: str | None = None
    no_retry: bool = False

    sent: bool = True

    @property
    def delivered(self) -> bool:
        """Whether the bot answered in time with 2xx."""
        return self.failure is None

    def json(self) -> dict[str, Any]:
        """The beginning of an act's answer."""
        return {
            "ok": True,
            "delivered": self.delivered if self.sent else None,
            "status": self.status,
            "body": self.body,
            "took_ms": self.took_ms,
        } | ({"failure": self.failure} if self.failure else {})


# Nothing was to be sent: the bot did not subscribe, or the act concerns only the person.
NOT_SENT = Reply(None, None, 0.0, sent=False)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's `v0` signature of a request."""
    signed = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


class Delivery:
    """Sends to the bot: by Socket Mode while a connection is open or the manifest asks for it, else by HTTP."""

    def __init__(
        self,
        *,
        bot_url: str | None,
        signing_secret: str,
        faults: Faults,
        sockets: Sockets,
        retry_delays: Sequence[float],
        answer_seconds: float,
        sockets_only: Callable[[], bool],
    ) -> None:
        self.bot_url = bot_url
        self._secret = signing_secret
        self._faults = faults
        self._sockets = sockets
        self._sockets_only = sockets_only
        self._retry_delays = retry_delays
        self._answer_seconds = answer_seconds
        self._log: deque[dict[str, Any]] = deque(maxlen=MOST_DELIVERIES)
        self._count = 0
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[Reply]] = set()
        self._at_once = asyncio.Semaphore(MOST_AT_ONCE)
        self._watched: list[asyncio.Future[Reply]] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether an event is under way to the bot, or waits to be sent again."""
        return bool(self._tasks)

    # -- commands, clicks, submissions ----------------------------------------------------------------

    async def command(self, fields: dict[str, str]) -> Reply:
        """A slash command: a form of fields."""
        body = urllib.parse.urlencode(fields).encode()
        return await self._twice_or_once("command", "command", fields, body)

    async def interaction(self, on: str, payload: dict[str, Any]) -> Reply:
        """A click, a submission or a shortcut: a form with one field, `payload`."""
        body = urllib.parse.urlencode({"payload": json.dumps(payload)}).encode()
        return await self._twice_or_once(on, str(payload["type"]), payload, body)

    async def _twice_or_once(self, on: str, kind: str, payload: dict[str, Any], body: bytes) -> Reply:
        about = {"command": payload.get("command"), "callback_id": payload.get("callback_id"), "type": kind}
        for action in payload.get("actions", [])[:1]:
            about["action_id"] = action["action_id"]
        headers = self._signed(body, "application/x-www-form-urlencoded")
        if self._faults.strike(on, REQUEST_KINDS, lambda: about) is None:
            return await self._send(kind, payload, body, headers, accepts_payload=True)
        first, _ = await asyncio.gather(
            self._send(kind, payload, body, headers, accepts_payload=True),
            self._send(kind, payload, body, headers, accepts_payload=True),
        )
        return first

    # -- events ---------------------------------------------------------------------------------------

    def event(self, envelope: dict[str, Any]) -> None:
        """Sends an event, and again if the bot does not take it. Returns at once."""
        if not (self.bot_url or self._by_socket()):
            return
        event = envelope["event"]
        fault = self._faults.strike(event["type"], EVENT_KINDS, lambda: event)
        if fault is not None and fault.kind == "event_lost":
            return
        # Written down now: the messages in it may change before it is sent.
        body = json.dumps(envelope).encode()
        for _ in range(2 if fault is not None else 1):
            first: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
            task = asyncio.create_task(self._deliver_event(body, first))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            if self._watched is not None:
                self._watched.append(first)

    @contextmanager
    def watched(self) -> Iterator[list[asyncio.Future[Reply]]]:
        """Collects the events that are sent meanwhile, to wait for the first attempt of each."""
        outer = self._watched
        collected: list[asyncio.Future[Reply]] = []
        self._watched = collected
        try:
            yield collected
        finally:
            self._watched = outer

    async def _deliver_event(self, body: bytes, first: asyncio.Future[Reply]) -> Reply:
        reason = ""
        reply = NOT_SENT
        envelope = json.loads(body)
        for attempt, delay in enumerate((0.0, *self._retry_delays)):
            if delay:
                await asyncio.sleep(delay)
            headers = self._signed(body, "application/json")
            if attempt:
                headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason}
            async with self._at_once:
                reply = await self._send(
                    "event", envelope, body, headers, accepts_payload=False, attempt=attempt, reason=reason
                )
            if not first.done():
                first.set_result(reply)
            if reply.delivered or reply.no_retry or len(self._tasks) > MOST_RETRIED:
                break
            reason = _RETRY_REASONS.get(reply.failure or "", "http_error")
        return reply

    async def ask_challenge(self, token: str, challenge: str) -> Reply:
        """`url_verification`: what Slack asks when the request URL is entered."""
        payload = {"token": token, "challenge": challenge, "type": "url_verification"}
        body = json.dumps(payload).encode()
        headers = self._signed(body, "application/json")
        return await self._send("url_verification", payload, body, headers, accepts_payload=True)

    # -- sending --------------------------------------------------------------------------------------

    def _by_socket(self) -> bool:
        return self._sockets.connected or self._sockets_only()

    def _signed(self, body: bytes, content_type: str) -> dict[str, str]:
        timestamp = str(int(time.time()))
        return {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "Accept": "application/json,*/*",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self._secret, timestamp, body),
        }

    async def _send(
        self,
        kind: str,
        payload: dict[str, Any],
        body: bytes,
        headers: dict[str, str],
        *,
        accepts_payload: bool,
        attempt: int = 0,
        reason: str = "",
    ) -> Reply:
        started = time.perf_counter()
        by_socket = self._by_socket()
        try:
            if by_socket:
                answer = await self._sockets.send(
                    _SOCKET_TYPES.get(kind, "interactive"),
                    payload,
                    accepts_payload=accepts_payload,
                    seconds=self._answer_seconds,
                    attempt=attempt,
                    reason=reason,
                )
                status, no_retry, failure = 200, False, None
            else:
                status, answer, no_retry = await self._post(body, headers)
                failure = None if 200 <= status < 300 else "dispatch_failed"
        except TimeoutError:
            status, answer, no_retry, failure = None, None, False, "operation_timeout"
        except (aiohttp.ClientError, OSError):
            failure = "app_did_not_respond" if by_socket else "connection_failed"
            status, answer, no_retry = None, None, False
        reply = Reply(status, answer, round((time.perf_counter() - started) * 1000, 2), failure, no_retry)
        self._note(kind, payload, reply, attempt)
        return reply

    async def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int, Any, bool]:
        if not self.bot_url:
            raise ConnectionRefusedError("the playground has no bot")
        if self._session is None:
            # A limit for the whole answer, its body too.
            # Its three seconds begin when it is sent: no request waits for another one's connection.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=self._answer_seconds),
            )
        async with self._session.post(
            self.bot_url, data=body, headers=headers, allow_redirects=False
        ) as response:
            text = await response.text()
            answer: Any = text
            if "json" in response.headers.get("Content-Type", "") and text:
                try:
                    answer = json.loads(text)
                except ValueError:
                    answer = text
            return response.status, answer, response.headers.get("X-Slack-No-Retry") == "1"

    # -- the log --------------------------------------------------------------------------------------

    def _note(self, kind: str, payload: dict[str, Any], reply: Reply, attempt: int) -> None:
        self._count += 1
        self._log.append(
            {
                "n": self._count,
                "at": time.time(),
                "kind": kind,
                "status": reply.status,
                "failure": reply.failure,
                "took_ms": reply.took_ms,
                "retry": attempt,
                "body": payload,
                "answer": reply.body,
            }
        )

    def log(self) -> list[dict[str, Any]]:
        """Everything sent to the bot, oldest first."""
        return list(self._log)

    def reset(self) -> None:
        """Forgets what was sent and stops retrying it."""
        for task in self._tasks:
            task.cancel()
        self._log.clear()
        self._count = 0

    async def close(self) -> None:
        """Stops sending."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()


_RETRY_REASONS = {
    "operation_timeout": "http_timeout",
    "connection_failed": "connection_failed",
    "app_did_not_respond": "connection_failed",
    "dispatch_failed": "http_error",
}
