"""Encryption at rest for what must be used again: people's addresses. Keys come from the environment.

The first key encrypts; each of them decrypts, so that a new one can be put in front. At the next start everything is
encrypted anew (bot.paging.keys), and the old one can be taken out.
"""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.core.errors import OperatorError

VARIABLE = "TOCSIN_SECRET_KEY"
MAKE_ONE = "`openssl rand -base64 32` prints a new key."


class Vault:
    """Encrypts and decrypts short texts; without keys it says so instead."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._box = MultiFernet([Fernet(key) for key in keys]) if keys else None
        self._first = Fernet(keys[0]) if keys else None

    @property
    def is_open(self) -> bool:
        """Whether there is a key."""
        return self._box is not None

    def encrypt(self, text: str) -> str:
        """Raises OperatorError without a key."""
        return self._opened().encrypt(text.encode()).decode("ascii")

    def decrypt(self, token: str) -> str:
        """Raises OperatorError without a key, and when none of the keys fits."""
        try:
            return self._opened().decrypt(token.encode()).decode()
        except InvalidToken:
            raise OperatorError(
                f"A contact method was encrypted with a key that {VARIABLE} no longer has.",
                "Put the former key behind the new one, separated by a comma.",
            ) from None

    def is_current(self, token: str) -> bool:
        """Whether the first key encrypted it."""
        if self._first is None:
            return False
        try:
            self._first.decrypt(token.encode())
        except InvalidToken:
            return False
        return True

    def _opened(self) -> MultiFernet:
        if self._box is None:
            raise OperatorError(f"{VARIABLE} is not set, and contact methods are kept encrypted.", MAKE_ONE)
        return self._box
