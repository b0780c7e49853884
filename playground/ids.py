"""Ids and message times in the shapes that Slack gives them."""

import random
import time

_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MIXED = _LETTERS + "abcdefghijklmnopqrstuvwxyz"


_MANY = 36**9
# Without a common factor with 36, so that every number below _MANY comes once before any comes again.
_STRIDE = 61_803_398_874_989


class Ids:
    """Makes ids such as `C0K2M8QX4ZP`. Two workspaces with the same seed make the same ids."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._number = self._random.randrange(_MANY)

    def next(self, prefix: str) -> str:
        """A new id of this workspace: the prefix, a zero and nine letters or digits."""
        self._number = number = (self._number + _STRIDE) % _MANY
        made = ""
        for _ in range(9):
            number, digit = divmod(number, 36)
            made = _LETTERS[digit] + made
        return f"{prefix}0{made}"

    def short(self) -> str:
        """The five characters that Slack gives a block or an element without an id."""
        number = self._random.getrandbits(40)
        made = ""
        for _ in range(5):
            number, digit = divmod(number, len(_MIXED))
            made += _MIXED[digit]
        return made

    def secret(self, length: int = 32) -> str:
        """Hexadecimal digits, e.g. the tail of a trigger id."""
        return f"{self._random.getrandbits(length * 4):0{length}x}"

    def digits(self, length: int) -> str:
        """Decimal digits without a leading zero."""
        return str(self._random.randrange(10 ** (length - 1), 10**length))


class TsClock:
    """Message times: seconds and microseconds, each later than every one before."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> str:
        """The time of a new message, unique in the workspace, e.g. `1732159876.000100`."""
        self._last = max(int(time.time() * 1_000_000), self._last + 1)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"
