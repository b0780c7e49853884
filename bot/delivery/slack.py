"""Calling Slack: one call, one outcome.

An outcome is the answer, or one of

    SlackFailed
    ├── Refused       Slack said no, with a code; nothing was done
    ├── RateLimited   Slack said later, and when
    └── Unclear       no proper answer came; `arrived` says whether it may have been carried out all the same
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.delivery.methods import SCOPES

# Codes by which Slack says that it failed itself; "fatal_error" may have been carried out, says its manual.
SLACKS_OWN_FAULT = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)


@dataclass(frozen=True)
class Call:
    """A Web API method with its arguments.

    Slack counts posts by channel. `place` is the name (#incidents) of one that other calls know by its name only. `noted`
    is what was found when it was composed, for when it has arrived.
    """

    method: str
    args: dict[str, Any] = field(default_factory=dict)
    place: str | None = None
    noted: Any = None

    @property
    def gate(self) -> str:
        """What Slack's rate limits are counted by."""
        channel = self.place or self.args.get("channel")
        return f"{self.method}:{channel}" if self.method == "chat.postMessage" and channel else self.method


class SlackFailed(Exception):
    """A call did not succeed; `code` is Slack's word for it, or ours."""

    # Who failed, as people read it: other providers than Slack name themselves.
    whom: ClassVar[str] = "Slack"
    # What a person can do, where that is known; otherwise bot.delivery.verdict says it.
    mend: str | None = None

    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"{method}: {code}")
        self.method = method
        self.code = code


class Refused(SlackFailed):
    """Slack answered `ok: false`; `answer` is the whole answer."""

    def __init__(self, method: str, code: str, answer: dict[str, Any]) -> None:
        super().__init__(method, code)
        self.answer = answer


class RateLimited(SlackFailed):
    """429: come back after `wait`."""

    def __init__(self, method: str, wait: timedelta) -> None:
        super().__init__(method, "ratelimited")
        self.wait = wait


class Unclear(SlackFailed):
    """A timeout, a broken connection, a 5xx, a body that makes no sense."""

    def __init__(self, method: str, code: str, *, arrived: bool) -> None:
        super().__init__(method, code)
        self.arrived = arrived


