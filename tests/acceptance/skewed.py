"""`python -m tests.acceptance.skewed SECONDS run`: the bot on a machine whose clock is ahead by so much."""

import sys
from datetime import datetime, timedelta, tzinfo

from bot.__main__ import main
from bot.core import clock

AHEAD = timedelta(seconds=float(sys.argv.pop(1)))


class WrongTime(datetime):
    """What this machine takes for the time."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + AHEAD


if __name__ == "__main__":
    clock.datetime = WrongTime  # type: ignore[misc,attr-defined]
    main()
