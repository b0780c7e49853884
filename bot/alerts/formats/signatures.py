"""How a sender proves itself. Pure; every comparison takes as long for a wrong secret as for a right one."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping

from bot.alerts.formats.words import header
from bot.config.sections.integrations import Kind
from bot.config.sections.mapping import Signature

GITHUB = Signature(header="X-Hub-Signature-256", prefix="sha256=")
SENTRY = Signature(header="Sentry-Hook-Signature")

_MOST_SHOWN = 1_000  # characters of a secret that is shown; a longer one is none of ours


def verify(
    kind: Kind,
    secrets: Iterable[str],
    headers: Mapping[str, str],
    raw_body: bytes,
    *,
    shown: str = "",
    signature: Signature | None = None,
) -> bool:
    """Whether the request is from somebody who knows one of the integration's secrets (several while one is changed).

    `signature` is the integration's own. A kind that signs must sign: nothing that is shown counts then. From others a
    secret counts as `Authorization: Bearer …`, as the password of `Authorization: Basic …`, or as `shown`: the end of
    the address, or the routing_key of events_v2.
    """
    known = [_bytes(secret) for secret in secrets if secret]
    signed = signs(kind, signature)
    if signed is not None:
        return _signed(known, headers, raw_body, signed)
    presented = [_bytes(each) for each in _presented(headers, shown) if 0 < len(each) <= _MOST_SHOWN]
    right = False
    for secret in known:
        for each in presented:
            right |= hmac.compare_digest(secret, each)
    return right


def signs(kind: Kind, signature: Signature | None = None) -> Signature | None:
    """How senders of this kind sign; None for those that show a secret instead."""
    if kind == "github":
        return GITHUB
    if kind == "sentry":
        return SENTRY
    return signature


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


def _presented(headers: Mapping[str, str], shown: str) -> tuple[str, ...]:
    scheme, _, rest = header(headers, "Authorization").strip().partition(" ")
    rest = rest.strip()
    if scheme.lower() == "bearer":
        return (shown, rest)
    if scheme.lower() == "basic":
        return (shown, _password(rest))
    return (shown,)


def _password(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except (ValueError, binascii.Error):
        return ""


def _bytes(text: str) -> bytes:
    # A header may hold bytes that are no text; they must compare, not raise.
    return text.encode("utf-8", "surrogatepass")
