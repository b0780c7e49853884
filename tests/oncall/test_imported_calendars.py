"""Calendars that are kept elsewhere: who an event names, what repeats, and what no calendar may do."""

from __future__ import annotations

import contextlib
import time
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.oncall.ical import Names, UnreadableCalendar, names_for, read_calendar, unknown_in
from bot.oncall.layers import Imported
from bot.oncall.schedule import on_call
from tests.oncall.rota import BERLIN, berlin, config_of, layer, rota, utc

START, END = utc("2026-01-01"), utc("2027-01-01")
TEAM = {
    "name": "team",
    "ical": {"file": "team.ics", "names": [{"says": "Lovelace, Ada", "person": "ada"}]},
}


def names() -> Names:
    config = config_of(TEAM)
    return names_for(config, config.schedules[0].layers[0])


def calendar(*events: str) -> str:
    body = "".join(
        f"BEGIN:VEVENT\nUID:{n}\nDTSTAMP:20260101T000000Z\n{dedent(event).strip()}\nEND:VEVENT\n"
        for n, event in enumerate(events)
    )
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:test\n{body}END:VCALENDAR\n".replace("\n", "\r\n")


def read(*events: str) -> Imported:
    return read_calendar(calendar(*events), names(), BERLIN, START, END)


def one(says: str) -> str:
    return f"DTSTART:20260105T080000Z\nDTEND:20260106T080000Z\n{says}"


@pytest.mark.parametrize(
    ("says", "person"),
    [
        ("SUMMARY:ada", "ada"),
        ("SUMMARY:  Ada ", "ada"),
        ("SUMMARY:On call: bo (primary)", "bo"),
        ("SUMMARY:bo@example.com", "bo"),
        ("SUMMARY:Lovelace\\, Ada", "ada"),
        ("SUMMARY:Duty\nATTENDEE;CN=Somebody:mailto:CLEO@example.com", "cleo"),
        ("SUMMARY:Duty\nATTENDEE;CN=eve:mailto:unknown@example.com", "eve"),
        ("SUMMARY:ada\nATTENDEE:mailto:bo@example.com", "bo"),
        ("SUMMARY:Zoe", None),
        ("SUMMARY:ada and bo", None),
        ("SUMMARY:adam", None),
        ("SUMMARY:ada-the-other@elsewhere.example", None),
        ("DESCRIPTION:nothing", None),
    ],
)
def test_whom_an_event_names(says: str, person: str | None) -> None:
    (event,) = read(one(says)).events
    assert event.person == person
    assert (event.starts_at, event.ends_at) == (utc("2026-01-05 08:00"), utc("2026-01-06 08:00"))


def test_what_names_nobody_is_told_with_its_first_time() -> None:
    held = read(one("SUMMARY:Zoe\nRRULE:FREQ=WEEKLY;COUNT=3"), one("SUMMARY:ada"))
    assert unknown_in(held) == {"Zoe": utc("2026-01-05 08:00")}


def test_times_are_read_in_their_zone_or_the_schedules() -> None:
    held = read(
        "DTSTART;TZID=America/New_York:20260105T090000\nDTEND;TZID=America/New_York:20260105T170000\nSUMMARY:ada",
        "DTSTART:20260601T090000\nDTEND:20260601T170000\nSUMMARY:bo",
        "DTSTART;VALUE=DATE:20260701\nDTEND;VALUE=DATE:20260703\nSUMMARY:cleo",
        "DTSTART:20260801T220000Z\nDURATION:PT10H\nSUMMARY:dev",
    )
    assert [(e.person, e.starts_at, e.ends_at) for e in held.events] == [
        ("ada", utc("2026-01-05 14:00"), utc("2026-01-05 22:00")),
        ("bo", berlin("2026-06-01 09:00"), berlin("2026-06-01 17:00")),
        ("cleo", berlin("2026-07-01 00:00"), berlin("2026-07-03 00:00")),
        ("dev", utc("2026-08-01 22:00"), utc("2026-08-02 08:00")),
    ]


def test_what_repeats_keeps_its_wall_time_and_its_exceptions() -> None:
    held = read(
        """
        DTSTART;TZID=Europe/Berlin:20260323T090000
        DTEND;TZID=Europe/Berlin:20260330T090000
        RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3
        EXDATE;TZID=Europe/Berlin:20260420T090000
        SUMMARY:ada
        """
    )
    assert [e.starts_at for e in held.events] == [berlin("2026-03-23 09:00"), berlin("2026-04-06 09:00")]


def test_what_was_cancelled_or_has_no_length_is_nothing() -> None:
    held = read(one("SUMMARY:ada\nSTATUS:CANCELLED"), "DTSTART:20260105T080000Z\nSUMMARY:bo")
    assert held.events == ()


