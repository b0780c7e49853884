"""Requests straight to the bot, signed as Slack signs them, with any body."""

import hashlib
import hmac
import time

from tests.acceptance.office import Office

SECRET = "playground-signing-secret"
FORM = "application/x-www-form-urlencoded"


def signed(body: bytes, *, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


async def posted(
    office: Office,
    body: bytes,
    headers: dict[str, str] | None = None,
    *,
    kind: str = FORM,
    path: str = "/slack/events",
    method: str = "POST",
) -> tuple[int, str]:
    given = {"Content-Type": kind, **(signed(body) if headers is None else headers)}
    async with office.http.request(method, office.bot_url + path, data=body, headers=given) as answer:
        return answer.status, await answer.text()
