"""Ids and message times in the shapes that Slack gives them."""

import random
import time

_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MIXED = _LETTERS + "abcdefghijklmnopqrstuvwxyz"


class Ids:
    """Makes ids such as `C0K2M8QX4ZP`. Two workspaces with the same seed make the same ids."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._given: set[str] = set()

    def next(self, prefix: str) -> str:
        """A new id of this workspace: the prefix, a zero and nine letters or digits."""
        while True:
            made = prefix + "0" + "".join(self._random.choices(_LETTERS, k=9))
            if made not in self._given:
                self._given.add(made)
                return made

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
