"""Telling an address outside of a change: one call, one outcome, as with Slack; signed as Standard Webhooks has it.

    SlackFailed
    ├── Refused       ── WebhookRefused   it will not take it, or may not be asked; `mend` says what to do
    ├── RateLimited   ── WebhookLimited   it said later, and when
    └── Unclear       ── WebhookUnclear   no proper answer came; `arrived` says whether it may have been taken

A repeat has the id of the first attempt, by which the receiver knows it (standardwebhooks.com).
"""

import base64
import binascii
import hashlib
import hmac
import ipaddress
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import urlsplit

import aiohttp

from bot.config import Webhook
from bot.config.webhook_secrets import webhook_variable
from bot.core.addresses import CarefulResolver, Forbidden, only_public, refuse_literal
from bot.delivery.slack import RateLimited, Refused, Unclear

ANSWER_WITHIN = aiohttp.ClientTimeout(total=10, connect=5)
UNNAMED_WAIT = timedelta(minutes=1)
BASE64_SECRET = "whsec_"  # noqa: S105 - how such a secret begins


class WebhookRefused(Refused):
    """It will not take it, and will not by itself."""

    whom: ClassVar[str] = "the webhook"

    def __init__(self, name: str, code: str, mend: str) -> None:
        super().__init__(name, code[:100], {})
        self.mend = mend


class WebhookLimited(RateLimited):
    """It asks to wait."""

    whom: ClassVar[str] = "the webhook"


class WebhookUnclear(Unclear):
    """No proper answer came."""

    whom: ClassVar[str] = "the webhook"

    def __init__(self, name: str, code: str, *, arrived: bool) -> None:
        super().__init__(name, code[:100], arrived=arrived)


class Webhooks:
    """The calls. `secrets` are those of the environment by the name of the webhook, `addresses` what `url_from` names by
    its variable. Nothing here repeats: that is the outbox's business.
    """

    def __init__(self, secrets: Mapping[str, Sequence[str]], addresses: Mapping[str, str]) -> None:
        self._secrets = secrets
        self._addresses = addresses

    async def post(self, webhook: Webhook, body: bytes, *, key: str, now: datetime) -> str:
        """Sends `body`, JSON, under the id `key`; returns the status. Raises SlackFailed."""
        secrets = self._secrets.get(webhook.name, ())
        if not secrets:
            variable = webhook_variable(webhook.name)
            raise WebhookRefused(webhook.name, "it has no secret", f"Set {variable} and restart.")
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Tocsin",
            **signed(body, key=key, now=now, secrets=secrets),
        }
        status, retry_after = await self._call(webhook, self._address(webhook), body, headers)
        if status == 429:
            wait = int(retry_after[:6]) if retry_after.isascii() and retry_after.isdigit() else None
            raise WebhookLimited(webhook.way, UNNAMED_WAIT if wait is None else timedelta(seconds=wait))
        if status >= 500 or status == 408:
            raise WebhookUnclear(webhook.name, f"HTTP {status}", arrived=True)
        if not 200 <= status < 300:
            raise WebhookRefused(webhook.name, f"HTTP {status}", _mend(webhook.name, status))
        return f"HTTP {status}"

    def _address(self, webhook: Webhook) -> str:
        address = webhook.url or self._addresses.get(str(webhook.url_from))
        if not address:
            raise WebhookRefused(
                webhook.name, f"{webhook.url_from} is not set", f"Set {webhook.url_from} and restart."
            )
        return address

    async def _call(
        self, webhook: Webhook, address: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, str]:
        name = webhook.name
        forbids = only_public([ipaddress.ip_network(network) for network in webhook.private_networks])
        try:
            refuse_literal(urlsplit(address).hostname or "", forbids)
            connector = aiohttp.TCPConnector(resolver=CarefulResolver(forbids), use_dns_cache=False)
            async with (
                aiohttp.ClientSession(
                    connector=connector, timeout=ANSWER_WITHIN, cookie_jar=aiohttp.DummyCookieJar()
                ) as http,
                http.post(address, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                return answer.status, answer.headers.get("Retry-After", "")
        except Forbidden:
            raise _forbidden(name) from None
        except TimeoutError:
            raise WebhookUnclear(name, "no answer in time", arrived=True) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if isinstance(error.__cause__ or error.__context__, Forbidden):
                raise _forbidden(name) from None
            never_left = isinstance(error, aiohttp.ClientConnectorError)
            raise WebhookUnclear(
                name, f"the connection failed ({type(error).__name__})", arrived=not never_left
            ) from None


def signed(body: bytes, *, key: str, now: datetime, secrets: Sequence[str]) -> dict[str, str]:
    """The headers of Standard Webhooks; a signature for each secret, so that one can be exchanged for another."""
    at = str(int(now.timestamp()))
    content = f"{key}.{at}.".encode() + body
    signatures = (hmac.new(_key_of(secret), content, hashlib.sha256).digest() for secret in secrets)
    return {
        "webhook-id": key,
        "webhook-timestamp": at,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in signatures),
    }


def _key_of(secret: str) -> bytes:
    """Behind whsec_ a secret is base64; any other is a key as it stands."""
    if secret.startswith(BASE64_SECRET):
        try:
            return base64.b64decode(secret.removeprefix(BASE64_SECRET), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


def _forbidden(name: str) -> WebhookRefused:
    return WebhookRefused(
        name,
        "the address is private",
        f"Allow its network: `private_networks` of webhook {name} in app.yaml.",
    )


def _mend(name: str, status: int) -> str:
    if status in (401, 403):
        return f"The receiver of webhook {name} does not take the signature: compare {webhook_variable(name)} with its secret."
    if 300 <= status < 400:
        return f"Redirects are not followed: give the address itself as `url` of webhook {name} in app.yaml."
    return f"Check the address of webhook {name} in app.yaml, and what its receiver says of it."
