"""A GitHub of the tests' own: its REST API of issues, with its shapes, its codes and its limits."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

Json = dict[str, Any]
DOCS = "https://docs.github.com/rest/issues/issues"


@dataclass
class GitHubServer:
    """One repository. `faults` befall the next calls that write, `read_faults` those that read; `calls` are those that
    came. `hidden`: the token sees nothing of it. `former` is the name that it had. `before_lists` is called when a list
    was made, before it is sent.
    """

    now: Callable[[], datetime]
    repository: str = "acme/operations"
    token: str = "github_pat_secret"
    issues: list[Json] = field(default_factory=list)
    calls: list[Json] = field(default_factory=list)
    faults: list[Json] = field(default_factory=list)
    read_faults: list[Json] = field(default_factory=list)
    hidden: bool = False
    former: str | None = None
    before_lists: Callable[[], Awaitable[None]] | None = None
    url: str = ""

    def writes(self) -> list[Json]:
        return [call for call in self.calls if call["method"] != "GET"]

    def close(self, number: int, reason: str = "completed") -> None:
        """Somebody closes an issue there."""
        self._change(self.issues[number - 1], {"state": "closed", "state_reason": reason})

    def rename(self, number: int, title: str) -> None:
        """Somebody gives an issue another title there."""
        self._change(self.issues[number - 1], {"title": title})

    def reopen(self, number: int) -> None:
        self._change(self.issues[number - 1], {"state": "open", "state_reason": "reopened"})

    # -- what it answers ------------------------------------------------------------------------------------

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else None
        call = {
            "method": request.method,
            "path": request.path,
            "query": dict(request.query),
            "body": body,
            "etag": request.headers.get("If-None-Match"),
            "at": self.now(),
        }
        self.calls.append(call)
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return self._error(401, "Bad credentials")
        faults = self.read_faults if request.method == "GET" else self.faults
        fault = faults.pop(0) if faults else {}
        if "status" in fault:
            return self._error(
                fault["status"], fault.get("message", "Fault"), fault.get("headers"), fault.get("errors")
            )
        answer = self._answer(request, body)
        if self.before_lists is not None and request.method == "GET" and request.path.endswith("/issues"):
            await self.before_lists()
        if fault.get("lost"):  # carried out, and nobody hears of it
            transport = request.transport
            assert transport is not None
            transport.abort()
            await asyncio.sleep(0)
        return answer

    def _answer(self, request: web.Request, body: Json | None) -> web.Response:
        root = f"/repos/{self.repository}/issues"
        if self.hidden:  # GitHub tells nobody that there is something which they may not see
            return self._error(404, "Not Found")
        if self.former is not None and request.path.startswith(f"/repos/{self.former}/"):
            return self._moved(f"/repositories/7{request.path.removeprefix(f'/repos/{self.former}')}")
        if request.path == root:
            return self._create(body or {}) if request.method == "POST" else self._list(request)
        number = request.path.removeprefix(f"{root}/")
        if not number.isdigit() or int(number) > len(self.issues):
            return self._error(404, "Not Found")
        issue = self.issues[int(number) - 1]
        if issue.get("deleted"):
            return self._error(410, "This issue was deleted")
        if issue.get("transferred"):
            return self._moved("/repositories/8/issues/1")
        if request.method == "PATCH":
            self._change(issue, body or {})
        return web.json_response(issue)

    def _create(self, body: Json) -> web.Response:
        if not body.get("title"):
            return self._error(422, "Validation Failed")
        number, at = len(self.issues) + 1, _at(self.now())
        api = f"{self.url}/repos/{self.repository}"
        issue = {
            "id": 1_000_000 + number,
            "node_id": f"I_{number}",
            "url": f"{api}/issues/{number}",
            "repository_url": api,
            "html_url": f"https://github.com/{self.repository}/issues/{number}",
            "number": number,
            "state": "open",
            "state_reason": None,
            "title": body["title"],
            "body": body.get("body"),
            "user": {"login": "tocsin-bot", "id": 7, "type": "User"},
            "labels": [
                {"name": name, "color": "ededed", "default": False} for name in body.get("labels", ())
            ],
            "assignees": [],
            "milestone": None,
            "locked": False,
            "comments": 0,
            "created_at": at,
            "updated_at": at,
            "closed_at": None,
            "author_association": "CONTRIBUTOR",
        }
        self.issues.append(issue)
        return web.json_response(issue, status=201, headers={"Location": issue["url"]})

    def _change(self, issue: Json, change: Json) -> None:
        before = issue["state"]
        issue |= {key: value for key, value in change.items() if key in ("title", "body", "state")}
        if issue["state"] != before:  # without a change of state its reason is not taken
            given = change.get("state_reason")
            issue["state_reason"] = given or ("completed" if issue["state"] == "closed" else "reopened")
            issue["closed_at"] = _at(self.now()) if issue["state"] == "closed" else None
        issue["updated_at"] = _at(self.now())

    def _list(self, request: web.Request) -> web.Response:
        query = request.query
        found = [
            one
            for one in self.issues
            if not one.get("deleted")
            and not one.get("transferred")
            and query.get("state", "open") in ("all", one["state"])
            and one["updated_at"] >= query.get("since", "")
        ]
        found.sort(
            key=lambda one: (one[f"{query.get('sort', 'created')}_at"], one["number"]),
            reverse=query.get("direction", "desc") == "desc",
        )
        size, page = int(query.get("per_page", "30")), int(query.get("page", "1"))
        shown = found[(page - 1) * size : page * size]
        etag = f'W/"{hashlib.sha256(json.dumps(shown).encode()).hexdigest()}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.json_response(shown, headers={"ETag": etag})

    def _moved(self, path: str) -> web.Response:
        url = f"{self.url}{path}"
        said = {"message": "Moved Permanently", "url": url, "documentation_url": DOCS}
        return web.json_response(said, status=301, headers={"Location": url})

    def _error(
        self, status: int, message: str, headers: Json | None = None, errors: list[Json] | None = None
    ) -> web.Response:
        said: Json = {"message": message, "documentation_url": DOCS, "status": str(status)}
        said |= {"errors": errors} if errors else {}
        return web.json_response(said, status=status, headers=headers)


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


@asynccontextmanager
async def github_server(now: Callable[[], datetime]) -> AsyncIterator[GitHubServer]:
    server = GitHubServer(now)
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
