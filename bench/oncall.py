"""`python -m bench.oncall`: how many times a second one core tells who is on call.

A schedule of three layers (a weekly rotation, daily nights, holidays) and 50 overrides, asked for random moments of a year,
once with nothing remembered and once more.
"""

import random
import time
from datetime import UTC, datetime, timedelta

from bot.config import Config
from bot.oncall.schedule import Override, Schedule, on_call, schedules_of

START = datetime(2026, 1, 1, tzinfo=UTC)
ASKED = 50_000
OVERRIDES = 50


def schedule() -> Schedule:
    people = [{"name": name, "email": f"{name}@example.com"} for name in ("ada", "bo", "cleo", "dev", "eve")]
    layers = [
        {"name": "weekly", "people": ["ada", "bo", "cleo"], "handoff": "Monday 09:00", "start": "2026-01-05"},
        {"name": "nights", "people": ["dev", "eve"], "every": "1d", "start": "2026-01-05", "restrictions": ["22:00-06:00"]},
        {"name": "feasts", "people": ["eve"], "holidays": "DE"},
    ]  # fmt: skip
    section = {"name": "primary", "owner": "ada", "layers": layers}
    given = {"organization": "Acme", "timezone": "Europe/Berlin", "people": people, "schedules": [section]}
    return schedules_of(Config.model_validate(given))["primary"]


def measure() -> tuple[float, float]:
    """Answers a second: the first time, with all windows of the year to compute, and the second."""
    chance = random.Random(1)
    week = timedelta(days=7)
    overrides = [
        Override(n, "primary", "bo", START + n * week, START + n * week + timedelta(hours=8))
        for n in range(OVERRIDES)
    ]
    moments = [START + timedelta(seconds=chance.randrange(364 * 86_400)) for _ in range(ASKED)]
    asked = schedule()
    rates = []
    for _ in range(2):
        began = time.process_time()
        for at in moments:
            on_call(asked, at, overrides)
        rates.append(ASKED / (time.process_time() - began))
    return rates[0], rates[1]


def table() -> str:
    cold, warm = measure()
    return "\n".join(
        [
            f"who is on call: three layers, {OVERRIDES} overrides, {ASKED:,} random moments of a year, one core",
            "",
            "| goal | from nothing | remembered |",
            "|---|---|---|",
            f"| 10,000/s | {cold:,.0f}/s | {warm:,.0f}/s |",
        ]
    )


if __name__ == "__main__":
    print(table())
