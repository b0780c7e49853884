"""Did you mean: the nearest known word to one that is not known."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

_LONGEST = 60  # a longer word is no slip of the pen, and comparing it with hundreds of names is slow
_LISTED = 20  # nobody reads more of them in a message


def folded(word: str) -> str:
    """The word as names are compared: without case, spaces, hyphens and underscores ("Level 3" = "level3")."""
    return re.sub(r"[\s_-]+", "", word).casefold()


def near(word: str, names: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The name most like `word`, or None if none is near enough to be meant.

    A name that differs only by case, spaces, hyphens or underscores always wins. `cutoff` is how alike
    (0 to 1) any other must be.
    """
    if not word.strip() or len(word) > _LONGEST:
        return None
    by_fold: dict[str, str] = {}
    for name in names:
        by_fold.setdefault(folded(name), name)
    exact = by_fold.get(folded(word))
    if exact is not None:
        return exact
    found = difflib.get_close_matches(folded(word), by_fold, n=1, cutoff=cutoff)
    return by_fold[found[0]] if found else None


def choose_one(word: str, names: Sequence[str], *, aliases: Iterable[str] = ()) -> str:
    """What to do instead of naming what there is not: the nearest one, also by an alias, and those that there are."""
    guess = near(word, [*names, *aliases])
    meant = f"Did you mean {guess}? " if guess else ""
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"{meant}Choose one of {', '.join(names[:_LISTED]) or 'app.yaml'}{more}."
