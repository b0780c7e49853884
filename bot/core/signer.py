"""Signatures of links: one that Tocsin has not made is refused before anything is looked up."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence

LENGTH = 22


class Signer:
    """Signs with the first key; a signature by any of them holds, so that a new key can be put in front."""

    def __init__(self, keys: Sequence[str]) -> None:
        # Derived, so that a signature says nothing about a key that encrypts or speaks to Slack.
        self._keys = [hmac.digest(key.encode(), b"tocsin: links", hashlib.sha256) for key in keys]

    def signed(self, text: str) -> str:
        """The text with its signature behind it; 22 characters more, safe in an address."""
        return text + _signature(self._keys[0], text)

    def holds(self, token: str) -> bool:
        """Whether it is a text with its signature by one of the keys."""
        text, given = token[:-LENGTH], token[-LENGTH:].encode(errors="replace")
        return any(hmac.compare_digest(_signature(key, text).encode(), given) for key in self._keys)


def _signature(key: bytes, text: str) -> str:
    # Half of SHA-256 is more than anybody can guess, and a text message is short.
    digest = hmac.digest(key, text.encode(errors="replace"), hashlib.sha256)[:16]
    return urlsafe_b64encode(digest).decode().rstrip("=")
