"""How senders that sign prove themselves. Pure; it takes as long for a wrong signature as for a right one."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping

from bot.alerts.formats.words import header
from bot.config.sections.integrations import Kind
from bot.config.sections.mapping import Signature

SIGNATURES: Mapping[str, Signature] = {
    "github": Signature(header="X-Hub-Signature-256", prefix="sha256="),
    "sentry": Signature(header="Sentry-Hook-Signature"),
}


def verify(
    kind: Kind,
    secrets: Iterable[str],
    headers: Mapping[str, str],
    raw_body: bytes,
    signature: Signature | None = None,
) -> bool:
    """Whether the body is signed with one of the integration's secrets (there are several while one is exchanged).

    `signature` is that of the integration in app.yaml. False for a kind that does not sign.
    """
    how = SIGNATURES.get(kind, signature)
    return how is not None and _signed(
        [_bytes(secret) for secret in secrets if secret], headers, raw_body, how
    )


def _signed(secrets: list[bytes], headers: Mapping[str, str], raw_body: bytes, how: Signature) -> bool:
    value = header(headers, how.header).strip()
    given = value.removeprefix(how.prefix or "")
    if not given or (how.prefix and given == value):
        return False
    told = _bytes(given.lower() if how.encoding == "hex" else given)
    right = False
    for secret in secrets:
        digest = hmac.new(secret, raw_body, getattr(hashlib, how.algorithm)).digest()
        expected = base64.b64encode(digest) if how.encoding == "base64" else digest.hex().encode()
        right |= hmac.compare_digest(expected, told)
    return right


def _bytes(text: str) -> bytes:
    # A header may hold bytes that are no text; they must compare, not raise.
    return text.encode("utf-8", "surrogatepass")
