"""Shifts as an iCal calendar."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from bot.oncall.schedule import Shift

# What calendar programs are told to wait before they ask again; most wait longer.
REFRESH = timedelta(minutes=15)


def as_ical(shifts: Iterable[Shift], *, title: str, titles: Mapping[str, str], made_at: datetime) -> bytes:
    """The calendar's text. `titles` are those of schedules, by name. Gaps are shown as such.

    The same shift has the same UID for ever, so that calendar programs move it rather than double it.
    """
    from icalendar import Calendar, Event, vDuration  # slow, and only feeds need it

    calendar = Calendar()
    calendar.add("prodid", "-//Tocsin//On-call//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", title)
    calendar.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    for shift in shifts:
        event = Event()
        name = titles.get(shift.schedule, shift.schedule)
        event.add("summary", f"{name}: {shift.person or 'nobody on call'}")
        event.add("description", shift.reason)
        event.add("dtstart", shift.starts_at)
        event.add("dtend", shift.ends_at)
        event.add("dtstamp", made_at)
        event.add("uid", f"{shift.schedule}-{shift.starts_at:%Y%m%dT%H%M%S}-{shift.person or 'gap'}@tocsin")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text