def test_a_schedule_follows_its_calendar() -> None:
    held = read(
        "DTSTART:20260105T080000Z\nDTEND:20260107T080000Z\nSUMMARY:ada",
        "DTSTART:20260106T080000Z\nDTEND:20260106T120000Z\nSUMMARY:bo",
        "DTSTART:20260107T080000Z\nDTEND:20260108T080000Z\nSUMMARY:Zoe",
    )
    alone = rota(TEAM, imported={"team": held})
    shift = on_call(alone, utc("2026-01-05 12:00"))
    assert (shift.person, shift.reason) == ("ada", "calendar layer team")
    assert (shift.starts_at, shift.ends_at) == (utc("2026-01-05 08:00"), utc("2026-01-06 08:00"))
    assert on_call(alone, utc("2026-01-06 09:00")).person == "bo"  # the later begun wins
    assert on_call(alone, utc("2026-01-06 12:00")).person == "ada"
    reason = "gap: team has “Zoe” in its calendar, who is not among the people"
    assert on_call(alone, utc("2026-01-07 09:00")).reason == reason
    assert on_call(alone, utc("2026-01-09 09:00")).reason == "gap: team has no event in its calendar"
    assert on_call(alone, utc("2030-01-01")).reason == "gap: team has no calendar for that time yet"
    assert on_call(rota(TEAM), utc("2026-01-05 12:00")).reason == "gap: team waits for its calendar"


def test_where_the_calendar_names_nobody_an_earlier_layer_has_it() -> None:
    held = read("DTSTART:20260105T080000Z\nDTEND:20260107T080000Z\nSUMMARY:Zoe")
    schedule = rota(layer("weekly", ["bo"]), TEAM, imported={"team": held})
    assert on_call(schedule, utc("2026-01-05 12:00")).person == "bo"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is not an iCal calendar"),
        ("<html>Sign in</html>", "it is not an iCal calendar"),
        ("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "it cannot be read"),
        (calendar("DTSTART:yesterday\nDTEND:tomorrow\nSUMMARY:ada"), "it cannot be read"),
        (calendar(one("RRULE:FREQ=SECONDLY")), "repeats more often than once an hour"),
        (calendar(one("RRULE:FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=1,2,3,4,5")), "repeats more often"),
        (calendar(*[one("RRULE:FREQ=HOURLY")] * 4), "more than 5000 events"),
    ],
    ids=["empty", "html", "cut off", "nonsense", "every second", "many a day", "too many"],
)
def test_what_is_no_calendar_to_use_is_refused(text: str, why: str) -> None:
    with pytest.raises(UnreadableCalendar, match=why):
        read_calendar(text, names(), BERLIN, START, END)


BOMBS = {
    "hours of a century": (
        "DTSTART:19000101T000000Z\nRRULE:FREQ=HOURLY\nSUMMARY:ada",
        "more than 50000 times",
    ),
    "exceptions": (one(f"RRULE:FREQ=DAILY\nEXDATE:{','.join(['20260105T080000Z'] * 50_001)}"), "50000 times"),
    "a rule without end": (one("RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"), "may never come true"),
    "four years every hour": (
        "DTSTART:20250101T000000Z\nDTEND:20290101T000000Z\nRRULE:FREQ=HOURLY\nSUMMARY:ada",
        "lasts longer than a year",
    ),
}


@pytest.mark.parametrize("what", BOMBS)
def test_what_would_take_minutes_to_read_is_refused_at_once(what: str) -> None:
    event, why = BOMBS[what]
    began = time.thread_time()
    with pytest.raises(UnreadableCalendar, match=why):
        read_calendar(calendar(event), names(), BERLIN, START, END)
    assert time.thread_time() - began < 5


def test_quarters_and_last_days_of_months_are_no_floods() -> None:
    held = read(
        one("RRULE:FREQ=MONTHLY;BYMONTH=1,4,7,10;BYMONTHDAY=1"),
        one("RRULE:FREQ=MONTHLY;BYMONTHDAY=31"),
        one("RRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31"),
        one("RRULE:FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1"),
    )
    assert held.events


def test_a_calendar_of_a_large_company_is_read_in_a_moment() -> None:
    """Hundreds of people, and events whose words name one of them somewhere."""
    people = Names(tuple((f"person{n} family{n}", f"p{n}") for n in range(600)))
    events = [
        f"DTSTART:202601{1 + n % 28:02d}T{n % 24:02d}0000Z\nDURATION:PT1H\nSUMMARY:on call: person{n} family{n}"
        for n in range(600)
    ]
    began = time.thread_time()
    held = read_calendar(calendar(*events), people, BERLIN, START, END)
    assert time.thread_time() - began < 5
    assert {event.person for event in held.events} <= {f"p{n}" for n in range(600)}


@given(st.text(max_size=200), st.sampled_from(["SUMMARY", "DTSTART", "RRULE", "ATTENDEE", "X-Y"]))
def test_any_line_is_read_or_refused(text: str, key: str) -> None:
    with contextlib.suppress(UnreadableCalendar):
        read_calendar(calendar(one(f"{key}:{text}")), names(), BERLIN, START, END)
