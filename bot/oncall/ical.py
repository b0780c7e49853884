"""Reading a calendar that is kept elsewhere: its text to plain spans, each with the person it names.

Who an event names: an attendee's address or name; else the summary as a whole; else the one name that stands in
the summary. Names are the addresses and names under `people`, and those that the layer's `names` explain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from bot.config import Config
from bot.config.sections.schedules import Layer
from bot.core.wall import midnight, moment_of
from bot.oncall.layers import Event, Imported

# Shifts of eight hours are 1,500 in the months that are read. A calendar that floods is left early.
MOST_OCCURRENCES = 5_000
STEP = timedelta(days=31)
# Five people's daily shifts of twenty years are 37,000.
MOST_STEPS = 50_000
LONGEST_REPEATED = timedelta(days=366)
EVERY = {
    "HOURLY": timedelta(hours=1),
    "DAILY": timedelta(days=1),
    "WEEKLY": timedelta(days=7),
    "MONTHLY": timedelta(days=28),
    "YEARLY": timedelta(days=365),
}
LONGEST_SAID = 60


class UnreadableCalendar(Exception):
    """The text is no calendar that can be used; the words say why."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a calendar may call people, folded, and whom it means."""

    known: tuple[tuple[str, str], ...]

    def person(self, said: str) -> str | None:
        """Whom this text names as a whole."""
        folded = _folded(said)
        return next((person for name, person in self.known if name == folded), None)

    def person_in(self, text: str) -> str | None:
        """Whom a text names somewhere; None as well for a text that names two."""
        folded = _folded(text)
        found = {
            person
            for name, person in self.known
            # The quick look first: to compile a pattern for each of hundreds of names takes milliseconds, for each event.
            if name in folded and re.search(rf"(?<![\w@.+-]){re.escape(name)}(?![\w@+-])", folded)
        }
        return found.pop() if len(found) == 1 else None


def names_for(config: Config, layer: Layer) -> Names:
    """The names that a layer's calendar may use."""
    known = {_folded(person.name): person.name for person in config.people}
    known |= {_folded(person.email): person.name for person in config.people if person.email}
    explained = layer.ical.names if layer.ical is not None else ()
    known |= {_folded(entry.says): entry.person for entry in explained}
    return Names(tuple(known.items()))


@lru_cache(maxsize=64)
def read_calendar(text: str, names: Names, zone: ZoneInfo, start: datetime, end: datetime) -> Imported:
    """What the calendar holds from `start` to `end`. Times without a zone are read in `zone`.

    Raises UnreadableCalendar.
    """
    # Slow to import, and few schedules are kept elsewhere.
    import icalendar  # slow
    import recurring_ical_events  # slow

    if "BEGIN:VCALENDAR" not in text[:5000].upper():
        raise UnreadableCalendar("it is not an iCal calendar")
    try:
        calendar = icalendar.Calendar.from_ical(text)
        _refuse_floods(calendar, end)
        occurrences = recurring_ical_events.of(calendar, components=["VEVENT"])
        events: set[Event] = set()
        since, count = start, 0
        while since < end:
            until = min(since + STEP, end)
            found = occurrences.between(since, until)
            count += len(found)
            events |= set(_events(found, names, zone, start, end))
            if count > MOST_OCCURRENCES:
                raise UnreadableCalendar(f"it has more than {MOST_OCCURRENCES} events")
            since = until
    except UnreadableCalendar:
        raise
    except Exception as error:  # noqa: BLE001 - whatever somebody's calendar does to the parser
        raise UnreadableCalendar(f"it cannot be read ({type(error).__name__})") from None
    return Imported(start, end, tuple(sorted(events, key=lambda event: (event.starts_at, event.says))))


def unknown_in(imported: Imported) -> dict[str, datetime]:
    """What the calendar says that names nobody whom app.yaml knows, each with its first moment."""
    found: dict[str, datetime] = {}
    for event in imported.events:
        if event.person is None:
            found.setdefault(event.says, event.starts_at)
    return found


def _refuse_floods(calendar: Any, end: datetime) -> None:
    """A rule of a line can make millions of events, or look for one until the year 9999."""
    steps = 0
    for event in calendar.walk("VEVENT"):
        dates = [*_listed(event.get("RDATE")), *_listed(event.get("EXDATE"))]
        steps += sum(len(listed.dts) for listed in dates)
        rules = _listed(event.get("RRULE"))
        if rules and event.duration > LONGEST_REPEATED:
            raise UnreadableCalendar("an event that repeats lasts longer than a year")
        for rule in rules:
            steps += _steps(rule, event.start, end)
    if steps > MOST_STEPS:
        raise UnreadableCalendar(f"its events repeat more than {MOST_STEPS} times")


def _steps(rule: Any, start: date | datetime, end: datetime) -> int:
    """How often it repeats until `end`."""
    often = EVERY.get(str(next(iter(rule.get("FREQ", [""])), "")).upper())
    times = len(rule.get("BYHOUR", [0])) * len(rule.get("BYMINUTE", [0])) * len(rule.get("BYSECOND", [0]))
    if often is None or times > 24:
        raise UnreadableCalendar("an event repeats more often than once an hour")
    if often < EVERY["YEARLY"] and _may_never_come(rule):
        raise UnreadableCalendar("an event repeats by a rule that may never come true")
    every = often * max(1, int(next(iter(rule.get("INTERVAL", [1])), 1)))
    return max(0, int((end - _moment(start, ZoneInfo("UTC"))) / every))


def _may_never_come(rule: Any) -> bool:
    """Such as the 30th of February, which would be looked for day by day."""
    days, places = rule.get("BYMONTHDAY", []), rule.get("BYSETPOS", [])
    if any(abs(int(place)) > 31 for place in places):
        return True
    if rule.get("BYMONTH"):
        short = not days or any(abs(int(day)) <= 28 for day in days)
        return not short or bool(rule.get("BYWEEKNO") or rule.get("BYYEARDAY"))
    return False


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _events(
    occurrences: list[Any], names: Names, zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[Event]:
    for occurrence in occurrences:
        if str(occurrence.get("STATUS", "")).upper() == "CANCELLED":
            continue
        starts_at = max(start, _moment(occurrence.start, zone))
        ends_at = min(end, _moment(occurrence.end, zone))
        if starts_at < ends_at:
            person, said = _named(occurrence, names)
            yield Event(starts_at, ends_at, person, said)


def _moment(value: date | datetime, zone: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        return midnight(value, zone)
    return moment_of(value.replace(fold=0), zone) if value.tzinfo is None else value.astimezone(UTC)


def _named(event: Any, names: Names) -> tuple[str | None, str]:
    """Whom the event names, and what it says."""
    summary = _line(event.get("SUMMARY", ""))
    attendees = event.get("ATTENDEE", [])
    said = []
    for attendee in attendees if isinstance(attendees, list) else [attendees]:
        address = _line(attendee).removeprefix("mailto:").removeprefix("MAILTO:")
        said += [address, _line(getattr(attendee, "params", {}).get("CN", ""))]
    for text in (*said, summary):
        person = names.person(text)
        if person is not None:
            return person, text
    shown = summary or next((text for text in said if text), "") or "an event without a summary"
    return names.person_in(summary), shown


def _line(value: object) -> str:
    text = "".join(character if character.isprintable() else " " for character in str(value))
    return " ".join(text.split())[:LONGEST_SAID]


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def months_around(at: datetime) -> tuple[datetime, datetime]:
    """The span for which calendars are read: the same for all moments of a month, so that it is read once."""
    first = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first - timedelta(days=62), first + timedelta(days=427)
