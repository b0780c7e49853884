"""The storm brake, pure: how many incidents and pages the alerts of a service may open in a minute."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

_NUMBERS = re.compile(r"[0-9][0-9a-f.:-]*")
MINUTE = timedelta(minutes=1)
# After so long without anything held back a storm is over; the next has a message of its own.
OVER_AFTER = timedelta(minutes=10)

LONGEST_KIND = 255


@dataclass(frozen=True)
class Spent:
    """What a service has opened in the minute that began then."""

    since: datetime
    pages: int


@dataclass(frozen=True)
class Brake:
    """Whether an alert may open something, why, and what is spent after it."""

    opens: bool
    reason: str
    spent: Spent


def brake(spent: Spent | None, now: datetime, *, budget: int, highest: bool) -> Brake:
    """`highest`: it has the highest severity, and was not seen before. Then it always may, and counts all the same."""
    if spent is None or not spent.since <= now < spent.since + MINUTE:
        spent = Spent(now, 0)
    if spent.pages < budget:
        after = Spent(spent.since, spent.pages + 1)
        return Brake(True, f"page {after.pages} of {budget} in this minute", after)
    if highest:
        return Brake(True, "the highest severity always pages", Spent(spent.since, spent.pages + 1))
    return Brake(False, f"the budget of {budget} pages a minute is spent", spent)


# The longest that `refresh_after` gives.
LONGEST_REFRESH = timedelta(seconds=30)


def refresh_after(count: int) -> timedelta:
    """How long news wait for more of their kind before a message of so many is brought up to date."""
    if count <= 3:
        return timedelta()
    if count <= 10:
        return timedelta(seconds=5)
    return timedelta(seconds=15) if count <= 50 else LONGEST_REFRESH


def repeat_after(count: int) -> timedelta:
    """How long what came for the `count`th time waits before the card or the page of it is brought up to date."""
    return MINUTE if count <= 10 else 5 * MINUTE


def fingerprint(title: str, labels: dict[str, str] | None = None) -> str:
    """What kind of failure it is, whichever machine has it: the rule's name, or the title without its numbers."""
    name = (labels or {}).get("alertname")
    return (str(name) if name else " ".join(_NUMBERS.sub("#", title).split()).casefold())[:LONGEST_KIND]
