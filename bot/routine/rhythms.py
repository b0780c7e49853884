"""How often something is done, in the words of a plan, and what that is as a cadence. Pure."""

from collections.abc import Mapping

from bot.config.calendar import Cadence

DAILY, WEEKLY, FORTNIGHTLY, MONTHLY, QUARTERLY, YEARLY = CADENCES = (
    "daily",
    "weekly",
    "every two weeks",
    "monthly",
    "quarterly",
    "yearly",
)

# What people write for these besides.
SAID_FOR: Mapping[str, str] = {
    **{rhythm: rhythm for rhythm in CADENCES},
    "every day": DAILY,
    "every week": WEEKLY,
    "fortnightly": FORTNIGHTLY,
    "every 2 weeks": FORTNIGHTLY,
    "every month": MONTHLY,
    "every quarter": QUARTERLY,
    "every year": YEARLY,
    "annually": YEARLY,
}

RHYTHMS: Mapping[str, Cadence] = {
    DAILY: Cadence(every="0 9 * * mon-fri", on_holidays="skip"),
    WEEKLY: Cadence(every="0 9 * * mon", on_holidays="move"),
    FORTNIGHTLY: Cadence(every="0 9 * * mon", weeks=2, on_holidays="move"),
    MONTHLY: Cadence(every="0 9 1 * *", on_holidays="move"),
    QUARTERLY: Cadence(every="0 9 1 1,4,7,10 *", on_holidays="move"),
    YEARLY: Cadence(every="0 9 15 1 *", on_holidays="move"),
}


def as_yaml(rhythm: str) -> str:
    """What app.yaml would say of it, on one line."""
    said = RHYTHMS[rhythm]
    weeks = f", weeks: {said.weeks}" if said.weeks > 1 else ""
    return f'{{ every: "{said.every}"{weeks}, on_holidays: {said.on_holidays} }}'
