"""How senders prove themselves."""

import base64
import hashlib
import hmac
from typing import Any

import pytest

from bot.alerts.formats.signatures import verify
from bot.config.sections.mapping import Signature

BODY = b'{"action": "created"}'
OLD, NEW = "the old secret", "the new secret"


def mac(secret: str = NEW, body: bytes = BODY, algorithm: str = "sha256") -> bytes:
    return hmac.new(secret.encode(), body, algorithm).digest()


SIGNED: list[tuple[Any, Any, Any]] = [
    ("github", None, lambda secret, body: {"X-Hub-Signature-256": "sha256=" + mac(secret, body).hex()}),
    ("sentry", None, lambda secret, body: {"sentry-hook-signature": mac(secret, body).hex()}),
    ("generic", Signature(header="X-Sig", algorithm="sha512", encoding="base64", prefix="v1="),
     lambda secret, body: {"x-sig": "v1=" + base64.b64encode(mac(secret, body, "sha512")).decode()}),
    ("grafana", Signature(header="X-Grafana-Alerting-Signature"),
     lambda secret, body: {"X-Grafana-Alerting-Signature": mac(secret, body).hex().upper()}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "signature", "headers"), SIGNED)
def test_a_signature_with_any_of_the_secrets_is_right_and_no_other(
    kind: Any, signature: Any, headers: Any
) -> None:
    for secret in (OLD, NEW):
        assert verify(kind, [OLD, NEW], headers(secret, BODY), BODY, signature=signature)
    assert not verify(kind, [OLD, NEW], headers("a guess", BODY), BODY, signature=signature)
    assert not verify(kind, [NEW], headers(OLD, BODY), BODY, signature=signature)
    assert not verify(kind, [NEW], headers(NEW, BODY), BODY + b" ", signature=signature)
    assert not verify(kind, [NEW], {}, BODY, signature=signature)
    assert not verify(kind, [], headers(NEW, BODY), BODY, signature=signature)
    assert not verify(kind, [""], headers("", BODY), BODY, signature=signature)


def test_a_signature_needs_its_prefix() -> None:
    assert not verify("github", [NEW], {"X-Hub-Signature-256": mac().hex()}, BODY)


def test_who_does_not_sign_is_not_proved_by_a_signature() -> None:
    assert not verify("alertmanager", [NEW], {"X-Hub-Signature-256": "sha256=" + mac().hex()}, BODY)


def test_a_header_that_is_no_text_is_wrong_and_no_error() -> None:
    assert not verify("sentry", [NEW], {"Sentry-Hook-Signature": "ä\udcff"}, BODY)


def test_every_secret_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also after the right one was found: how long it takes tells nothing of which it was."""
    compared: list[bytes] = []
    real = hmac.compare_digest

    def counted(one: bytes, two: bytes) -> bool:
        compared.append(one)
        return real(one, two)

    monkeypatch.setattr(hmac, "compare_digest", counted)
    assert verify("sentry", [OLD, NEW], {"Sentry-Hook-Signature": mac(OLD).hex()}, BODY)
    assert compared == [
        hmac.new(each.encode(), BODY, hashlib.sha256).hexdigest().encode() for each in (OLD, NEW)
    ]
