"""Another wording for a review: an OpenAI-compatible endpoint, and the message about its answer.

What it says in an error is not repeated to anybody: it may hold parts of the key.
"""

import asyncio
import json
import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from sqlalchemy.ext.asyncio import AsyncSession

from bot.checks.probes.reach import http_session
from bot.config.fields import duration_text
from bot.config.sections.reviews import Wording
from bot.core.addresses import Forbidden, none_forbidden_but, refuse_literal
from bot.core.errors import NotFound
from bot.core.outbox import OutboxItem
from bot.core.texts import storable
from bot.core.viewer import Viewer
from bot.delivery.pages import DirectSender
from bot.delivery.sender import Later, Stale, new_message
from bot.delivery.slack import Call
from bot.reviews.queries import review_of
from bot.reviews.rows import FAILED, READY, ReviewWording
from bot.views import review_wording as view

LARGEST_ANSWER = 1024 * 1024
# What an error is called, as far as it is a name; its sentence is the server's own.
_CODE = re.compile(r"[a-z_]{1,40}")
_TALLY = re.compile(r"[0-9]{1,6}")


class NoAnswer(Exception):
    """There is no answer, and the words say why and what to do; nothing of what the server said is among them."""


class Endpoint:
    """One call to it. `key` is the value of the variable that app.yaml names; None where it is not set."""

    def __init__(self, section: Wording, key: str | None) -> None:
        self._section = section
        self._key = key

    async def complete(self, instructions: str, text: str) -> tuple[str, bool]:
        """What it answers, and whether that is whole. Raises NoAnswer."""
        headers = {"Accept": "application/json"}
        if self._section.key_from is not None:
            if self._key is None:
                raise NoAnswer(
                    f"The environment variable {self._section.key_from} is not set where Tocsin runs."
                )
            headers["Authorization"] = f"Bearer {self._key}"
        asked_for = {
            "model": self._section.model,
            "messages": [
                {"role": "system", "content": instructions},
                {"role": "user", "content": text},
            ],
        }
        try:
            async with asyncio.timeout(self._section.timeout.total_seconds()):
                return await self._ask(asked_for, headers)
        except TimeoutError:
            took = duration_text(self._section.timeout)
            raise NoAnswer(
                f"There was no answer within {took}. Ask again, or have `reviews.wording.timeout` raised."
            ) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise NoAnswer(_unreachable(error)) from None

    async def _ask(self, asked_for: dict[str, Any], headers: dict[str, str]) -> tuple[str, bool]:
        url = f"{self._section.url}/chat/completions"
        forbids = none_forbidden_but([])
        async with http_session(forbids) as http:
            refuse_literal((urlsplit(url).hostname or "").strip("[]"), forbids)
            # Not followed: neither the key nor the review is for anybody else than app.yaml names.
            async with http.post(url, json=asked_for, headers=headers, allow_redirects=False) as answer:
                content = bytearray()
                async for chunk in answer.content.iter_chunked(16 * 1024):
                    content += chunk
                    if len(content) > LARGEST_ANSWER:
                        raise NoAnswer("Its answer is larger than 1 MB, and was not read to its end.")
                if answer.status != 200:
                    raise NoAnswer(self._refusal(answer.status, answer.headers, bytes(content)))
                return _said(bytes(content))

    def _refusal(self, status: int, headers: Any, content: bytes) -> str:
        code = _code(content)
        said = f"HTTP {status}{f', {code}' if code else ''}"
        model, key = self._section.model, self._section.key_from
        where = "Whoever runs Tocsin looks at `reviews.wording` in app.yaml."
        if status in (401, 403):
            mend = f"Whoever runs Tocsin sets {key} anew." if key else where
            return f"The endpoint does not let Tocsin in ({said}). {mend}"
        if status == 404:
            return f"The endpoint does not know the model {model}, or nothing is at this address ({said}). {where}"
        if status == 429 and code == "insufficient_quota":
            return (
                f"What was paid for is used up ({said}). Whoever runs Tocsin looks at the endpoint's account."
            )
        if status in (429, 503):
            after = str(headers.get("Retry-After", ""))
            when = f"in {after} seconds" if _TALLY.fullmatch(after) else "in some minutes"
            return f"The endpoint has too much to do ({said}). Ask again {when}."
        if code == "context_length_exceeded" or status == 413:
            return f"The review is too long for the model {model} ({said}). Shorten it, or edit it by hand."
        if 300 <= status < 400:
            return f"The endpoint leads to another address, which is not followed ({said}). {where}"
        if status >= 500:
            return f"The endpoint has failed itself ({said}). Ask again later."
        return f"The endpoint does not take what was asked ({said}). {where}"


def _unreachable(error: BaseException) -> str:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, Forbidden):
            return (
                "The endpoint's address is link-local or of a cloud's metadata, which is never asked. "
                "Whoever runs Tocsin looks at `reviews.wording.url`."
            )
        seen = seen.__cause__ or seen.__context__
    return f"The endpoint cannot be reached ({type(error).__name__}). Ask again later; `reviews.wording.url` says where it is."


def _code(content: bytes) -> str:
    """The name of OpenAI's error: {"error": {"message", "type", "param", "code"}}."""
    try:
        error = json.loads(content).get("error")
    except (ValueError, RecursionError, AttributeError):
        return ""
    found = (error.get("code"), error.get("type")) if isinstance(error, dict) else ()
    return next((one for one in found if isinstance(one, str) and _CODE.fullmatch(one)), "")


def _said(content: bytes) -> tuple[str, bool]:
    """The text of a chat completion, and whether it is whole; raises NoAnswer."""
    try:
        choice = json.loads(content)["choices"][0]
        message, reason = choice["message"], choice.get("finish_reason")
        text, refusal = message.get("content"), message.get("refusal")
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        raise NoAnswer(
            "What came back is no chat completion. Whoever runs Tocsin looks at `reviews.wording.url`."
        ) from None
    if refusal or reason == "content_filter":
        raise NoAnswer("The model does not want to word this. Edit it by hand.")
    if not isinstance(text, str) or not text.strip():
        raise NoAnswer("The model answered with nothing. Ask again, or edit it by hand.")
    return storable(text), reason != "length"


class WordingSender(DirectSender):
    """Tells whoever asked that another wording is there, or why there is none."""

    kind = "review.wording"

    async def compose(self, session: AsyncSession, item: OutboxItem, now: datetime) -> Call | Stale | Later:
        to = str(item.about["to"])
        try:
            _, known = await review_of(session, int(item.incident_id or 0), Viewer(to))
        except NotFound:
            return Stale("this person may not see the incident any more")
        row = await session.get(ReviewWording, int(item.about["wording"]))
        if known is None or row is None or row.state not in (READY, FAILED):
            return Stale("it was decided on")
        args = {
            "channel": to,
            "text": view.told_text(known, row),
            "blocks": view.told_blocks(known, row),
        }
        return new_message(item, args)