class Slack:
    """Slack's Web API over one shared connection pool. Retrying is the outbox's business, so nothing retries here."""

    def __init__(self, *, token: str, base_url: str, timeout: timedelta) -> None:
        self._token = token
        self._base_url = base_url
        self._timeout = timeout.total_seconds()
        self._session: aiohttp.ClientSession | None = None
        self._client: AsyncWebClient | None = None
        # Since the start, by method and outcome (refused, ratelimited, unclear).
        self.failures: Counter[tuple[str, str]] = Counter()

    async def start(self) -> None:
        # How long it may take is said with each call: the configuration may change it.
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64))
        self._client = AsyncWebClient(
            token=self._token,
            base_url=self._base_url,
            timeout=int(max(1, self._timeout)),
            session=self._session,
            retry_handlers=[],
        )

    def wait_at_most(self, timeout: timedelta) -> None:
        """How long calls may take that begin from now on."""
        self._timeout = timeout.total_seconds()
        if self._client is not None:
            self._client.timeout = int(max(1, self._timeout))

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()
            # aiohttp closes its transports on the next turn of the loop
            await asyncio.sleep(0)

    @property
    def client(self) -> AsyncWebClient:
        """For Bolt, and for answers to a click; there after `start`."""
        if self._client is None:
            raise RuntimeError("Slack was not started")
        return self._client

    async def call(self, call: Call) -> dict[str, Any]:
        """Carries out one call; returns Slack's answer or raises SlackFailed."""
        with self._counted():
            return await self._call(call)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        try:
            yield
        except SlackFailed as failure:
            self.failures[failure.method, type(failure).__name__.lower()] += 1
            raise

    async def _call(self, call: Call) -> dict[str, Any]:
        if call.method not in SCOPES:
            raise LookupError(
                f"{call.method} is not declared in bot.delivery.methods, so the app has no scope for it"
            )
        method: Callable[..., Any] = getattr(self.client, call.method.replace(".", "_"))
        try:
            response = await asyncio.wait_for(method(**call.args), self._timeout)
        except SlackApiError as error:
            raise _failure(call.method, error) from None
        except aiohttp.ClientConnectorError as error:
            raise Unclear(
                call.method, f"cannot connect: {error.strerror or 'refused'}", arrived=False
            ) from None
        except TimeoutError:
            raise Unclear(call.method, "no answer in time", arrived=True) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unclear(call.method, f"connection broke ({type(error).__name__})", arrived=True) from None
        except SlackClientError as error:
            raise Unclear(call.method, type(error).__name__, arrived=True) from None
        answer: dict[str, Any] = dict(response.data) if isinstance(response.data, dict) else {}
        if call.method == "auth.test":  # what only doctor and the start want to know
            headers = {str(name).lower(): value for name, value in response.headers.items()}
            answer["_scopes"], answer["_date"] = headers.get("x-oauth-scopes"), headers.get("date")
        return answer

    async def upload(self, url: str, content: bytes) -> None:
        """Sends a file's bytes to the address that files.getUploadURLExternal gave."""
        with self._counted():
            await self._upload(url, content)

    async def _upload(self, url: str, content: bytes) -> None:
        if self._session is None:
            raise RuntimeError("Slack was not started")
        try:
            async with self._session.post(url, data=content) as response:
                if response.status != 200:
                    raise Unclear("upload", f"HTTP {response.status}", arrived=False)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            # Bytes alone are invisible: until the upload is completed nobody sees it, so a repeat does no harm.
            raise Unclear("upload", f"connection broke ({type(error).__name__})", arrived=False) from None

    async def respond(self, response_url: str, body: dict[str, Any]) -> None:
        """Answers through a `response_url`."""
        with self._counted():
            await self._respond(response_url, body)

    async def _respond(self, response_url: str, body: dict[str, Any]) -> None:
        hook = AsyncWebhookClient(
            response_url, timeout=int(max(1, self._timeout)), session=self._session, retry_handlers=[]
        )
        try:
            response = await asyncio.wait_for(hook.send_dict(body), self._timeout)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise Unclear(
                "response_url", f"connection broke ({type(error).__name__})", arrived=True
            ) from None
        if response.status_code == 429:
            raise RateLimited("response_url", _wait(response.headers))
        if response.status_code >= 500:
            raise Unclear("response_url", f"HTTP {response.status_code}", arrived=True)
        if response.status_code != 200:
            raise Refused("response_url", _code(response.body) or f"HTTP {response.status_code}", {})


def _failure(method: str, error: SlackApiError) -> SlackFailed:
    response = error.response
    status = getattr(response, "status_code", 200)
    headers = getattr(response, "headers", {}) or {}
    data = getattr(response, "data", None)
    data = data if isinstance(data, dict) else {}
    if status == 429 or data.get("error") in ("ratelimited", "rate_limited"):
        return RateLimited(method, _wait(headers))
    if status >= 500:
        return Unclear(method, f"HTTP {status}", arrived=True)
    code = str(data.get("error", ""))
    if not code:
        return Unclear(method, f"HTTP {status} without a Slack answer", arrived=True)
    if code in SLACKS_OWN_FAULT:
        return Unclear(method, code, arrived=True)
    return Refused(method, code, data)


def _code(body: str) -> str:
    """A response_url refuses as JSON, or in a bare word."""
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    return str(said.get("error", ""))[:60] if isinstance(said, dict) else body[:60]


def _wait(headers: Any) -> timedelta:
    value = headers.get("Retry-After") or headers.get("retry-after") or "1"
    if isinstance(value, list | tuple):
        value = value[0]
    try:
        return timedelta(seconds=min(3600.0, max(0.0, float(value))))
    except ValueError:
        return timedelta(seconds=1)
