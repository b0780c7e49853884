"""Tests of the paging rules in app.yaml, pure: "sev1 payments Sun 03:00 Europe/Berlin" must reach ada@0m, bo@5m."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.config import Config, Expectation, Service, Severity, near
from bot.config.calendar import WEEKDAYS
from bot.config.fields import duration, duration_text
from bot.config.problems import Refused, listed, shown
from bot.paging.escalation import Planned, Who, plan
from bot.paging.hours import office_hours
from bot.paging.urgency import start_of

_TIME = re.compile(r"(\d{1,2}):(\d{2})")
_REACHED = re.compile(r"(.+)@\s*(.+)")
FORM = "severity, service (if any), weekday or day, time, zone (if another): sev1 payments Sun 03:00 Europe/Berlin"


class NotUnderstood(Exception):
    """An expectation does not say what it means; the words tell why."""


@dataclass(frozen=True)
class Unmet:
    """The entry of `expect` that is not met, counted from 1, and how."""

    number: int
    when: str
    difference: str

    def __str__(self) -> str:
        return f"expect[{self.number}] ({self.when}): {self.difference}"


@dataclass(frozen=True)
class Scene:
    """What happens when."""

    severity: Severity
    service: Service | None
    at: datetime


def scene(text: str, config: Config, now: datetime) -> Scene:
    """Read `when`. A weekday means the next such day, today included."""
    words, at = moment_of(text, config, now, FORM)
    severity, service = _about(words, config)
    return Scene(severity, service, at)


def moment_of(text: str, config: Config, now: datetime, form: str) -> tuple[list[str], datetime]:
    """The words before the day, and the moment that day, time and zone make. Raises NotUnderstood."""
    words = text.split()
    at_time = next((n for n, word in enumerate(words) if _TIME.fullmatch(word)), None)
    if at_time is None or at_time < 2 or len(words) > at_time + 2:
        raise NotUnderstood(f"{shown(text)} is not understood; {form}")
    zone = _zone(words[at_time + 1], config) if len(words) > at_time + 1 else config.zone
    match = _TIME.fullmatch(words[at_time])
    assert match is not None
    if int(match[1]) > 23 or int(match[2]) > 59:
        raise NotUnderstood(f"{shown(words[at_time])} is not a time of day; 00:00 to 23:59")
    day = _day(words[at_time - 1], now.astimezone(zone).date())
    wall = datetime.combine(day, time(int(match[1]), int(match[2])), zone)
    return words[: at_time - 1], wall.astimezone(UTC)


def _zone(word: str, config: Config) -> ZoneInfo:
    try:
        return ZoneInfo(word)
    except (LookupError, ValueError, OSError):
        raise NotUnderstood(f"{shown(word)} is not a timezone; a name such as Europe/Berlin") from None


def _about(words: list[str], config: Config) -> tuple[Severity, Service | None]:
    """The severity, of one word or more ("level 3"), and the service behind it."""
    for length in range(len(words), 0, -1):
        severity = config.severity(" ".join(words[:length]))
        if severity is None:
            continue
        rest = " ".join(words[length:])
        if not rest:
            return severity, None
        service = config.service(rest)
        if service is None:
            known = [service.name for service in config.services]
            raise NotUnderstood(_unknown(rest, "services", known))
        return severity, service
    raise NotUnderstood(_unknown(words[0], "severities", [s.name for s in config.severities]))


def _unknown(word: str, what: str, known: list[str]) -> str:
    guess = near(word, known)
    meant = f'; did you mean "{guess}"?' if guess is not None else ""
    return f"{shown(word)} is not among the {what}; known {what}: {listed(known)}{meant}"


def _day(word: str, today: date) -> date:
    for number, name in enumerate(WEEKDAYS):
        if len(word) >= 3 and name.lower().startswith(word.lower()):
            return today + timedelta(days=(number - today.weekday()) % 7)
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise NotUnderstood(f"{shown(word)} is not a day; Mon to Sun, or 2026-01-31") from None


def reached(text: str) -> tuple[str, timedelta]:
    """Read "ada@5m"; "ada@0m" is at once."""
    match = _REACHED.fullmatch(text.strip())
    if match is None:
        raise NotUnderstood(f"{shown(text)} is not understood; somebody and after how long: ada@5m")
    try:
        after = timedelta() if re.fullmatch(r"0+[smhd]?", match[2]) else duration(match[2])
    except Refused as refused:
        raise NotUnderstood(f"{shown(text)}: {refused}") from None
    return match[1].strip(), after


def planned(at: Scene, config: Config, who: Who) -> tuple[Planned, ...]:
    """Everybody whom a page of this scene reaches if nobody acknowledges."""
    hours = office_hours(config)
    start = start_of(at.severity, at.at, hours)
    policy = config.policy_for(at.service)
    if start.at is None or policy is None:
        return ()
    return plan(policy, at.at, who, hours, wait=start.at - at.at)


def failures(config: Config, who: Who, now: datetime) -> Iterator[Unmet]:
    """What the rules of app.yaml do otherwise than its expectations say."""
    for number, expectation in enumerate(config.expect, start=1):
        if expectation.reached is None:
            continue  # of an alert: bot.alerts.expect; of a change: bot.incidents.expect
        try:
            difference = _difference(expectation, config, who, now)
        except NotUnderstood as trouble:
            difference = str(trouble)
        if difference is not None:
            yield Unmet(number, expectation.when, difference)


def _difference(expectation: Expectation, config: Config, who: Who, now: datetime) -> str | None:
    """Those expected must be the first that are reached, in this order, and at these times."""
    said = expectation.reached or ()
    wanted = [reached(text) for text in said]
    plans = planned(scene(expectation.when, config, now), config, who)
    if not wanted:
        return None if not plans else f"nobody was expected, but it reaches {_said(plans[:3])}"
    until = wanted[-1][1]
    real = [(entry.who, entry.delay) for entry in plans if entry.delay <= until]
    if sorted(real, key=lambda pair: (pair[1], pair[0])) == sorted(
        wanted, key=lambda pair: (pair[1], pair[0])
    ):
        return None
    shown_plans = [entry for entry in plans if entry.delay <= until] or plans[:3]
    return f"expected {', '.join(said)}; it reaches {_said(shown_plans) or 'nobody'}"


def _said(plans: tuple[Planned, ...] | list[Planned]) -> str:
    return ", ".join(f"{entry.who}@{duration_text(entry.delay) if entry.delay else '0m'}" for entry in plans)
