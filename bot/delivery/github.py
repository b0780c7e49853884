"""GitHub's REST API: one call, one outcome, as with Slack.

    SlackFailed
    ├── Refused       ── GitHubRefused   it said no, with a status; nothing was done
    ├── RateLimited   ── GitHubLimited   it said later, and when
    └── Unclear       ── GitHubUnclear   no proper answer came; `arrived` says whether it may have been carried out

What it asks of those who call it (docs.github.com, "Best practices for using the REST API"): one call after the other,
a second between two that write, and to wait when a limit is reached: for as long as `retry-after` says, or until
`x-ratelimit-reset`, or else for a minute at least.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import aiohttp

from bot.config import Config
from bot.core.clock import Clock
from bot.delivery.slack import RateLimited, Refused, Unclear

# The gate that all calls share, and what failures name.
GITHUB = "github"
WRITES_APART = timedelta(seconds=1)
ANSWER_WITHIN = aiohttp.ClientTimeout(total=20, connect=5)
# A page of a hundred issues with long descriptions.
LARGEST_ANSWER = 16 * 1024 * 1024
UNNAMED_WAIT = timedelta(minutes=1)


class GitHubRefused(Refused):
    """GitHub will not do it; `status` is that of HTTP, `code` its words."""

    whom: ClassVar[str] = "GitHub"

    def __init__(self, status: int, code: str) -> None:
        super().__init__(GITHUB, code[:100], {})
        self.status = status


class GitHubLimited(RateLimited):
    """A limit is reached."""

    whom: ClassVar[str] = "GitHub"


class GitHubUnclear(Unclear):
    """GitHub gave no proper answer."""

    whom: ClassVar[str] = "GitHub"

    def __init__(self, code: str, *, arrived: bool) -> None:
        super().__init__(GITHUB, code[:100], arrived=arrived)


class Answer:
    """What GitHub answered: `said` is None where nothing is new (304)."""

    def __init__(self, said: Any, etag: str | None) -> None:
        self.said = said
        self.etag = etag


class GitHub:
    """The calls, with the token of the environment. Nothing here repeats: that is the outbox's business."""

    def __init__(self, config: Config, clock: Clock, token: str | None) -> None:
        self._config = config.github
        self._clock = clock
        self._token = token

    async def read(self, path: str, *, etag: str | None = None, **query: str) -> Answer:
        """Gets `path`; with `etag` only what is new since. Raises SlackFailed."""
        return await self._call("GET", path, query=query, etag=etag)

    async def write(self, method: str, path: str, body: dict[str, Any]) -> Any:
        """Posts or patches; returns what is there now. Raises SlackFailed."""
        return (await self._call(method, path, body=body)).said

    async def _call(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: dict[str, Any] | None = None,
        etag: str | None = None,
    ) -> Answer:
        if self._config is None or self._token is None:
            name = self._config.token_from if self._config is not None else "the token"
            raise GitHubRefused(401, f"{name} is not set")
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self._token}",
            "User-Agent": "Tocsin",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        if etag is not None:
            headers["If-None-Match"] = etag
        url = f"{self._config.api_url.rstrip('/')}{path}"
        try:
            async with (
                aiohttp.ClientSession(timeout=ANSWER_WITHIN, cookie_jar=aiohttp.DummyCookieJar()) as http,
                # Not followed: an issue that was moved to another repository is not ours any more.
                http.request(
                    method, url, params=query, json=body, headers=headers, allow_redirects=False
                ) as answer,
            ):
                content = await answer.content.read(LARGEST_ANSWER)
                return self._outcome(answer.status, answer.headers, content)
        except aiohttp.ClientConnectorError as error:
            raise GitHubUnclear(f"cannot connect ({type(error).__name__})", arrived=False) from None
        except TimeoutError:
            raise GitHubUnclear("no answer in time", arrived=True) from None
        except (aiohttp.ClientError, OSError) as error:
            raise GitHubUnclear(f"the connection failed ({type(error).__name__})", arrived=True) from None

    def _outcome(self, status: int, headers: Any, content: bytes) -> Answer:
        if status == 304:
            return Answer(None, headers.get("ETag"))
        wait = _asked_wait(status, headers, content, self._clock.now())
        if wait is not None:
            raise GitHubLimited(GITHUB, wait)
        if status >= 500 or status == 408:
            raise GitHubUnclear(f"HTTP {status}", arrived=True)
        try:
            said = json.loads(content)
        except ValueError:
            raise GitHubUnclear(f"HTTP {status} without JSON", arrived=status < 300) from None
        if 200 <= status < 300:
            etag = headers.get("ETag")
            return Answer(said, etag if etag and len(etag) <= 200 else None)
        words = said.get("message") if isinstance(said, dict) else None
        raise GitHubRefused(status, f"HTTP {status} {words or ''}{_unfit(said)}".strip())


def _unfit(said: Any) -> str:
    """Which fields GitHub does not take (422 names them), such as " (labels: invalid)"."""
    errors = said.get("errors") if isinstance(said, dict) else None
    named = [one for one in errors or () if isinstance(one, dict)] if isinstance(errors, list) else []
    fields = ", ".join(f"{one.get('field')}: {one.get('code')}" for one in named[:3])
    return f" ({fields})" if fields else ""


def _asked_wait(status: int, headers: Any, content: bytes, now: datetime) -> timedelta | None:
    """How long GitHub asks to wait; None where no limit is reached. Its limits answer 403 as well as 429."""
    if status not in (403, 429):
        return None
    after = str(headers.get("Retry-After", ""))
    if after.isascii() and after.isdigit():
        return timedelta(seconds=int(after[:6]))
    reset = str(headers.get("X-RateLimit-Reset", ""))
    if headers.get("X-RateLimit-Remaining") == "0" and reset.isascii() and reset.isdigit():
        return max(datetime.fromtimestamp(int(reset[:12]), UTC) - now, timedelta(seconds=1))
    if status == 429 or b"secondary rate limit" in content.lower():
        return UNNAMED_WAIT
    return None
