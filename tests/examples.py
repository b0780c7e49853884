"""How many examples hypothesis tries of what takes long: few with each run of the suite, many at night."""

import os

TIMES = float(os.environ.get("TOCSIN_EXAMPLES", "1"))


def examples(count: int) -> int:
    """So many, or with `TOCSIN_EXAMPLES=10` ten times as many."""
    return max(1, round(count * TIMES))
