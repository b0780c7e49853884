"""Requests over HTTP."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
import jmespath

from bot.checks.evaluation import Seen
from bot.checks.probes.reach import (
    Failed,
    Surroundings,
    address,
    forbids_behind,
    forbids_for,
    http_session,
    leads_outside,
    secret,
)
from bot.config.sections.checks import Check, Header, HttpProbe
from bot.core.addresses import refuse_literal

LARGEST_BODY = 256 * 1024
REDIRECTS = 5
REDIRECTING = (301, 302, 303, 307, 308)


class Answer:
    """What came back; `body` is its beginning."""

    def __init__(self, status: int, headers: Any, body: bytes, latency_ms: float) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.latency_ms = latency_ms

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


async def probe(check: Check, around: Surroundings) -> Seen:
    wanted: HttpProbe = check.probe  # type: ignore[assignment]
    answer = await ask(
        check,
        around,
        address(around, wanted.url, wanted.url_from),
        method=wanted.method,
        headers=wanted.headers,
        body=wanted.body,
        follow=wanted.follow_redirects,
    )
    for expected, seen in _unmet(wanted, answer):
        return Seen(False, expected, seen, answer.latency_ms, answer.latency_ms, answer.text[:2000])
    return Seen(True, _expected_status(wanted), f"{answer.status}", answer.latency_ms, answer.latency_ms)


async def ask(
    check: Check,
    around: Surroundings,
    url: str,
    *,
    method: str = "GET",
    headers: tuple[Header, ...] = (),
    body: str | None = None,
    follow: bool = True,
) -> Answer:
    """Asks, and reads the beginning of the answer. Each address on the way is one that the check may reach.

    What app.yaml names may be inside, what a server outside redirects to may not: who runs that server would choose.
    """
    sent = {header.name: header.value or secret(around, str(header.value_from)) for header in headers}
    began = around.clock.monotonic()
    forbids = forbids_for(check)
    async with contextlib.AsyncExitStack() as opened:
        http = around.http
        if check.private_networks:
            http = await opened.enter_async_context(http_session(forbids))
        came_from_outside = False
        for _ in range(REDIRECTS + 1):
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise Failed("it leads to something that is not http")
            refuse_literal(parts.hostname, forbids)
            async with http.request(method, url, headers=sent, data=body, allow_redirects=False) as answer:
                if not follow or answer.status not in REDIRECTING or "Location" not in answer.headers:
                    content = await _beginning_of(answer)
                    latency = (around.clock.monotonic() - began) * 1000
                    return Answer(answer.status, answer.headers.copy(), content, latency)
                onward = _onward(url, answer, sent, method, body)
            if not came_from_outside and await leads_outside(parts.hostname):
                came_from_outside, forbids = True, forbids_behind(check)
                http = await opened.enter_async_context(http_session(forbids))
            url, sent, method, body = onward
    raise Failed(f"more than {REDIRECTS} redirects")


async def _beginning_of(answer: aiohttp.ClientResponse) -> bytes:
    """The body, unpacked, up to so many bytes: aiohttp unpacks no more of it than is read."""
    content = bytearray()
    async for chunk in answer.content.iter_chunked(16 * 1024):
        content += chunk
        if len(content) >= LARGEST_BODY:
            break
    return bytes(content[:LARGEST_BODY])


def _onward(
    url: str, answer: aiohttp.ClientResponse, headers: dict[str, str], method: str, body: str | None
) -> tuple[str, dict[str, str], str, str | None]:
    """Where a redirect leads. What was meant for one server is not shown to another."""
    there = urljoin(url, answer.headers["Location"])
    if urlsplit(there)[:2] != urlsplit(url)[:2]:
        headers = {}
    if answer.status == 303 or (answer.status in (301, 302) and method == "POST"):
        method, body = ("HEAD" if method == "HEAD" else "GET"), None
    return there, headers, method, body


def _expected_status(wanted: HttpProbe) -> str:
    return f"status {' or '.join(map(str, wanted.status))}" if wanted.status else "status 200 to 299"


def _unmet(wanted: HttpProbe, answer: Answer) -> Iterator[tuple[str, str]]:
    """What was expected and seen, for each expectation that is unmet."""
    fits = answer.status in wanted.status if wanted.status else 200 <= answer.status <= 299
    if not fits:
        yield _expected_status(wanted), f"status {answer.status}"
    for header in wanted.expect_headers:
        said = answer.headers.get(header.name)
        if said is None or header.contains not in said:
            holds = f" with “{header.contains}”" if header.contains else ""
            yield f"header {header.name}{holds}", "no such header" if said is None else f"“{said[:100]}”"
    text = answer.text
    for part in wanted.contains:
        if part not in text:
            yield f"a body with “{part}”", f"“{_beginning(text)}”"
    for part in wanted.lacks:
        if part in text:
            yield f"a body without “{part}”", "it is there"
    if wanted.json_:
        yield from _unmet_json(wanted, text)


def _unmet_json(wanted: HttpProbe, text: str) -> Iterator[tuple[str, str]]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        yield "JSON", f"“{_beginning(text)}”"
        return
    for one in wanted.json_:
        try:
            found = jmespath.search(one.path, data)
        except jmespath.exceptions.JMESPathError as error:
            yield f"{one.path} in the JSON", type(error).__name__
            continue
        if one.equals is None:
            fits = found is not None and found is not False
        else:
            fits = found == one.equals and _alike(found, one.equals)
        if not fits:
            equals = "something" if one.equals is None else json.dumps(one.equals, ensure_ascii=False)
            yield f"{one.path} = {equals}", json.dumps(found, ensure_ascii=False)[:100]


def _alike(found: object, wanted: object) -> bool:
    """1 is not true."""
    return isinstance(found, bool) == isinstance(wanted, bool)


def _beginning(text: str) -> str:
    return re.sub(r"\s+", " ", text[:400]).strip()[:100]
