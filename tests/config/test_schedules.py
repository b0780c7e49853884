"""The schedules of app.yaml: what they may say, and the exact words that answer what they may not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest

from bot.config import Config, load
from bot.config.calendar import Handoff, week_hours
from bot.config.problems import Refused

Told = Callable[..., list[str]]
Write = Callable[..., None]

APP = """\
organization: Acme
people: [{name: ada, email: a@b.de}, {name: bo, email: b@b.de}]
schedules: [{name: day, owner: ada, layers: [{name: all, %s}]}]
"""
HOURS = "such as Mon-Fri 09:00-17:00, 22:00-06:00, Sat-Sun or Fri 17:00 to Mon 09:00"
AT = "app.yaml:3: schedules.day.layers.all"

BROKEN = [
    ("people: [zoe]", '.people[1].person: "zoe" is not among the people; known people: ada, bo'),
    ("people: [addaa]", '.people[1].person: "addaa" is not among the people; known people: ada, bo; did you mean "ada"?'),
    ("people: [{person: zoe, from: 2026-01-01}]", '.people[1].person: "zoe" is not among the people; known people: ada, bo'),
    ("people: []", ".people: the rotation is empty; at least one person, or an ical calendar"),
    ("every: 1d", ".people: the rotation is empty; at least one person, or an ical calendar"),
    ("people: ada", '.people: must be a list, not "ada"; put it in brackets: ["ada"]'),
    ("people: [ada, bo]", ".start: is missing; the day from which the first of the people has their turn"),
    ("people: [{person: ada, form: 2026-01-01}]", '.people[1].form: this key is not known; allowed: person, from, until; did you mean "from"?'),
    ("people: [{person: ada, from: 2026-02-30}]", '.people[1].from: "2026-02-30" is not a day; year-month-day, such as 2026-01-31'),
    ("people: [{person: ada, from: 1026-02-03}]", '.people[1].from: "1026-02-03" is out of reach; 2000-01-01 to 2099-12-31'),
    ("people: [{person: ada, from: 2026-02-03, until: 2026-02-02}]",
     ".people[1].until: 2026-02-02 is before 2026-02-03; the last day, on or after `from`"),
    ("people: [ada], every: 90m", '.every: "1h 30m" is not a length for shifts; whole hours, days or weeks'),
    ("people: [ada], every: 1d, handoff: Monday 09:00",
     ".handoff: shifts of 1d do not change on one weekday; a time alone, such as 09:00, or shifts of whole weeks"),
    ("people: [ada], handoff: Moonday 09:00", '.handoff: "Moonday" is not a weekday; Mon, Tue, Wed, Thu, Fri, Sat, Sun; did you mean "Monday"?'),
    ("people: [ada], handoff: noon", '.handoff: "noon" is not a time of handoff; such as Monday 09:00, or 09:00'),
    ("people: [ada], handoff: '24:00'", '.handoff: "24:00" is not a time of day; 00:00 to 23:59; 24:00 as an end'),
    ("people: [ada], start: 2026-03-01, end: 2026-02-01", ".end: 2026-02-01 is before 2026-03-01; the last day, on or after `start`"),
    ("people: [ada], restrictions: ['09:00-09:00']", '.restrictions[1]: "09:00-09:00" begins and ends at the same time; 24 hours are 00:00-24:00'),
    ("people: [ada], restrictions: ['Mon-Fry 09:00-17:00']",
     '.restrictions[1]: "Fry" is not a weekday; Mon, Tue, Wed, Thu, Fri, Sat, Sun; did you mean "Fri"?'),
    ("people: [ada], restrictions: ['09:00-25:00']", '.restrictions[1]: "25:00" is not a time of day; 00:00 to 23:59; 24:00 as an end'),
    ("people: [ada], restrictions: [Fri 17:00 to Fri 17:00]", f'.restrictions[1]: "Fri 17:00 to Fri 17:00" begins and ends at the same time; {HOURS}'),
    ("people: [ada], restrictions: [now and then]", f'.restrictions[1]: "now and then" is no part of the week; {HOURS}'),
    ("people: [ada], restrictions: ['']", f'.restrictions[1]: "" is no part of the week; {HOURS}'),
    ("people: [ada], holidays: ZZ", '.holidays.country: "ZZ" is not a country whose holidays are known; a code of two letters, such as DE, FR or US'),
    ("people: [ada], holidays: {country: CH, subdivision: ZX}",
     '.holidays.subdivision: "ZX" is not a part of CH; allowed: AG, AI, AR, BE, BL, BS, FR, GE, GL, GR, JU, LU, NE, NW, OW, SG, SH, SO, SZ, TG '
     'and 7 more'),
    ("people: [ada], holidays: DE, not_on_holidays: DE", ".not_on_holidays: a layer cannot be both for holidays and not for them; one of the two"),
    ("ical: {file: a.ics}, people: [ada]", ".people: the calendar says who is on call when; either people or ical"),
    ("ical: {file: a.ics}, every: 1d", ".every: the calendar says who is on call when; either every or ical"),
    ("ical: {}", ".ical: has no source; url_from or a file, one of them"),
    ("ical: {file: a.ics, url_from: TEAM_CALENDAR_URL}", ".ical: has two sources; url_from or a file, one of them"),
    ("ical: {url_from: 'https://x.de/private-0123/a.ics'}", ".ical.url_from: is not the name of an environment variable; capitals, digits and _, such as TEAM_CALENDAR_URL; the secret itself stands in the environment or .env"),
    ("ical: {url: 'https://x.de/private-0123/a.ics'}", '.ical.url: this key is not known; allowed: url_from, file, names, refresh_every; did you mean "url_from"?'),
    ("ical: {file: a.ics, refresh_every: 5s}", ".ical.refresh_every: 5s is too short; at least 1m"),
    ("ical: {file: a.ics, names: [{says: Zoe, person: zoe}]}", '.ical.names[1].person: "zoe" is not among the people; known people: ada, bo'),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "error"), BROKEN, ids=[layer[:50] for layer, _ in BROKEN])
def test_a_broken_layer_is_answered_exactly(told: Told, layer: str, error: str) -> None:
    assert told(APP % layer) == [f"{AT}{error}"]


@pytest.mark.parametrize(
    ("schedule", "error"),
    [
        ("owner: zoe, layers: [{name: a, people: [ada]}]", 'owner: "zoe" is not among the people; known people: ada, bo'),
        ("owner: ada, layers: []", "layers: the list is empty; at least one layer"),
        ("owner: ada", "layers: is missing; the layers; where several have somebody, the last of them wins"),
        ("owner: ada, timezone: Berlin, layers: [{name: a, people: [ada]}]",
         'timezone: "Berlin" is not a timezone; a name such as Europe/Berlin or UTC; did you mean "Europe/Berlin"?'),
        ("owner: ada, user_group: On Call, layers: [{name: a, people: [ada]}]",
         'user_group: "On Call" is not the handle of a user group; at most 21 lowercase letters, digits, ., - and _, such as @oncall; '
         'did you mean "@on-call"?'),
        ("owner: ada, layers: [{name: a, people: [ada]}, {name: a, people: [bo]}]",
         'layers.a.name: "a" is a name given already (first at app.yaml:3); a name for each'),
        ("owner: ada, layers: [{name: a, people: [ada]}], shadows: {people: [zoe]}",
         'shadows.people[1].person: "zoe" is not among the people; known people: ada, bo'),
        ("owner: ada, layers: [{name: a, people: [ada]}], shadows: {layers: [{name: b, ical: {file: a.ics}}]}",
         "shadows.layers.b.ical: shadows have no calendar; people and their turns"),
    ],
)  # fmt: skip
def test_a_broken_schedule_is_answered_exactly(told: Told, schedule: str, error: str) -> None:
    app = APP.replace("[{name: day, owner: ada, layers: [{name: all, %s}]}]", f"[{{name: day, {schedule}}}]")
    assert told(app) == [f"app.yaml:3: schedules.day.{error}"]


def test_two_schedules_may_not_share_a_user_group(told: Told) -> None:
    one = "{name: %s, owner: ada, user_group: '%s', layers: [{name: a, people: [ada]}]}"
    app = f"organization: A\npeople: [{{name: ada, email: a@b.de}}]\nschedules:\n  - {one % ('a', '@ops')}\n  - {one % ('b', 'ops')}\n"
    assert told(app) == [
        'app.yaml:5: schedules.b.user_group: "ops" belongs to another schedule (first at app.yaml:4); a group for each'
    ]


def test_a_layer_may_say_all_of_this(write: Write) -> None:
    write(
        APP
        % "people: ['@ada', {person: bo, from: 2026-09-01, until: 2026-12-31}], every: 2w, handoff: Monday 09:00, "
        "start: 2026-01-05, end: 2030-12-31, restrictions: [Mon-Fri 09:00-17:00], not_on_holidays: {country: DE, subdivision: BY}"
    )
    (layer,) = load("app.yaml").schedules[0].layers
    assert [member.person for member in layer.people] == ["ada", "bo"]
    assert (layer.people[1].from_, layer.people[1].until) == (date(2026, 9, 1), date(2026, 12, 31))
    assert layer.every == timedelta(days=14)
    assert layer.handoff == Handoff(time(9), weekday=0)
    assert (layer.start, layer.end) == (date(2026, 1, 5), date(2030, 12, 31))
    assert layer.not_on_holidays is not None
    assert layer.not_on_holidays.subdivision == "BY"


def test_the_country_alone_and_the_zone_of_the_office_do(write: Write) -> None:
    write("timezone: Asia/Tokyo\n" + APP % "people: [ada], holidays: JP")
    config = load("app.yaml")
    schedule = config.schedule("Day")
    assert schedule is not None
    assert str(config.zone_of(schedule)) == "Asia/Tokyo"
    assert schedule.layers[0].holidays is not None
    assert schedule.layers[0].holidays.country == "JP"


def test_a_config_made_in_code_may_use_the_names_of_yaml() -> None:
    layer = {"name": "a", "people": [{"person": "ada", "from": "2026-01-01"}]}
    people = [{"name": "ada", "email": "a@b.de"}]
    schedules = [{"name": "s", "owner": "ada", "layers": [layer]}]
    config = Config.model_validate({"organization": "A", "people": people, "schedules": schedules})
    assert config.schedules[0].layers[0].people[0].from_ == date(2026, 1, 1)


DAY = 24 * 60


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("Mon 09:00-17:00", [(540, 1020)]),
        ("monday 9:00 – 17:00", [(540, 1020)]),
        ("Mon-Tue", [(0, DAY), (DAY, 2 * DAY)]),
        ("Sat, Sun 00:00-24:00", [(5 * DAY, 6 * DAY), (6 * DAY, 7 * DAY)]),
        ("Sun-Mon 12:00-13:00", [(720, 780), (6 * DAY + 720, 6 * DAY + 780)]),
        ("Sun 22:00-06:00", [(6 * DAY + 1320, 7 * DAY + 360)]),
        ("Fri 17:00 to Mon 09:00", [(4 * DAY + 1020, 7 * DAY + 540)]),
        ("Mon 08:00 - Fri 24:00", [(480, 5 * DAY)]),
    ],
)
def test_hours_of_the_week(text: str, spans: list[tuple[int, int]]) -> None:
    assert list(week_hours(text).spans) == spans


def test_hours_without_days_are_those_of_every_day() -> None:
    assert len(week_hours("22:00-06:00").spans) == 7


@pytest.mark.parametrize(
    "value", [5, None, ["Mon"], "Mo 09:00-10:00", "Mon 09:60-10:00", "Mon-", "09:00", "x" * 500]
)
def test_what_are_no_hours_is_refused(value: object) -> None:
    with pytest.raises(Refused):
        week_hours(value)
